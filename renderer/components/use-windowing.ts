/**
 * Draws only the lines in view of a long list with equal heights. For lists that do not grow; the feed has
 * its own.
 */
import { useCallback, useLayoutEffect, useState } from 'react';
import type { RefObject } from 'react';
import { type VisibleRange, visibleRange } from '../state/feed-anchor.ts';

const OVERSCAN_LINES = 8;

export interface Windowing {
  readonly range: VisibleRange;
  readonly onScroll: () => void;
  /** Scrolls lines into view, the first a third below the top edge. */
  readonly reveal: (index: number, lastIndex?: number) => void;
}

export function useWindowing(
  scroller: RefObject<HTMLElement | null>,
  lineHeightPx: number,
  count: number,
): Windowing {
  const [place, setPlace] = useState({ topPx: 0, heightPx: 0 });
  useLayoutEffect(() => {
    const node = scroller.current;
    if (node === null) return undefined;
    const measure = (): void => setPlace({ topPx: node.scrollTop, heightPx: node.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => observer.disconnect();
  }, [scroller]);
  const onScroll = (): void => {
    const node = scroller.current;
    if (node !== null) setPlace({ topPx: node.scrollTop, heightPx: node.clientHeight });
  };
  const reveal = useCallback(
    (index: number, lastIndex = index): void => {
      const node = scroller.current;
      if (node === null) return;
      const lineTopPx = index * lineHeightPx;
      const bottomPx = (lastIndex + 1) * lineHeightPx;
      const isInView = lineTopPx >= node.scrollTop && bottomPx <= node.scrollTop + node.clientHeight;
      if (!isInView) node.scrollTop = Math.max(0, lineTopPx - node.clientHeight / 3);
    },
    [scroller, lineHeightPx],
  );
  return {
    range: visibleRange(place.topPx, place.heightPx, lineHeightPx, count, OVERSCAN_LINES),
    onScroll,
    reveal,
  };
}
