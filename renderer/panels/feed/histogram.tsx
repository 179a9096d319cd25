import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactElement } from 'react';
import type { FeedHistogram } from '../../../shared/contract/feed.ts';
import { formatClock, formatTime } from '../../i18n/format-time.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useFilter } from '../../state/feed-filter.ts';
import { oncePerFrame } from '../../state/once-per-frame.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { jumpTo, setRange, useTime } from '../../state/time-slice.ts';
import { watchStream } from '../../state/watch-stream.ts';
import styles from './histogram.module.css';
import { chartPaths, largestBucket, niceCeiling, shareOf, timeAt, timeTicks } from './histogram-scale.ts';

const MINUTE_MS = 60_000;
export const SPANS_MS = [1, 5, 15, 60, 360, 1_440].map((minutes) => minutes * MINUTE_MS);
const BUCKETS = 120;
const HEIGHT_PX = 48;
/** A press that moved less is a click. */
const DRAG_PX_MIN = 4;
const TICKS = 4;

function useHistogram(spanMs: number): FeedHistogram | null {
  const api = useApi();
  const filter = useFilter((slice) => slice.active);
  const time = useTime((slice) => slice.time);
  const rangeFromMs = time.mode === 'range' ? time.fromMs : null;
  const rangeToMs = time.mode === 'range' ? time.toMs : null;
  const [histogram, setHistogram] = useState<FeedHistogram | null>(null);
  useEffect(() => {
    const range = rangeFromMs === null ? null : { fromMs: rangeFromMs, toMs: rangeToMs };
    const input = { filter, spanMs, range, buckets: BUCKETS };
    return watchStream(api, 'feed.histogram', input, { onItem: oncePerFrame(setHistogram) });
  }, [api, filter, spanMs, rangeFromMs, rangeToMs]);
  return histogram;
}

/** Events over time. Dragging chooses a range, a click goes to the moment. */
export function Histogram({ spanMs }: { readonly spanMs: number }): ReactElement {
  const text = useText();
  const histogram = useHistogram(spanMs);
  const plot = useRef<HTMLDivElement>(null);
  const [widthPx, setWidth] = useState(0);
  useLayoutEffect(() => {
    const node = plot.current;
    if (node === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(node.clientWidth));
    observer.observe(node);
    setWidth(node.clientWidth);
    return () => observer.disconnect();
  }, []);
  const top = niceCeiling(histogram === null ? 1 : largestBucket(histogram));
  return (
    <section className={styles.chart} aria-label={text('feed:histogram.label')}>
      <div className={styles.scale} aria-hidden>
        <span>{formatCount(top)}</span>
        <span>0</span>
      </div>
      <div ref={plot} className={styles.plot}>
        {histogram === null || widthPx === 0 ? (
          <p className={styles.loading}>{text('loading')}</p>
        ) : (
          <Plot histogram={histogram} top={top} widthPx={widthPx} />
        )}
      </div>
    </section>
  );
}

interface PlotProps {
  readonly histogram: FeedHistogram;
  readonly top: number;
  readonly widthPx: number;
}

function Plot({ histogram, top, widthPx }: PlotProps): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const { drag, cursor, handlers } = usePointing(histogram);
  const paths = chartPaths(histogram, top, { widthPx, heightPx: HEIGHT_PX });
  const bucketMs = (histogram.toMs - histogram.fromMs) / Math.max(1, histogram.buckets.length);
  const described = text('feed:histogram.value', {
    from: formatTime(histogram.fromMs, zone),
    to: formatTime(histogram.toMs, zone),
    top: formatCount(largestBucket(histogram)),
    bucket: formatSpan(bucketMs),
  });
  return (
    <>
      <div
        role="slider"
        tabIndex={0}
        aria-label={text('feed:histogram.label')}
        aria-valuemin={0}
        aria-valuemax={histogram.buckets.length}
        aria-valuenow={cursor ?? histogram.buckets.length}
        aria-valuetext={cursorText(histogram, cursor, zone) ?? described}
        aria-description={text('feed:histogram.keys')}
        title={described}
        className={styles.surface}
        {...handlers}
      >
        <svg aria-hidden width={widthPx} height={HEIGHT_PX} className={styles.bars}>
          <line x1={0} x2={widthPx} y1={HEIGHT_PX / 2} y2={HEIGHT_PX / 2} className={styles.gridLine} />
          <path d={paths.rest} className={styles.rest} />
          <path d={paths.warnings} className={styles.warnings} />
          <path d={paths.errors} className={styles.errors} />
          <PausedLine histogram={histogram} widthPx={widthPx} />
          {drag === null ? null : (
            <rect
              x={drag.fromShare * widthPx}
              width={(drag.toShare - drag.fromShare) * widthPx}
              y={0}
              height={HEIGHT_PX}
              className={styles.drag}
            />
          )}
          {cursor === null ? null : (
            <rect
              x={(cursor / histogram.buckets.length) * widthPx}
              width={Math.max(2, widthPx / histogram.buckets.length)}
              y={0}
              height={HEIGHT_PX}
              className={styles.cursor}
            />
          )}
        </svg>
      </div>
      <div className={styles.ticks} aria-hidden>
        {timeTicks(histogram, TICKS).map((tick) => (
          <span key={tick.share}>{formatClock(tick.atMs, zone).slice(0, 8)}</span>
        ))}
      </div>
      {drag === null ? null : (
        <p className={styles.readout} aria-hidden>
          {formatClock(timeAt(histogram, drag.fromShare), zone)} –{' '}
          {formatClock(timeAt(histogram, drag.toShare), zone)}
        </p>
      )}
      {histogram.complete ? null : <p className={styles.partial}>{text('feed:histogram.partial')}</p>}
    </>
  );
}

