/** The event store on node:sqlite: a writer thread and a reader thread behind the EventStore interface. */
import { join } from 'node:path';
import { assert } from '../../shared/assert.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Bookmark, FeedFacets, FeedHistogram, FeedPage } from '../../shared/contract/feed.ts';
import type { EventDetail, EventRow } from '../../shared/model/event.ts';
import type { EventQuery, EventStore, ExportSink, NewEvent, PageQuery, StoreStats } from './event-store.ts';
import { DATABASE_FILE } from './schema.ts';
import type { Durability } from './schema.ts';
import type { ReaderValue } from './store-messages.ts';
import { StoreReader } from './store-reader.ts';
import { StoreWriter } from './store-writer.ts';

export interface EventStoreOptions {
  /** The data folder; made private (0700). One store at a time: a second one fails with E_STORE_LOCKED. */
  readonly folder: string;
  readonly clock: Clock;
  readonly retentionDays: number;
  readonly retentionBytes: number;
  /** `full` flushes the disk at every commit: survives power cuts, costs a disk flush a commit. */
  readonly durability?: Durability;
  /** Called when `state` or its reason changed. */
  onStateChange?(stats: StoreStats): void;
}

/** How often the threads hear what time it is: retention by age needs no more. */
const TICK_INTERVAL_MS = 1_000;

/** Fails with OperatingError: E_STORE_LOCKED, E_PERMISSION, E_STORE_FULL, E_STORE_FAILED, E_UNSUPPORTED. */
export async function openEventStore(options: EventStoreOptions): Promise<EventStore> {
  const store = new ThreadedEventStore(options);
  await store.open();
  return store;
}

class ThreadedEventStore implements EventStore {
  readonly #options: EventStoreOptions;
  readonly #writer: StoreWriter;
  readonly #reader: StoreReader;
  #stats: StoreStats | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: EventStoreOptions) {
    this.#options = options;
    const { folder, retentionDays, retentionBytes, clock } = options;
    const durability = options.durability ?? 'normal';
    const wallMs = (): number => clock.wallMs();
    const start = { folder, retentionDays, retentionBytes, durability, nowMs: wallMs() };
    this.#writer = new StoreWriter(start, wallMs, {
      onStats: (stats) => this.#takeStats(stats),
      onCommitted: (newestSeq, rows) => this.#takeCommitted(newestSeq, rows),
      onSignatureTaken: (taken) => this.#reader.signatureTaken(taken),
    });
    this.#reader = new StoreReader({
      onDamage: (reason) => this.#writer.reportDamage(reason),
      onSignature: (made) => this.#writer.keepSignature(made),
    });
  }

  async open(): Promise<void> {
    try {
      await this.#writer.opened();
      await this.#reader.open(join(this.#options.folder, DATABASE_FILE));
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#timer = setInterval(() => this.#writer.tick(), TICK_INTERVAL_MS);
    this.#timer.unref();
  }

  append(events: readonly NewEvent[]): Promise<readonly EventRow[]> {
    return this.#writer.append(events);
  }

  async read(seq: number): Promise<EventDetail | null> {
    return expect(await this.#ask({ op: 'read', seq }), isDetailOrNull);
  }

  async page(query: PageQuery): Promise<FeedPage> {
    return expect(await this.#ask({ op: 'page', query }), (value) => has(value, 'rows'));
  }

  async histogram(query: EventQuery, fromMs: number, toMs: number, buckets: number): Promise<FeedHistogram> {
    return expect(await this.#ask({ op: 'histogram', query, fromMs, toMs, buckets }), (value) =>
      has(value, 'buckets'),
    );
  }

  async facets(query: EventQuery, valuesMax: number): Promise<FeedFacets> {
    return expect(await this.#ask({ op: 'facets', query, valuesMax }), (value) => has(value, 'facets'));
  }

  async export(
    query: EventQuery,
    format: 'jsonl' | 'csv',
    bodies: boolean,
    sink: ExportSink,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#reader.ask({ op: 'export', query, format, bodies }, sink, signal);
  }

  setBookmark(seq: number, note: string | null): Promise<readonly Bookmark[]> {
    const bookmark = { seq, note: note ?? '', atMs: this.#options.clock.wallMs() };
    return this.#writer.ask({ kind: 'bookmark', bookmark, on: note !== null });
  }

  bookmarks(): Promise<readonly Bookmark[]> {
    return this.#writer.ask({ kind: 'bookmarks' });
  }

  setRetention(days: number, bytes: number): Promise<void> {
    return this.#writer.setRetention(days, bytes);
  }

  stats(): StoreStats {
    assert(this.#stats !== null, 'the store is open before anybody has it');
    return this.#stats;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    // The reader goes first: the last connection to close folds the log into the database.
    await this.#reader.close();
    await this.#writer.close();
  }

  #ask(request: Parameters<StoreReader['ask']>[0]): Promise<ReaderValue> {
    return this.#reader.ask(request);
  }

  /** Whoever was told of a commit must find it counted. */
  #takeCommitted(newestSeq: number, rows: number): void {
    if (this.#stats !== null) this.#stats = { ...this.#stats, newestSeq, rows: this.#stats.rows + rows };
  }

  #takeStats(stats: StoreStats): void {
    const before = this.#stats;
    this.#stats = stats;
    if (before === null || (before.state === stats.state && before.stateReason === stats.stateReason)) return;
    this.#options.onStateChange?.(stats);
  }
}

function expect<Value extends ReaderValue>(
  value: ReaderValue,
  is: (value: ReaderValue) => value is Value,
): Value {
  assert(is(value), 'the reader answers what it was asked');
  return value;
}

function has<Key extends PropertyKey>(
  value: ReaderValue,
  key: Key,
): value is Extract<ReaderValue, Record<Key, unknown>> {
  return typeof value === 'object' && value !== null && key in value;
}

function isDetailOrNull(value: ReaderValue): value is EventDetail | null {
  return value === null || (typeof value === 'object' && 'row' in value);
}
