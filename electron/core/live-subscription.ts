/**
 * One reader of `feed.live`. It never slows the feed: rows wait in a bounded queue, the oldest go first and
 * are counted as skipped, and above a rate no eye can follow only the newest screenful is carried
 * (docs/THREATS.md, F1).
 */
import type { FeedLiveItem } from '../../shared/contract/feed.ts';
import type { Matchable } from '../../shared/filter/match.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { Ring } from '../../shared/ring.ts';
import type { StreamSink } from '../../shared/contract/handlers.ts';
import type { RowFilter } from './row-filter.ts';
import { RateWindow } from './rate-window.ts';

/** Rows of one item: a frame holds LIMITS.frameBytesMax, so a reader that thaws gets its queue in slices. */
const ITEM_ROWS_MAX = 200;
const ITEM_CHARACTERS_MAX = 100_000;
/** Without new rows the counters are still refreshed this often. */
const REFRESH_INTERVAL_MS = 1_000;

export class LiveSubscription {
  readonly filter: RowFilter | null;
  private readonly sink: StreamSink<FeedLiveItem>;
  private readonly queue = new Ring<EventRow>(LIMITS.feedSubscriberQueueRowsMax);
  private readonly rate: RateWindow;
  private skipped = 0;
  private matched = 0;
  private matchedErrors = 0;
  private sentAtMs = Number.NEGATIVE_INFINITY;
  private sentNewestSeq = -1;
  private sentRate = -1;

  constructor(filter: RowFilter | null, sink: StreamSink<FeedLiveItem>, nowMs: number) {
    this.filter = filter;
    this.sink = sink;
    this.rate = new RateWindow(nowMs);
  }

  /**
   * Takes what was just committed. `matchables` are the same rows, with bodies whenever this filter needs
   * them.
   */
  offer(rows: readonly EventRow[], matchables: readonly Matchable[], nowMs: number): void {
    let count = 0;
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index];
      const matchable = matchables[index];
      if (row === undefined || matchable === undefined) continue;
      if (this.filter !== null && !this.filter.matches(matchable)) continue;
      count += 1;
      if (row.severity === 'error' || row.severity === 'critical') this.matchedErrors += 1;
      if (this.queue.push(row)) this.skipped += 1;
    }
    if (count === 0) return;
    this.matched += count;
    this.rate.add(count, nowMs);
  }

  /** Sends what is due. True when it wants to be asked again at the next tick. */
  tick(nowMs: number, newestSeq: number): boolean {
    if (!this.sink.hasRoom()) return false;
    const sampled = this.rate.running(nowMs) > LIMITS.feedSampleAboveRowsPerSecond;
    if (sampled && nowMs - this.sentAtMs < LIMITS.feedSampleIntervalMs) return this.queue.length > 0;
    if (sampled) this.keepNewest(LIMITS.feedSampleRowsMax);
    else if (this.queue.length === 0 && !this.mustRefresh(nowMs, newestSeq)) return false;
    const ratePerSecond = this.rate.lastFull(nowMs);
    const rows = this.takeItemRows();
    const { skipped, matched, matchedErrors } = this;
    this.skipped = 0;
    this.sentAtMs = nowMs;
    this.sentNewestSeq = newestSeq;
    this.sentRate = ratePerSecond;
    this.sink.push({ rows, skipped, sampled, newestSeq, matched, matchedErrors, ratePerSecond });
    return this.queue.length > 0;
  }

  end(): void {
    this.queue.clear();
    this.sink.end(null);
  }

  private mustRefresh(nowMs: number, newestSeq: number): boolean {
    if (this.skipped > 0) return true;
    if (nowMs - this.sentAtMs < REFRESH_INTERVAL_MS) return false;
    return newestSeq !== this.sentNewestSeq || this.rate.lastFull(nowMs) !== this.sentRate;
  }

  private keepNewest(countMax: number): void {
    const surplus = this.queue.length - countMax;
    if (surplus > 0) this.skipped += this.queue.take(surplus).length;
  }

  private takeItemRows(): EventRow[] {
    let count = 0;
    let characters = 0;
    while (count < this.queue.length && count < ITEM_ROWS_MAX) {
      const row = this.queue.at(count);
      if (row === undefined) break;
      characters += row.type.length + row.preview.length + row.host.length + row.id.length;
      if (count > 0 && characters > ITEM_CHARACTERS_MAX) break;
      count += 1;
    }
    return this.queue.take(count);
  }
}
