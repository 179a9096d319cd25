/**
 * Where the view stands, said by row and not by pixel, so that nothing moves when rows are added or let go
 * around it.
 */
import type { FeedWindow } from './feed-window.ts';

export interface ScrollAnchor {
  /** The row at the top edge. */
  readonly seq: number;
  /** How many pixels of it are above the edge. */
  readonly offsetPx: number;
}

export function anchorAt(window: FeedWindow, scrollTopPx: number, rowHeightPx: number): ScrollAnchor | null {
  if (window.length === 0) return null;
  const index = Math.min(Math.max(0, Math.floor(scrollTopPx / rowHeightPx)), window.length - 1);
  const row = window.at(index);
  return row === undefined ? null : { seq: row.seq, offsetPx: scrollTopPx - index * rowHeightPx };
}

/** Scroll position that puts the anchor back; when its row is gone, the next newer row takes its place. */
export function scrollTopFor(window: FeedWindow, anchor: ScrollAnchor, rowHeightPx: number): number {
  return Math.max(0, window.lowerBound(anchor.seq) * rowHeightPx + anchor.offsetPx);
}

export interface VisibleRange {
  readonly from: number;
  readonly to: number;
}

/** Indexes of the rows to draw, `overscan` more at each side; `to` is exclusive. */
export function visibleRange(
  scrollTopPx: number,
  viewportPx: number,
  rowHeightPx: number,
  count: number,
  overscan: number,
): VisibleRange {
  const from = Math.max(0, Math.floor(scrollTopPx / rowHeightPx) - overscan);
  const to = Math.min(count, Math.ceil((scrollTopPx + viewportPx) / rowHeightPx) + overscan);
  return { from: Math.min(from, to), to };
}
