import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { CSSProperties, MouseEvent, PointerEvent, ReactElement, WheelEvent } from 'react';
import { classNames } from '../../components/class-names.ts';
import grid from '../../components/grid.module.css';
import { useText } from '../../i18n/i18n.ts';
import { formatDate } from '../../i18n/format-time.ts';
import { rowHeightPixels } from '../../state/density.ts';
import { type ScrollAnchor, anchorAt, scrollTopFor, visibleRange } from '../../state/feed-anchor.ts';
import { FeedWindow } from '../../state/feed-window.ts';
import { feedSession, scrolledTo, select, setViewport } from '../../state/feed-session.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { useNow } from '../../state/now.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { columnTemplate, narrowTemplate, noteUsed, shownColumns, useColumns } from './columns.ts';
import { useColourRules } from './colour-rules.ts';
import { FeedHead } from './feed-head.tsx';
import { setInspectorOpen } from './feed-view-slice.ts';
import styles from './feed-list.module.css';
import { FeedRow, rowElementId } from './feed-row.tsx';

const OVERSCAN_ROWS = 4;
/** More of the loaded rows than this beyond the edge: no need to page yet. */
const PAGE_AHEAD_ROWS = 60;
const NO_WINDOW = new FeedWindow();

interface ListStyle extends CSSProperties {
  readonly '--grid-columns': string;
  readonly '--grid-columns-narrow': string;
  readonly '--grid-row-height': string;
}

/** The list itself: draws only what is in view, and puts itself by row, not by pixel. */
export function FeedList(): ReactElement {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const heightPx = useHeight(scroller);
  const rowHeightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const columns = useColumns();
  const rowCount = useFeed((slice) => slice.rowCount);
  useFeed((slice) => slice.version);
  const window = feedSession()?.controller.window ?? NO_WINDOW;
  const { topPx, onScroll } = useScroll(scroller, window, heightPx, rowHeightPx);
  const selectedSeq = useFeed((slice) => slice.selectedSeq);
  const style: ListStyle = {
    '--grid-columns': columnTemplate(columns),
    '--grid-columns-narrow': narrowTemplate(columns),
    '--grid-row-height': `${rowHeightPx}px`,
  };
  // In a flood every row is drawn anew ten times a second: then none that is not seen.
  const overscan = useFeed((slice) => (slice.sampled && slice.following ? 0 : OVERSCAN_ROWS));
  const range = visibleRange(topPx, heightPx, rowHeightPx, window.length, overscan);
  usePagingBefore(range.from, window);
  // At the very end the wheel moves nothing, but it still says where the operator wants to go.
  const onWheel = (event: WheelEvent<HTMLDivElement>): void => {
    if (event.deltaY > 0 && range.to >= window.length) scrolledTo(true);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const seq = seqOf(event.target);
    if (seq !== null && event.button === 0) select(seq);
  };
  // The second press of a double click: what Enter does, for the mouse.
  const onDoubleClick = (event: MouseEvent<HTMLDivElement>): void => {
    if (seqOf(event.target) !== null) setInspectorOpen(true);
  };
  return (
    <div
      ref={scroller}
      role="grid"
      id="feed"
      aria-label={text('feed:list.label')}
      aria-rowcount={rowCount + 1}
      aria-activedescendant={selectedSeq === null ? undefined : rowElementId(selectedSeq)}
      tabIndex={0}
      className={classNames(grid.grid, styles.grid)}
      style={style}
      onScroll={onScroll}
      onWheel={onWheel}
      onPointerDown={onPointerDown}
      onDoubleClick={onDoubleClick}
    >
      <FeedHead />
      <div role="rowgroup" className={grid.spacer} style={{ height: window.length * rowHeightPx }}>
        <Rows window={window} from={range.from} to={range.to} rowHeightPx={rowHeightPx} heightPx={heightPx} />
      </div>
    </div>
  );
}

function seqOf(target: EventTarget): number | null {
  if (!(target instanceof Element)) return null;
  const seq = target.closest('[data-seq]')?.getAttribute('data-seq');
  return seq === null || seq === undefined ? null : Number(seq);
}

/** The head sticks to the top edge and covers that much of the rows. */
function headHeightPx(grid: HTMLElement): number {
  const head = grid.firstElementChild;
  return head instanceof HTMLElement ? head.offsetHeight : 0;
}

