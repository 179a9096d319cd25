/**
 * What the feed's components read. Rows themselves live in the window of the controller; `version` says when
 * they changed.
 */
import type { Bookmark } from '../../shared/contract/feed.ts';
import { create } from 'zustand';
import type { EventDetail } from '../../shared/model/event.ts';
import type { Failure } from '../../shared/failure.ts';
import type { Waiting } from './feed-waiting.ts';
import type { ScrollAnchor } from './feed-anchor.ts';

export interface FeedSearch {
  readonly direction: 'before' | 'after';
  readonly scannedRows: number;
  /** Rows the store holds, as far as known. */
  readonly totalRows: number;
}

export interface FeedSlice {
  readonly version: number;
  readonly rowCount: number;
  /** `loading` until the first page of the present filter and range is here. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: Failure | null;
  /** Set while the connection is gone: the last moment the list was true. */
  readonly staleSinceMs: number | null;
  /** New rows come in at the end. */
  readonly following: boolean;
  readonly sampled: boolean;
  /** Matching rows in the last full second. */
  readonly ratePerSecond: number;
  /** Rows the samples left out since the view last followed. */
  readonly skippedRows: number;
  readonly waiting: Waiting;
  /** A search that took more than one step and goes on. */
  readonly search: FeedSearch | null;
  /** The operator stopped a search: what was not searched may match, too. */
  readonly isSearchStopped: boolean;
  readonly atStart: boolean;
  /**
   * Where the list shall put itself at the next drawing; counts up, so that the same place can be asked for
   * twice.
   */
  readonly place: { readonly count: number; readonly anchor: ScrollAnchor | null };
  readonly selectedSeq: number | null;
  readonly detail: DetailState;
  readonly bookmarkedSeqs: ReadonlySet<number>;
  /** The same rows, with their notes. */
  readonly bookmarks: ReadonlyMap<number, Bookmark>;
}

export type DetailState =
  | { readonly state: 'none' }
  | { readonly state: 'loading'; readonly seq: number }
  | { readonly state: 'here'; readonly detail: EventDetail }
  | { readonly state: 'failed'; readonly seq: number; readonly failure: Failure };

export const FEED_START: FeedSlice = {
  version: 0,
  rowCount: 0,
  status: 'loading',
  failure: null,
  staleSinceMs: null,
  following: true,
  sampled: false,
  ratePerSecond: 0,
  skippedRows: 0,
  waiting: { rows: 0, errors: 0 },
  search: null,
  isSearchStopped: false,
  atStart: false,
  place: { count: 0, anchor: null },
  selectedSeq: null,
  detail: { state: 'none' },
  bookmarkedSeqs: new Set(),
  bookmarks: new Map(),
};

export const useFeed = create<FeedSlice>(() => FEED_START);
