/**
 * The loaded part of the feed: a run of matching rows without holes, ascending by seq, that grows at either
 * end and is bounded. Everything that matches between the two cursors is in `rows`; nothing else is. Lives
 * outside the store: the store keeps a version counter.
 */
import type { EventRow } from '../../shared/model/event.ts';

/** Rows kept loaded; the far end is let go in chunks, so that a live append costs O(1) on average. */
export const WINDOW_ROWS_MAX = 4_000;
export const WINDOW_SLACK_ROWS = 1_000;

/** Before the first page: no cursor yet. */
const NOWHERE = Number.MAX_SAFE_INTEGER;

export interface WindowLimits {
  readonly rowsMax: number;
  readonly slackRows: number;
}

export class FeedWindow {
  private rows: EventRow[] = [];
  private readonly limits: WindowLimits;
  /** Exclusive: matching rows with seq ≥ this (up to `afterSeq`) are loaded. */
  beforeSeq = NOWHERE;
  /** Matching rows with seq ≤ this (down to `beforeSeq`) are loaded; continue `after` from here. */
  afterSeq = 0;
  /** Nothing older matches. */
  atStart = false;
  /**
   * index + origin stays with a row while rows are added or let go before it: the list recycles its elements
   * by it.
   */
  origin = 0;

  constructor(limits: WindowLimits = { rowsMax: WINDOW_ROWS_MAX, slackRows: WINDOW_SLACK_ROWS }) {
    this.limits = limits;
  }

  get length(): number {
    return this.rows.length;
  }

  at(index: number): EventRow | undefined {
    return this.rows[index];
  }

  first(): EventRow | undefined {
    return this.rows[0];
  }

  last(): EventRow | undefined {
    return this.rows.at(-1);
  }

  /** Index of the first row with seq ≥ `seq`; `length` when there is none. */
  lowerBound(seq: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.rows[middle];
      if (row !== undefined && row.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of exactly this row, or -1. */
  indexOf(seq: number): number {
    const index = this.lowerBound(seq);
    return this.rows[index]?.seq === seq ? index : -1;
  }

  /**
   * Starts anew at a place: nothing loaded, both cursors at `seq` (rows with seq ≤ `seq` come by `before`).
   */
  reset(seq: number): void {
    this.rows = [];
    this.beforeSeq = seq >= NOWHERE ? NOWHERE : seq + 1;
    this.afterSeq = seq;
    this.atStart = false;
  }

  /** Rows older than all loaded ones. `nextSeq` says how far the search came, also when it found nothing. */
  prepend(rows: readonly EventRow[], nextSeq: number, done: boolean): void {
    const limit = this.beforeSeq;
    const older = rows.filter((row) => row.seq < limit);
    if (older.length > 0) this.rows = older.concat(this.rows);
    this.origin -= older.length;
    this.beforeSeq = Math.min(this.beforeSeq, nextSeq, older[0]?.seq ?? NOWHERE);
    this.atStart = done;
    this.dropNewest();
  }

  /** Rows newer than all loaded ones, from the store. */
  append(rows: readonly EventRow[], nextSeq: number): void {
    this.push(rows);
    this.afterSeq = Math.max(this.afterSeq, nextSeq);
    this.dropOldest();
  }

  /**
   * One live batch. When rows were left out before it (`skipped`), the run would have a hole: the batch then
   * becomes the whole window, and what is missing comes back by paging.
   */
  appendLive(rows: readonly EventRow[], skipped: number): void {
    const first = rows[0];
    if (skipped > 0 && first !== undefined && first.seq > this.afterSeq) {
      this.rows = [];
      this.beforeSeq = first.seq;
      this.atStart = false;
    }
    this.push(rows);
    this.dropOldest();
  }

  private push(rows: readonly EventRow[]): void {
    for (const row of rows) {
      if (row.seq <= this.afterSeq) continue;
      if (this.rows.length === 0 && this.beforeSeq === NOWHERE) this.beforeSeq = row.seq;
      this.rows.push(row);
      this.afterSeq = row.seq;
    }
  }

  private dropOldest(): void {
    if (this.rows.length <= this.limits.rowsMax + this.limits.slackRows) return;
    this.origin += this.rows.length - this.limits.rowsMax;
    this.rows = this.rows.slice(this.rows.length - this.limits.rowsMax);
    this.beforeSeq = this.rows[0]?.seq ?? this.beforeSeq;
    this.atStart = false;
  }

  private dropNewest(): void {
    if (this.rows.length <= this.limits.rowsMax + this.limits.slackRows) return;
    this.rows = this.rows.slice(0, this.limits.rowsMax);
    this.afterSeq = this.rows.at(-1)?.seq ?? this.afterSeq;
  }
}
