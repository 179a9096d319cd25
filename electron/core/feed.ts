/**
 * The way of an event: accept → store → after the commit into the ring of newest rows, the ledger and every
 * subscription. Built for bursts: one promise an append, arrays all the way, timers only for ticks.
 */
import { assert } from '../../shared/assert.ts';
import type { Clock } from '../../shared/clock.ts';
import type { FeedLiveItem } from '../../shared/contract/feed.ts';
import type { StreamSink } from '../../shared/contract/handlers.ts';
import type { Matchable } from '../../shared/filter/match.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { Ring } from '../../shared/ring.ts';
import type { EventStore, NewEvent } from '../store/event-store.ts';
import { Ledger } from './ledger.ts';
import { LiveSubscription } from './live-subscription.ts';
import { RateWindow } from './rate-window.ts';
import { withBody } from './row-filter.ts';
import type { RowFilter } from './row-filter.ts';

/**
 * Sees every commit, in order. The rows carry their bodies while any watcher or subscription needs bodies.
 */
export interface FeedWatcher {
  readonly needsBodies: boolean;
  committed(rows: readonly Matchable[]): void;
}

/** Told of what the door turned away and of every commit, so that gap rows can be written. */
export interface DropWatcher {
  dropped(events: readonly NewEvent[], error: unknown): void;
  committed(): void;
}

export class Feed {
  readonly ring = new Ring<EventRow>(LIMITS.feedRingRowsMax);
  readonly ledger = new Ledger();
  private readonly store: EventStore;
  private readonly clock: Clock;
  private readonly rate: RateWindow;
  private readonly subscriptions = new Set<LiveSubscription>();
  private readonly watchers = new Set<FeedWatcher>();
  private dropWatcher: DropWatcher | null = null;
  private bodyWatchers = 0;
  private newest: number;
  private tickTimer: NodeJS.Timeout | null = null;
  private readonly refreshTimer: NodeJS.Timeout;

  constructor(store: EventStore, clock: Clock) {
    this.store = store;
    this.clock = clock;
    this.rate = new RateWindow(clock.monotonicMs());
    this.newest = store.stats().newestSeq;
    this.refreshTimer = setInterval(() => this.tick(), 1_000);
  }

  get newestSeq(): number {
    return this.newest;
  }

  ratePerSecond(): number {
    return this.rate.lastFull(this.clock.monotonicMs());
  }

  watchDrops(watcher: DropWatcher): void {
    this.dropWatcher = watcher;
  }

  /** Resolves when the events are committed; fails with the store's error when none of them was kept. */
  async accept(events: readonly NewEvent[]): Promise<readonly EventRow[]> {
    try {
      return await this.offer(events);
    } catch (error) {
      // Any failure of the store: the events are lost to us, the sender is told by the caller.
      for (const event of events) this.ledger.dropped(event.source);
      this.dropWatcher?.dropped(events, error);
      throw error;
    }
  }

  /** As `accept`, for who keeps what the store did not take and offers it again: nothing is lost then, and nothing counted as dropped. */
  async offer(events: readonly NewEvent[]): Promise<readonly EventRow[]> {
    const rows = await this.store.append(events);
    this.committed(events, rows);
    return rows;
  }

  /** Returns the function that ends the subscription. */
  subscribe(filter: RowFilter | null, sink: StreamSink<FeedLiveItem>): () => void {
    const subscription = new LiveSubscription(filter, sink, this.clock.monotonicMs());
    this.subscriptions.add(subscription);
    if (filter?.needsBody === true) this.bodyWatchers += 1;
    sink.onRoom(() => this.scheduleTick());
    this.scheduleTick();
    return () => {
      if (!this.subscriptions.delete(subscription)) return;
      if (filter?.needsBody === true) this.bodyWatchers -= 1;
    };
  }

  watch(watcher: FeedWatcher): () => void {
    this.watchers.add(watcher);
    if (watcher.needsBodies) this.bodyWatchers += 1;
    return () => {
      if (this.watchers.delete(watcher) && watcher.needsBodies) this.bodyWatchers -= 1;
    };
  }

  close(): void {
    clearInterval(this.refreshTimer);
    if (this.tickTimer !== null) clearTimeout(this.tickTimer);
    this.tickTimer = null;
    for (const subscription of this.subscriptions) subscription.end();
    this.subscriptions.clear();
    this.watchers.clear();
  }

  private committed(events: readonly NewEvent[], rows: readonly EventRow[]): void {
    const nowMs = this.clock.monotonicMs();
    for (const row of rows) {
      assert(row.seq > this.newest, 'commits arrive in order');
      this.newest = row.seq;
      this.ring.push(row);
      this.ledger.committed(row.source, row.kind);
    }
    this.rate.add(rows.length, nowMs);
    const matchables = this.bodyWatchers > 0 ? rowsWithBodies(rows, events) : rows;
    for (const subscription of this.subscriptions) subscription.offer(rows, matchables, nowMs);
    for (const watcher of this.watchers) watcher.committed(matchables);
    if (this.subscriptions.size > 0) this.scheduleTick();
    this.dropWatcher?.committed();
  }

  private scheduleTick(): void {
    this.tickTimer ??= setTimeout(() => {
      this.tickTimer = null;
      this.tick();
    }, LIMITS.streamTickMs);
  }

  private tick(): void {
    const nowMs = this.clock.monotonicMs();
    let again = false;
    for (const subscription of this.subscriptions) again = subscription.tick(nowMs, this.newest) || again;
    if (again) this.scheduleTick();
  }
}

function rowsWithBodies(rows: readonly EventRow[], events: readonly NewEvent[]): readonly Matchable[] {
  assert(rows.length === events.length, 'the store numbers every event of an append');
  return rows.map((row, index) => withBody(row, events[index]?.body ?? new Uint8Array(0)));
}
