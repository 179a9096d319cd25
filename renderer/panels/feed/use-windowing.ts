/**
 * Draws only the lines in view of a long list with equal heights. For lists that do not grow; the feed has
 * its own.
 */
import { useLayoutEffect, useState } from 'react';
import type { RefObject } from 'react';
import { type VisibleRange, visibleRange } from '../../state/feed-anchor.ts';

const OVERSCAN_LINES = 8;

export interface Windowing {
  readonly range: VisibleRange;
  readonly onScroll: () => void;
  /** Scrolls a line into view, in the middle when it is far. */
  readonly reveal: (index: number) => void;
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
  const reveal = (index: number): void => {
    const node = scroller.current;
    if (node === null) return;
    const lineTopPx = index * lineHeightPx;
    const isInView =
      lineTopPx >= node.scrollTop && lineTopPx + lineHeightPx <= node.scrollTop + node.clientHeight;
    if (!isInView) node.scrollTop = Math.max(0, lineTopPx - node.clientHeight / 2);
  };
  return {
    range: visibleRange(place.topPx, place.heightPx, lineHeightPx, count, OVERSCAN_LINES),
    onScroll,
    reveal,
  };
}
