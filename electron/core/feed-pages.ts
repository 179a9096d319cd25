/**
 * `feed.page` from the ring of newest rows when the ring alone can answer, else from the store; the rows are
 * the same either way. Looked through in slices, so that a filter over the whole ring never holds up a
 * socket.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FeedPage, TimeRange } from '../../shared/contract/feed.ts';
import type { EventRow } from '../../shared/model/event.ts';
import type { Ring } from '../../shared/ring.ts';
import type { EventStore, PageQuery, StoreStats } from '../store/event-store.ts';
import type { RowFilter } from './row-filter.ts';

const SLICE_ROWS = 10_000;
/**
 * A search that saw so many rows of the ring says where it stopped, as the store does; a shorter one is left
 * to the store whole.
 */
const PARTIAL_ROWS_MIN = 20_000;

export interface PageRequest {
  readonly filter: RowFilter | null;
  readonly range: TimeRange;
  readonly direction: 'before' | 'after';
  readonly anchorSeq: number;
  readonly rowsMax: number;
}

export async function readPage(
  store: EventStore,
  ring: Ring<EventRow>,
  request: PageRequest,
): Promise<FeedPage> {
  const fromRing = await pageFromRing(store.stats(), ring, request);
  if (fromRing !== null) return fromRing;
  const { filter, range, direction, anchorSeq, rowsMax } = request;
  const query: PageQuery = { filter: filter?.expression ?? null, range, direction, anchorSeq, rowsMax };
  return store.page(query);
}

/** Null when the ring cannot know the answer. */
export async function pageFromRing(
  stats: StoreStats,
  ring: Ring<EventRow>,
  request: PageRequest,
): Promise<FeedPage | null> {
  if (request.filter?.needsBody === true || ring.length === 0 || hasHoles(stats)) return null;
  const firstSeq = Math.max(ring.at(0)?.seq ?? 0, oldestSeqOf(stats));
  const backwards = request.direction === 'before';
  if (backwards ? request.anchorSeq <= firstSeq : request.anchorSeq < firstSeq - 1) return null;
  return new RingSearch(stats, ring, request, firstSeq).run();
}

/** Retention by age, or rows kept for a bookmark, leave holes the ring does not know of. */
function hasHoles(stats: StoreStats): boolean {
  return stats.rows !== stats.newestSeq - oldestSeqOf(stats) + 1;
}

/** The writer tells the oldest number now and then; until it does, the first rows of a new store count from 1. */
function oldestSeqOf(stats: StoreStats): number {
  return Math.max(1, stats.oldestSeq);
}

class RingSearch {
  private readonly stats: StoreStats;
  private readonly ring: Ring<EventRow>;
  private readonly request: PageRequest;
  private readonly firstSeq: number;
  private readonly backwards: boolean;
  private readonly startedMs = performance.now();
  private readonly rows: EventRow[] = [];
  private scannedRows = 0;
  /** While we searched forwards, the ring dropped rows we had not seen: the store goes on from here. */
  private overtaken = false;
  /** The last row looked at. */
  private anchorSeq: number;

  constructor(stats: StoreStats, ring: Ring<EventRow>, request: PageRequest, firstSeq: number) {
    this.stats = stats;
    this.ring = ring;
    this.request = request;
    this.firstSeq = firstSeq;
    this.anchorSeq = request.anchorSeq;
    this.backwards = request.direction === 'before';
  }

  async run(): Promise<FeedPage | null> {
    while (this.rows.length < this.request.rowsMax) {
      const before = this.scannedRows;
      this.scanSlice();
      if (this.scannedRows === before) break;
      if (this.scannedRows % SLICE_ROWS === 0) await nextTurn();
    }
    const filled = this.rows.length >= this.request.rowsMax;
    const ringIsAll = !this.backwards || this.firstSeq <= oldestSeqOf(this.stats);
    if (!filled && !ringIsAll && this.scannedRows < PARTIAL_ROWS_MIN) return null;
    const atEnd = this.indexOf() === null;
    if (this.backwards) this.rows.reverse();
    return {
      rows: this.rows,
      done: atEnd && ringIsAll && !this.overtaken,
      nextAnchorSeq: Math.min(this.anchorSeq, this.newestSeq() + 1),
      scannedRows: this.scannedRows,
      oldestSeq: oldestSeqOf(this.stats),
      newestSeq: this.newestSeq(),
      elapsedMs: performance.now() - this.startedMs,
    };
  }

  private newestSeq(): number {
    return this.ring.newest()?.seq ?? 0;
  }

  /** Place in the ring of the next row to look at; the ring may have moved on since the last slice. */
  private indexOf(): number | null {
    const { ring, backwards } = this;
    const bound = ring.lowerBound(backwards ? this.anchorSeq : this.anchorSeq + 1, (row) => row.seq);
    const index = backwards ? bound - 1 : bound;
    const row = ring.at(index);
    this.overtaken ||= !backwards && index === 0 && row !== undefined && row.seq > this.anchorSeq + 1;
    if (this.overtaken) return null;
    return row === undefined || row.seq < this.firstSeq ? null : index;
  }

  private scanSlice(): void {
    const { filter, range, rowsMax } = this.request;
    let index = this.indexOf();
    if (index === null) return;
    for (let count = 0; count < SLICE_ROWS; count += 1) {
      const row = this.ring.at(index);
      if (row === undefined || row.seq < this.firstSeq) return;
      this.scannedRows += 1;
      this.anchorSeq = row.seq;
      if (isInRange(row, range) && (filter === null || filter.matches(row))) {
        this.rows.push(row);
        if (this.rows.length >= rowsMax) return;
      }
      index += this.backwards ? -1 : 1;
    }
  }
}

function isInRange(row: EventRow, range: TimeRange): boolean {
  if (range.fromMs !== null && row.receivedAtMs < range.fromMs) return false;
  return range.toMs === null || row.receivedAtMs < range.toMs;
}
