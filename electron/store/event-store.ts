/**
 * Where events live. Behind an interface because a second, distributed store comes later. All methods fail
 * with OperatingError: E_STORE_FULL, E_STORE_FAILED, E_STORE_DAMAGED, E_STORE_LOCKED, E_READ_ONLY,
 * E_CANCELLED, E_BUSY.
 */
import type { Bookmark, FeedFacets, FeedHistogram, FeedPage, TimeRange } from '../../shared/contract/feed.ts';
import type { Expression } from '../../shared/filter/ast.ts';
import type { EventDetail, EventRow } from '../../shared/model/event.ts';

/** An event before the store gave it its number. */
export interface NewEvent extends Omit<EventRow, 'seq' | 'bodyBytes' | 'preview'> {
  readonly body: Uint8Array;
  readonly head: Uint8Array;
}

/** `filter` null = everything. */
export interface EventQuery {
  readonly filter: Expression | null;
  readonly range: TimeRange;
}

export interface PageQuery extends EventQuery {
  readonly direction: 'before' | 'after';
  /** Exclusive. `before` with Number.MAX_SAFE_INTEGER starts at the end; `after` with 0 at the start. */
  readonly anchorSeq: number;
  readonly rowsMax: number;
}

export interface StoreStats {
  readonly rows: number;
  /** Of the database and its log. */
  readonly bytes: number;
  /** Put by for the day the disk is full; counts against `bytesMax` too. */
  readonly reserveBytes: number;
  readonly bytesMax: number;
  readonly oldestSeq: number;
  readonly newestSeq: number;
  readonly oldestAtMs: number | null;
  readonly state: 'ok' | 'full' | 'failed' | 'read_only';
  readonly stateReason: string;
  readonly commitMsP99: number;
}

export interface ExportSink {
  /** Takes a chunk of the export text; the promise is back-pressure. */
  write(chunk: Uint8Array): Promise<void>;
  progress(rowsWritten: number, rowsScanned: number, rowsTotal: number): void;
}

export interface EventStore {
  /**
   * Resolves with the rows (numbered, previews made) after their transaction is committed; several appends
   * share one commit, in call order, within LIMITS.storeCommitDelayMsMax or LIMITS.storeCommitEventsMax.
   * Bytes are copied or transferred: do not touch them after the call. E_BUSY when LIMITS.storePending… is
   * reached: nothing of this call is kept.
   */
  append(events: readonly NewEvent[]): Promise<readonly EventRow[]>;
  read(seq: number): Promise<EventDetail | null>;
  page(query: PageQuery): Promise<FeedPage>;
  histogram(query: EventQuery, fromMs: number, toMs: number, buckets: number): Promise<FeedHistogram>;
  facets(query: EventQuery, valuesMax: number): Promise<FeedFacets>;
  /** Streams oldest first until done or the signal aborts (E_CANCELLED). */
  export(
    query: EventQuery,
    format: 'jsonl' | 'csv',
    bodies: boolean,
    sink: ExportSink,
    signal: AbortSignal,
  ): Promise<void>;
  setBookmark(seq: number, note: string | null): Promise<readonly Bookmark[]>;
  bookmarks(): Promise<readonly Bookmark[]>;
  /** Bookmarked rows are kept beyond the limits. */
  setRetention(days: number, bytes: number): Promise<void>;
  stats(): StoreStats;
  /** Commits what is pending, closes the files, lets the folder go. Idempotent. */
  close(): Promise<void>;
}
