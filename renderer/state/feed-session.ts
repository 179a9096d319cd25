/**
 * The feed of this window: one controller, told by the clock and the filter, plus what the operator points
 * at. Exists while the feed is mounted; actions without a session do nothing.
 */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { EventRow } from '../../shared/model/event.ts';
import type { ScrollAnchor } from './feed-anchor.ts';
import { FeedController, type Direction, type Place } from './feed-controller.ts';
import { watchBookmarks } from './feed-bookmarks.ts';
import { useFilter, withTerm } from './feed-filter.ts';
import { FEED_START, useFeed } from './feed-slice.ts';
import { OPEN_RANGE, goLive, pauseAt, rangeOf, useTime, type ViewTime } from './time-slice.ts';

/** What the list tells of itself; pixels. */
export interface Viewport {
  anchor(): ScrollAnchor | null;
  readonly heightPx: number;
  readonly rowHeightPx: number;
  /** Scrolls as little as needed. */
  reveal(index: number): void;
}

export interface FeedSession {
  readonly api: SignalboxApi;
  readonly controller: FeedController;
}

const HIDDEN_INTERVAL_MS = 500;
/** A place asked for stands a third below the top edge, so that what came before it is seen too. */
const PLACE_SHARE = 1 / 3;

let session: FeedSession | null = null;
let viewport: Viewport | null = null;

export function feedSession(): FeedSession | null {
  return session;
}

export function setViewport(next: Viewport | null): void {
  viewport = next;
}

function nextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run, HIDDEN_INTERVAL_MS);
  else requestAnimationFrame(run);
}

/** Opens the feed; the returned function closes it. */
export function openFeed(api: SignalboxApi, totalRows: () => number): () => void {
  const controller = new FeedController({
    api,
    nextFrame,
    wallMs: () => Date.now(),
    totalRows,
    publish: (patch) => useFeed.setState(patch),
  });
  session = { api, controller };
  useFeed.setState(FEED_START);
  const { time } = useTime.getState();
  controller.setQuery(
    { filter: useFilter.getState().active, range: rangeOf(time) },
    { kind: 'end' },
    time.mode === 'live',
  );
  const stops = [
    useTime.subscribe((next, previous) => onTime(controller, next.time, previous.time)),
    useFilter.subscribe((next, previous) => {
      if (next.active !== previous.active) onFilter(controller, next.active);
    }),
    watchBookmarks(api),
    () => controller.stop(),
  ];
  return () => {
    for (const stop of stops) stop();
    if (session?.controller === controller) session = null;
  };
}

function placeOffsetPx(): number {
  return Math.round((viewport?.heightPx ?? 0) * PLACE_SHARE);
}

function onTime(controller: FeedController, next: ViewTime, previous: ViewTime): void {
  if (next === previous) return;
  const filter = useFilter.getState().active;
  if (next.mode === 'live') {
    isPausedByScroll = false;
    select(null);
    controller.setQuery({ filter, range: OPEN_RANGE }, { kind: 'end' }, true);
    return;
  }
  controller.freeze();
  if (next.mode === 'range' || next.jump) isPausedByScroll = false;
  if (next.mode === 'range') {
    controller.setQuery({ filter, range: rangeOf(next) }, { kind: 'end' }, false);
  } else if (next.jump) {
    const place: Place = { kind: 'time', atMs: next.atMs, offsetPx: placeOffsetPx() };
    controller.setQuery({ filter, range: OPEN_RANGE }, place, false);
  }
}

/** Another filter keeps the place: what is looked at stays where it is, when it still matches. */
function onFilter(controller: FeedController, filter: string): void {
  const { time } = useTime.getState();
  const query = { filter, range: rangeOf(time) };
  const anchor = time.mode === 'live' ? null : lookedAt();
  const place: Place =
    anchor === null ? { kind: 'end' } : { kind: 'seq', seq: anchor.seq, offsetPx: -anchor.offsetPx };
  controller.setQuery(query, place, time.mode === 'live');
}

let isPausedByScroll = false;

/**
 * The operator scrolled. Away from the end pauses; going to the end brings what is newer, and with nothing
 * left to bring the view follows again, unless something else than scrolling had paused it.
 */