function PausedLine({
  histogram,
  widthPx,
}: {
  readonly histogram: FeedHistogram;
  readonly widthPx: number;
}): ReactElement | null {
  const time = useTime((slice) => slice.time);
  if (time.mode !== 'paused') return null;
  const share = shareOf(histogram, time.atMs);
  if (share < 0 || share > 1) return null;
  return (
    <line x1={share * widthPx} x2={share * widthPx} y1={0} y2={HEIGHT_PX} className={styles.pausedLine} />
  );
}

function cursorText(histogram: FeedHistogram, cursor: number | null, zone: 'utc' | 'local'): string | null {
  if (cursor === null) return null;
  const bucket = histogram.buckets[cursor];
  const atMs = timeAt(histogram, cursor / histogram.buckets.length);
  if (bucket === undefined) return null;
  return `${formatTime(atMs, zone)}: ${bucket.rest + bucket.warnings + bucket.errors}`;
}

/** `500 ms`, `12 s`, `3 min`. */
function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < MINUTE_MS ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / MINUTE_MS)} min`;
}

interface Drag {
  readonly fromShare: number;
  readonly toShare: number;
}

interface Pointing {
  readonly drag: Drag | null;
  /** Bucket the keyboard stands at. */
  readonly cursor: number | null;
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent<HTMLDivElement>) => void;
    readonly onPointerMove: (event: PointerEvent<HTMLDivElement>) => void;
    readonly onPointerUp: (event: PointerEvent<HTMLDivElement>) => void;
    readonly onPointerCancel: () => void;
    readonly onKeyDown: (event: KeyboardEvent<HTMLDivElement>) => void;
    readonly onBlur: () => void;
  };
}

function shareAt(event: PointerEvent<HTMLDivElement>): number {
  const box = event.currentTarget.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
}

/**
 * The chart moves on while one drags, so the moments are taken when the drag ends from the chart it began
 * on.
 */
function usePointing(histogram: FeedHistogram): Pointing {
  const [drag, setDrag] = useState<Drag | null>(null);
  const begun = useRef<{
    readonly share: number;
    readonly xPx: number;
    readonly chart: FeedHistogram;
  } | null>(null);
  const keys = useKeyCursor(histogram);
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    begun.current = { share: shareAt(event), xPx: event.clientX, chart: histogram };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const start = begun.current;
    if (start === null || Math.abs(event.clientX - start.xPx) < DRAG_PX_MIN) return;
    const share = shareAt(event);
    setDrag({ fromShare: Math.min(start.share, share), toShare: Math.max(start.share, share) });
  };
  const stop = (): void => {
    begun.current = null;
    setDrag(null);
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    const start = begun.current;
    stop();
    if (start === null) return;
    const endMs = timeAt(start.chart, shareAt(event));
    if (Math.abs(event.clientX - start.xPx) < DRAG_PX_MIN) jumpTo(endMs);
    else setRange(timeAt(start.chart, start.share), endMs);
  };
  /** Esc lets go of a range that was begun by mistake. */
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key !== 'Escape' || begun.current === null) return keys.handlers.onKeyDown(event);
    event.preventDefault();
    stop();
  };
  return {
    drag,
    cursor: keys.cursor,
    handlers: {
      onPointerDown,
      onPointerMove,
      onPointerUp,
      onPointerCancel: stop,
      ...keys.handlers,
      onKeyDown,
    },
  };
}

/** Arrows move, with Shift they span a range; Enter goes there. */
function useKeyCursor(histogram: FeedHistogram): Pick<Pointing, 'cursor'> & {
  readonly handlers: Pick<Pointing['handlers'], 'onKeyDown' | 'onBlur'>;
} {
  const [cursor, setCursor] = useState<number | null>(null);
  const [rangeStart, setRangeStart] = useState<number | null>(null);
  const last = histogram.buckets.length - 1;
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const at = cursor ?? last;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (event.shiftKey && rangeStart === null) setRangeStart(at);
      if (!event.shiftKey) setRangeStart(null);
      setCursor(Math.min(last, Math.max(0, at + step)));
    } else if (event.key === 'Enter' && cursor !== null) {
      event.preventDefault();
      const count = histogram.buckets.length;
      if (rangeStart === null) jumpTo(timeAt(histogram, cursor / count));
      else
        setRange(
          timeAt(histogram, Math.min(rangeStart, cursor) / count),
          timeAt(histogram, (Math.max(rangeStart, cursor) + 1) / count),
        );
    }
  };
  const onBlur = (): void => {
    setCursor(null);
    setRangeStart(null);
  };
  return { cursor, handlers: { onKeyDown, onBlur } };
}
