/**
 * The rate chart of one reader: counted once from the store, then kept up by what is committed. The store is
 * asked for rows up to the newest one known at that moment and later rows are counted here, so no row is
 * counted twice and none is left out.
 */
import type { Clock } from '../../shared/clock.ts';
import type { FeedHistogram } from '../../shared/contract/feed.ts';
import type { StreamInput } from '../../shared/contract/contract.ts';
import type { StreamSink } from '../../shared/contract/handlers.ts';
import { failureOf } from '../../shared/failure.ts';
import type { Expression } from '../../shared/filter/ast.ts';
import type { Matchable } from '../../shared/filter/match.ts';
import type { EventRow } from '../../shared/model/event.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Feed } from './feed.ts';
import { compileFilter } from './row-filter.ts';
import type { RowFilter } from './row-filter.ts';

type Bucket = FeedHistogram['buckets'][number];
type HistogramInput = StreamInput<'feed.histogram'>;
const ITEM_INTERVAL_MS = 1_000;

/**
 * Counts by absolute bucket number (time divided by width), so that a moving chart moves without counting
 * again.
 */
class Buckets {
  private readonly widthMs: number;
  private readonly offsetMs: number;
  private readonly counts = new Map<number, { rest: number; warnings: number; errors: number }>();

  constructor(widthMs: number, offsetMs: number) {
    this.widthMs = widthMs;
    this.offsetMs = offsetMs;
  }

  indexOf(timeMs: number): number {
    return Math.floor((timeMs - this.offsetMs) / this.widthMs);
  }

  startMs(index: number): number {
    return this.offsetMs + index * this.widthMs;
  }

  add(index: number, more: Bucket): void {
    const held = this.counts.get(index);
    if (held === undefined) this.counts.set(index, { ...more });
    else {
      held.rest += more.rest;
      held.warnings += more.warnings;
      held.errors += more.errors;
    }
  }

  addRow(row: EventRow): void {
    const isError = row.severity === 'error' || row.severity === 'critical';
    const isWarning = row.severity === 'warn';
    const rest = isError || isWarning ? 0 : 1;
    this.add(this.indexOf(row.receivedAtMs), { rest, warnings: isWarning ? 1 : 0, errors: isError ? 1 : 0 });
  }

  read(fromIndex: number, count: number): Bucket[] {
    return Array.from(
      { length: count },
      (_, at) => this.counts.get(fromIndex + at) ?? { rest: 0, warnings: 0, errors: 0 },
    );
  }

  forgetBelow(index: number): void {
    for (const held of this.counts.keys()) if (held < index) this.counts.delete(held);
  }
}

export interface HistogramParts {
  readonly feed: Feed;
  readonly store: EventStore;
  readonly clock: Clock;
}

/** Opens the chart; the returned function closes it. Throws E_FILTER. */
export function openHistogram(
  parts: HistogramParts,
  input: HistogramInput,
  sink: StreamSink<FeedHistogram>,
): () => void {
  const chart = new Chart(parts, input, compileFilter(input.filter), sink);
  chart.start();
  return () => chart.close();
}

class Chart {
  private readonly parts: HistogramParts;
  private readonly bucketCount: number;
  private readonly following: boolean;
  private readonly filter: RowFilter | null;
  private readonly sink: StreamSink<FeedHistogram>;
  private readonly buckets: Buckets;
  /** First bucket of a chart that does not move. */
  private readonly fixedFrom: number;
  private counted = false;
  private storeComplete = false;
  private unwatch: () => void = () => undefined;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    parts: HistogramParts,
    input: HistogramInput,
    filter: RowFilter | null,
    sink: StreamSink<FeedHistogram>,
  ) {
    this.parts = parts;
    this.bucketCount = input.buckets;
    this.filter = filter;
    this.sink = sink;
    this.following = input.range === null;
    const nowMs = parts.clock.wallMs();
    const fromMs = input.range?.fromMs ?? parts.store.stats().oldestAtMs ?? nowMs - input.spanMs;
    const toMs = Math.max(input.range?.toMs ?? nowMs, fromMs + input.buckets);
    const widthMs = (this.following ? input.spanMs : toMs - fromMs) / input.buckets;
    this.buckets = new Buckets(widthMs, this.following ? 0 : fromMs);
    this.fixedFrom = 0;
  }

  start(): void {
    this.unwatch = this.parts.feed.watch({
      needsBodies: this.filter?.needsBody === true,
      committed: (rows) => this.addRows(rows),
    });
    void this.countStored();
    this.timer = setInterval(() => this.push(), ITEM_INTERVAL_MS);
  }

  close(): void {
    this.unwatch();
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private firstIndex(): number {
    if (!this.following) return this.fixedFrom;
    return this.buckets.indexOf(this.parts.clock.wallMs()) - this.bucketCount + 1;
  }

  private addRows(rows: readonly Matchable[]): void {
    for (const row of rows) if (this.filter === null || this.filter.matches(row)) this.buckets.addRow(row);
  }

  /** Never rejects: the failure ends the stream. */
  private async countStored(): Promise<void> {
    const { store, feed } = this.parts;
    const first = this.firstIndex();
    const fromMs = this.buckets.startMs(first);
    const toMs = this.buckets.startMs(first + this.bucketCount);
    const filter = upTo(feed.newestSeq, this.filter?.expression ?? null);
    try {
      const stored = await store.histogram(
        { filter, range: { fromMs, toMs } },
        fromMs,
        toMs,
        this.bucketCount,
      );
      stored.buckets.forEach((bucket, at) => this.buckets.add(first + at, bucket));
      this.storeComplete = stored.complete;
      this.counted = true;
      if (this.timer !== null) this.push();
    } catch (error) {
      // The store's OperatingErrors; anything else becomes E_INTERNAL there.
      if (this.timer === null) return;
      this.close();
      this.sink.end(failureOf(error));
    }
  }

  private push(): void {
    const first = this.firstIndex();
    this.buckets.forgetBelow(first);
    this.sink.push({
      fromMs: this.buckets.startMs(first),
      toMs: this.buckets.startMs(first + this.bucketCount),
      buckets: this.buckets.read(first, this.bucketCount),
      complete: this.counted && this.storeComplete,
    });
  }
}

function upTo(seq: number, filter: Expression | null): Expression {
  const bound: Expression = { type: 'field', field: 'seq', operator: '<=', value: String(seq) };
  return filter === null ? bound : { type: 'and', terms: [filter, bound] };
}
