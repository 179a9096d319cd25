/** Draws only the rows in view, and keeps the row that is looked at where it is when others come and go. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { PointerEvent, RefObject } from 'react';
import { anchorIndex, survivor } from '../../state/cache-anchor.ts';
import { type VisibleRange, visibleRange } from '../../state/feed-anchor.ts';
import { setGridViewport } from './grid-viewport.ts';

const OVERSCAN_ROWS = 6;

export interface AnchoredRows {
  readonly range: VisibleRange;
  /** Of the list; 0 until measured. */
  readonly widthPx: number;
  readonly onScroll: () => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerLeave: () => void;
}

export interface AnchoredRowsOptions {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly keys: readonly string[];
  readonly rowHeightPx: number;
  readonly selectedKey: string | null;
  /** Another order or another service: the list begins at its top, unless the selected row is in view. */
  readonly orderKey: string;
}

/** The head sticks to the top edge and covers that much of the rows. */
function headHeightPx(grid: HTMLElement): number {
  const head = grid.firstElementChild;
  return head instanceof HTMLElement ? head.offsetHeight : 0;
}

export function useAnchoredRows(options: AnchoredRowsOptions): AnchoredRows {
  const { scroller, keys, rowHeightPx, selectedKey, orderKey } = options;
  const [place, setPlace] = useState({ topPx: 0, heightPx: 0, widthPx: 0 });
  const pointerY = useRef<number | null>(null);
  const indexes = useMemo(() => new Map(keys.map((key, index) => [key, index])), [keys]);
  const drawn = useRef({ keys, orderKey, topPx: 0, heightPx: 0 });

  const take = useCallback(() => {
    const node = scroller.current;
    if (node === null) return;
    const heightPx = node.clientHeight - headHeightPx(node);
    const next = { topPx: node.scrollTop, heightPx, widthPx: node.clientWidth };
    drawn.current = { ...drawn.current, topPx: next.topPx, heightPx };
    setPlace((before) =>
      before.topPx === next.topPx && before.heightPx === heightPx && before.widthPx === next.widthPx
        ? before
        : next,
    );
  }, [scroller]);

  useLayoutEffect(() => {
    const node = scroller.current;
    if (node === null) return undefined;
    const observer = new ResizeObserver(take);
    observer.observe(node);
    take();
    return () => observer.disconnect();
  }, [scroller, take]);

  useLayoutEffect(() => {
    const node = scroller.current;
    const before = drawn.current;
    if (node === null || before.keys === keys) return;
    drawn.current = { ...before, keys, orderKey };
    const top = node.getBoundingClientRect().top + headHeightPx(node);
    const isReordered = before.orderKey !== orderKey;
    const look = {
      scrollTopPx: before.topPx,
      heightPx: before.heightPx,
      rowHeightPx,
      pointerPx: isReordered || pointerY.current === null ? null : pointerY.current - top,
      selectedIndex: selectedKey === null ? -1 : before.keys.indexOf(selectedKey),
    };
    const anchor = anchorIndex(look, before.keys.length);
    const isHeld = !isReordered || anchor === look.selectedIndex;
    const found = isHeld ? survivor(before.keys, anchor, (key) => indexes.get(key) ?? -1) : null;
    const movedRows = found === null ? 0 : found.newIndex - found.oldIndex;
    const wantedPx = isHeld ? before.topPx + movedRows * rowHeightPx : 0;
    if (Math.abs(node.scrollTop - wantedPx) > 0.5) node.scrollTop = wantedPx;
    take();
  }, [scroller, keys, indexes, orderKey, rowHeightPx, selectedKey, take]);

  useEffect(() => {
    setGridViewport({
      keys,
      indexOf: (key) => indexes.get(key) ?? -1,
      reveal: (index) => {
        const node = scroller.current;
        if (node === null) return;
        const rowTopPx = index * rowHeightPx;
        const heightPx = node.clientHeight - headHeightPx(node);
        node.scrollTop = Math.min(rowTopPx, Math.max(node.scrollTop, rowTopPx + rowHeightPx - heightPx));
      },
      top: () => Math.ceil((scroller.current?.scrollTop ?? 0) / rowHeightPx),
      screenful: () => Math.max(1, Math.floor(drawn.current.heightPx / rowHeightPx) - 1),
    });
    return () => setGridViewport(null);
  }, [scroller, keys, indexes, rowHeightPx]);

  return {
    range: visibleRange(place.topPx, place.heightPx, rowHeightPx, keys.length, OVERSCAN_ROWS),
    widthPx: place.widthPx,
    onScroll: take,
    onPointerMove: (event) => {
      pointerY.current = event.clientY;
    },
    onPointerLeave: () => {
      pointerY.current = null;
    },
  };
}