/** Height that is left for rows. */
function useHeight(element: React.RefObject<HTMLDivElement | null>): number {
  const [heightPx, setHeight] = useState(0);
  useLayoutEffect(() => {
    const node = element.current;
    if (node === null) return undefined;
    const measure = (): void => setHeight(node.clientHeight - headHeightPx(node));
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return heightPx;
}

interface Scroll {
  readonly topPx: number;
  readonly onScroll: () => void;
}

/**
 * Keeps the place by row. What the list shows follows from the anchor; the scroll bar is brought in line
 * after drawing.
 */
function useScroll(
  scroller: React.RefObject<HTMLDivElement | null>,
  window: FeedWindow,
  heightPx: number,
  rowHeightPx: number,
): Scroll {
  const following = useFeed((slice) => slice.following);
  const place = useFeed((slice) => slice.place);
  const [view, setView] = useState<{ readonly placeCount: number; readonly anchor: ScrollAnchor | null }>({
    placeCount: 0,
    anchor: null,
  });
  const anchor = view.placeCount === place.count ? view.anchor : place.anchor;
  const endPx = Math.max(0, window.length * rowHeightPx - heightPx);
  const wantedPx = following || anchor === null ? endPx : scrollTopFor(window, anchor, rowHeightPx);
  const topPx = Math.min(endPx, wantedPx);
  const drawn = useRef({ topPx, anchor });

  useLayoutEffect(() => {
    drawn.current = { topPx, anchor: following ? null : anchor };
    const node = scroller.current;
    if (node !== null && Math.abs(node.scrollTop - topPx) > 0.5) node.scrollTop = topPx;
    // The view came to rest at the end: from now on its top row is its place, or what is paged in would move
    // it.
    const isAdrift = !following && anchor === null && window.length * rowHeightPx > heightPx;
    if (isAdrift) setView({ placeCount: place.count, anchor: anchorAt(window, topPx, rowHeightPx) });
  }, [scroller, topPx, anchor, following, window, window.length, heightPx, rowHeightPx, place.count]);
  useEffect(() => {
    setViewport({
      anchor: () => drawn.current.anchor ?? anchorAt(window, drawn.current.topPx, rowHeightPx),
      heightPx,
      rowHeightPx,
      reveal: (index) => {
        const node = scroller.current;
        if (node === null) return;
        const rowTopPx = index * rowHeightPx;
        const next = Math.min(rowTopPx, Math.max(node.scrollTop, rowTopPx + rowHeightPx - heightPx));
        node.scrollTop = next;
        setView({ placeCount: place.count, anchor: anchorAt(window, next, rowHeightPx) });
      },
    });
    return () => setViewport(null);
  }, [scroller, window, heightPx, rowHeightPx, place.count]);

  const onScroll = useCallback(() => {
    const node = scroller.current;
    // Our own writes come back as events; they say nothing new.
    if (node === null || Math.abs(node.scrollTop - drawn.current.topPx) <= 1) return;
    // A list that was made taller is moved by the browser before it is measured: nobody scrolled.
    if (Math.abs(node.clientHeight - headHeightPx(node) - heightPx) > 1) return;
    const next = anchorAt(window, node.scrollTop, rowHeightPx);
    setView({ placeCount: place.count, anchor: next });
    scrolledTo(node.scrollTop >= endPx - 2);
  }, [scroller, window, heightPx, rowHeightPx, place.count, endPx]);
  return { topPx, onScroll };
}

/**
 * Older rows are fetched ahead; newer ones wait until the operator goes there, or nothing would be left to
 * announce.
 */
function usePagingBefore(from: number, window: FeedWindow): void {
  const following = useFeed((slice) => slice.following);
  const status = useFeed((slice) => slice.status);
  const version = useFeed((slice) => slice.version);
  useEffect(() => {
    if (following || status !== 'ready') return;
    if (from < PAGE_AHEAD_ROWS) void feedSession()?.controller.extend('before');
    // `version`: a page that was too short for the screen is followed by the next.
  }, [from, window, following, status, version]);
}

interface RowsProps {
  readonly window: FeedWindow;
  readonly from: number;
  readonly to: number;
  readonly rowHeightPx: number;
  readonly heightPx: number;
}

function Rows({ window, from, to, rowHeightPx, heightPx }: RowsProps): ReactElement {
  const text = useText();
  const selectedSeq = useFeed((slice) => slice.selectedSeq);
  const bookmarkedSeqs = useFeed((slice) => slice.bookmarkedSeqs);
  const zone = useSettings(({ settings }) => settings.timeZone);
  const today = useNow(({ nowMs }) => formatDate(nowMs, zone));
  const used = useColumns((slice) => slice.used);
  const columns = useMemo(() => shownColumns(used), [used]);
  const ruleOf = useColourRules();
  useEffect(() => {
    for (let index = from; index < to; index += 1) {
      const row = window.at(index);
      if (row !== undefined) noteUsed(row.host !== '', row.id !== '');
    }
  });
  const slots = Math.ceil(heightPx / rowHeightPx) + 2 * OVERSCAN_ROWS + 2;
  const elements: ReactElement[] = [];
  for (let index = from; index < to; index += 1) {
    const row = window.at(index);
    if (row === undefined) continue;
    const ordinal = index + window.origin;
    const rule = ruleOf(row);
    elements.push(
      <FeedRow
        key={((ordinal % slots) + slots) % slots}
        row={row}
        index={index}
        topPx={index * rowHeightPx}
        columns={columns}
        isSelected={row.seq === selectedSeq}
        isBookmarked={bookmarkedSeqs.has(row.seq)}
        colour={rule?.colour ?? null}
        mark={rule?.mark ?? ''}
        ruleName={rule?.name ?? ''}
        zone={zone}
        today={today}
        text={text}
      />,
    );
  }
  return <>{elements}</>;
}