export function scrolledTo(isAtEnd: boolean): void {
  const { time } = useTime.getState();
  if (time.mode === 'live' && !isAtEnd) {
    isPausedByScroll = true;
    pauseAt(Date.now());
    return;
  }
  session?.controller.resumeSearch();
  if (time.mode === 'live' || !isAtEnd) return;
  const { selectedSeq, waiting } = useFeed.getState();
  const isRead = time.mode === 'paused' && waiting.rows === 0;
  if (isRead && isPausedByScroll && selectedSeq === null) goLive();
  else void session?.controller.extend('after');
}

/** The selected row when it is on the screen, else the topmost. */
function lookedAt(): ScrollAnchor | null {
  const anchor = viewport?.anchor() ?? null;
  const selectedSeq = useFeed.getState().selectedSeq;
  if (anchor === null || viewport === null || session === null || selectedSeq === null) return anchor;
  const { window } = session.controller;
  const rowsBelow = window.indexOf(selectedSeq) - window.indexOf(anchor.seq);
  const offsetPx = anchor.offsetPx - rowsBelow * viewport.rowHeightPx;
  const isOnScreen = rowsBelow >= 0 && window.indexOf(selectedSeq) >= 0 && -offsetPx < viewport.heightPx;
  return isOnScreen ? { seq: selectedSeq, offsetPx } : anchor;
}

/** Any selection pauses the view. */
export function select(seq: number | null): void {
  if (seq !== null) pauseAt(Date.now());
  if (useFeed.getState().selectedSeq !== seq) useFeed.setState({ selectedSeq: seq });
}

export function selectedRow(): EventRow | null {
  const seq = useFeed.getState().selectedSeq;
  if (seq === null || session === null) return null;
  const { window } = session.controller;
  return window.at(window.indexOf(seq)) ?? null;
}

/** `j`, `k`, page keys: from the selected row, or from the newest on the screen. */
export function moveSelection(rows: number): void {
  if (session === null || viewport === null) return;
  const { window } = session.controller;
  if (window.length === 0) return;
  const { selectedSeq } = useFeed.getState();
  let index = selectedSeq === null ? -1 : window.indexOf(selectedSeq);
  if (index < 0) {
    const anchor = viewport.anchor();
    const top = anchor === null ? 0 : window.lowerBound(anchor.seq);
    const bottomPx = viewport.heightPx + (anchor?.offsetPx ?? 0);
    // Half a pixel of rounding must not cost a whole row.
    index = Math.min(window.length - 1, top + Math.floor((bottomPx + 0.5) / viewport.rowHeightPx) - 1);
  } else {
    index = Math.min(window.length - 1, Math.max(0, index + rows));
  }
  const row = window.at(index);
  if (row === undefined) return;
  select(row.seq);
  viewport.reveal(index);
  if (index < screenful()) void session.controller.extend('before');
  if (index === window.length - 1 && rows > 0) void session.controller.extend('after');
}

export function screenful(): number {
  return viewport === null ? 1 : Math.max(1, Math.floor(viewport.heightPx / viewport.rowHeightPx));
}

/** Selects a row wherever it is; loads around it when it is not in the window. */
export function goToRow(seq: number): void {
  if (session === null) return;
  select(seq);
  const { controller } = session;
  const index = controller.window.indexOf(seq);
  if (index >= 0) {
    viewport?.reveal(index);
    return;
  }
  controller.freeze();
  void controller.goTo({ kind: 'seq', seq, offsetPx: placeOffsetPx() });
}

const ERROR_TERM = { type: 'field', field: 'sev', operator: '>=', value: 'error' } as const;

/** `e`, `E`: the next or previous error, wherever in the store it is. */
export async function goToError(direction: Direction): Promise<void> {
  if (session === null) return;
  const anchorSeq = useFeed.getState().selectedSeq ?? viewport?.anchor()?.seq ?? null;
  const { window } = session.controller;
  const from = anchorSeq ?? (direction === 'before' ? window.afterSeq + 1 : window.beforeSeq);
  const filter = withTerm(useFilter.getState().active, ERROR_TERM);
  pauseAt(Date.now());
  const row = await session.controller.findNext(filter, from, direction);
  if (row !== null) goToRow(row.seq);
}

/** `Space`. A range stands still already. */
export function togglePause(): void {
  const { time } = useTime.getState();
  if (time.mode === 'live') pauseAt(Date.now());
  else if (time.mode === 'paused') goLive();
}
