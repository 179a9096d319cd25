/**
 * Joins the live stream and the pages of the store into one window of rows. Follows at the end; stands still
 * otherwise, while the store goes on. All methods are safe to call at any time; a newer order makes the
 * older one give up.
 */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { FeedLiveItem, FeedPage, TimeRange } from '../../shared/contract/feed.ts';
import type { Failure } from '../../shared/failure.ts';
import type { EventRow } from '../../shared/model/event.ts';
import type { ScrollAnchor } from './feed-anchor.ts';
import { FeedLive, foldSurplus } from './feed-live.ts';
import { FeedWindow } from './feed-window.ts';
import type { FeedSlice } from './feed-slice.ts';
import { type WaitingBase, notePaged, startWaiting, waitingNow } from './feed-waiting.ts';

const PAGE_ROWS = 200;
/** A search goes on until it found this many rows, the end, or a cancel. */
const EXTEND_ROWS_WISHED = 100;
const END_SEQ = Number.MAX_SAFE_INTEGER;
/** Live items kept while the first page is on its way. */
const HELD_ITEMS_MAX = 64;

export type Direction = 'before' | 'after';
/**
 * `end` the newest; `seq` around one row, which shall stand `offsetPx` below the top edge; `time` at a
 * moment.
 */
export type Place =
  | { readonly kind: 'end' }
  | { readonly kind: 'seq'; readonly seq: number; readonly offsetPx: number }
  | { readonly kind: 'time'; readonly atMs: number; readonly offsetPx: number };

export interface FeedQuery {
  readonly filter: string;
  readonly range: TimeRange;
}

export interface ControllerPorts {
  readonly api: SignalboxApi;
  readonly nextFrame: (run: () => void) => void;
  readonly wallMs: () => number;
  /** Rows in the store as far as known, for the progress of a search. */
  readonly totalRows: () => number;
  readonly publish: (patch: Partial<FeedSlice>) => void;
}

export class FeedController {
  window = new FeedWindow();
  private readonly ports: ControllerPorts;
  private readonly live: FeedLive;
  private query: FeedQuery = { filter: '', range: { fromMs: null, toMs: null } };
  private following = true;
  private generation = 0;
  private version = 0;
  private places = 0;
  private isPlacing = false;
  private held: FeedLiveItem[] = [];
  private readonly busy: Record<Direction, boolean> = { before: false, after: false };
  private searchStopped = 0;
  /** Since a cancel nothing is paged by itself, or the cancel would not hold. */
  private isSearchStopped = false;
  /** Rows the first page of a place has scanned: the search goes on counting from there. */
  private placeScannedRows = 0;
  private lastPlace: Place = { kind: 'end' };
  private hasFailed = false;
  /** Rows the stream told of since it was opened, shown or skipped. */
  private toldRows = 0;
  private toldErrors = 0;
  private skippedRows = 0;
  private newestSeq = 0;
  private wasSampled = false;
  private ratePerSecond = 0;
  /** Newest row of the store when the last page at the newer end found nothing more. */
  private endSeenSeq = -1;
  private base: WaitingBase = startWaiting(0, 0, 0);

  constructor(ports: ControllerPorts) {
    this.ports = ports;
    this.live = new FeedLive(ports.api, ports.nextFrame, {
      onItems: (items) => this.onLiveItems(items),
      onBreak: (failure) => this.onBreak(failure),
      onBack: () => this.onBack(),
    });
  }

  /** Opens the stream and loads the newest rows. */
  start(query: FeedQuery): void {
    this.setQuery(query, { kind: 'end' }, true);
  }

  stop(): void {
    this.generation += 1;
    this.live.close();
  }

  /** Another filter or range; `follow` only makes sense at the end of an open range. */
  setQuery(query: FeedQuery, place: Place, follow: boolean): void {
    const isSameFilter = query.filter === this.query.filter && this.generation > 0;
    this.query = query;
    if (!isSameFilter) {
      this.toldRows = 0;
      this.toldErrors = 0;
      this.base = startWaiting(0, 0, this.newestSeq);
      this.live.open(query.filter);
    }
    this.following = follow;
    void this.goTo(place);
  }

  /** Loads the newest rows and follows. */
  follow(): void {
    this.following = true;
    this.skippedRows = 0;
    void this.goTo({ kind: 'end' });
  }

  /** Stands still from now on; what comes is counted. */
  freeze(): void {
    if (!this.following) return;
    this.following = false;
    this.base = startWaiting(this.toldRows, this.toldErrors, Math.max(this.window.afterSeq, 0));
    this.ports.publish({ following: false, waiting: { rows: 0, errors: 0 } });
    // A sample is a screenful out of a stream: fetch what stands around it, so that the pause shows the
    // truth.
    if (this.wasSampled) void this.extend('before');
  }

  /** Shows a place with rows around it. The old rows stay until the new ones are here. */
  async goTo(place: Place): Promise<void> {
    this.generation += 1;
    const generation = this.generation;
    this.isPlacing = true;
    this.isSearchStopped = false;
    this.lastPlace = place;
    this.hasFailed = false;
    this.held = [];
    this.busy.before = false;
    this.busy.after = false;
    this.ports.publish({
      status: 'loading',
      search: null,
      isSearchStopped: false,
      following: this.following,
    });
    const failure = await this.load(place, generation);
    if (generation !== this.generation) return;
    this.isPlacing = false;
    if (failure !== null) {
      this.hasFailed = true;
      this.ports.publish({ status: 'failed', failure });
      return;
    }
    const held = this.held;
    this.held = [];
    this.takeLive(held);
    this.changed({ status: 'ready', failure: null });
    if (this.window.length < EXTEND_ROWS_WISHED && !this.window.atStart) await this.extend('before');
  }

  private async load(place: Place, generation: number): Promise<Failure | null> {
    const window = new FeedWindow();
    let seq = END_SEQ;
    if (place.kind === 'seq') seq = place.seq;
    if (place.kind === 'time') {
      const found = await this.find(place.atMs, generation);
      if (typeof found !== 'number') return found;
      seq = found;
    }
    window.reset(seq);
    if (seq === END_SEQ) window.afterSeq = 0;
    const before = await this.page('before', seq === END_SEQ ? seq : seq + 1, PAGE_ROWS);
    if ('code' in before) return before;
    window.prepend(before.rows, before.nextAnchorSeq, before.done);
    if (seq === END_SEQ) window.afterSeq = before.rows.at(-1)?.seq ?? 0;
    else {
      const after = await this.page('after', seq, PAGE_ROWS);
      if ('code' in after) return after;
      window.append(after.rows, after.nextAnchorSeq);
    }
    if (generation !== this.generation) return null;
    this.window = window;
    this.endSeenSeq = -1;
    this.placeScannedRows = before.scannedRows;
    this.newestSeq = Math.max(this.newestSeq, before.newestSeq);
    this.places += 1;
    const anchor: ScrollAnchor | null =
      place.kind === 'end'
        ? null
        : { seq: Math.min(seq, window.last()?.seq ?? seq), offsetPx: -place.offsetPx };
    this.ports.publish({ place: { count: this.places, anchor } });
    return null;
  }

  /** The first matching row at or after a moment; END_SEQ when there is none. */
  private async find(atMs: number, generation: number): Promise<number | Failure> {
    let anchorSeq = 0;
    for (;;) {
      const { filter } = this.query;
      const range = { fromMs: atMs, toMs: null };
      const result = await this.ports.api.call('feed.page', {
        filter,
        range,
        direction: 'after',
        anchorSeq,
        rowsMax: 1,
      });
      if (!result.ok) return result.failure;
      const first = result.value.rows[0];
      if (first !== undefined) return first.seq;
      if (result.value.done || generation !== this.generation) return END_SEQ;
      anchorSeq = result.value.nextAnchorSeq;
    }
  }

  private async page(direction: Direction, anchorSeq: number, rowsMax: number): Promise<FeedPage | Failure> {
    const result = await this.ports.api.call('feed.page', { ...this.query, direction, anchorSeq, rowsMax });
    return result.ok ? result.value : result.failure;
  }

  /** Loads more at one end. Goes on, with progress, until enough was found; one at a time for each end. */
  async extend(direction: Direction): Promise<void> {
    if (this.busy[direction] || this.isPlacing || this.isSearchStopped) return;
    if (direction === 'before' ? this.window.atStart : this.following || this.endSeenSeq === this.newestSeq)
      return;
    this.busy[direction] = true;
    const generation = this.generation;
    let found = 0;
    let scannedRows = direction === 'before' ? this.placeScannedRows : 0;
    this.placeScannedRows = 0;
    for (;;) {
      const page = await this.page(direction, this.edge(direction), PAGE_ROWS);
      if (generation !== this.generation) return;
      if ('code' in page) {
        this.ports.publish({ failure: page });
        break;
      }
      found += page.rows.length;
      scannedRows += page.scannedRows;
      this.takePage(direction, page);
      // Cancelled and wished for again while this page was on its way: it goes on.
      const isOver = page.done || found >= EXTEND_ROWS_WISHED || this.isSearchStopped;
      const search = isOver ? null : { direction, scannedRows, totalRows: this.ports.totalRows() };
      this.changed({ search });
      if (isOver) break;
    }
    this.busy[direction] = false;
  }

  cancelSearch(): void {
    this.searchStopped += 1;
    this.isSearchStopped = true;
    this.ports.publish({ search: null, isSearchStopped: true });
  }

  /** Searching by paging is wished for again. */
  resumeSearch(): void {
    if (!this.isSearchStopped) return;
    this.isSearchStopped = false;
    this.ports.publish({ isSearchStopped: false });
    void this.extend('before');
  }

  /** Tries again what failed. */
  retry(): void {
    this.ports.publish({ failure: null });
    if (this.hasFailed) void this.goTo(this.lastPlace);
    else void this.extend('before');
  }

  /**
   * The nearest matching row beyond `seq` that also matches `filter`; null when there is none or it was
   * cancelled.
   */
  async findNext(filter: string, seq: number, direction: Direction): Promise<EventRow | null> {
    const stopped = this.searchStopped;
    this.isSearchStopped = false;
    this.ports.publish({ isSearchStopped: false });
    const range = this.query.range;
    let anchorSeq = seq;
    let scannedRows = 0;
    for (;;) {
      const result = await this.ports.api.call('feed.page', {
        filter,
        range,
        direction,
        anchorSeq,
        rowsMax: 1,
      });
      if (!result.ok) {
        this.ports.publish({ failure: result.failure, search: null });
        return null;
      }
      const row = result.value.rows.at(-1);
      scannedRows += result.value.scannedRows;
      const isOver = row !== undefined || result.value.done || stopped !== this.searchStopped;
      this.ports.publish({
        search: isOver ? null : { direction, scannedRows, totalRows: this.ports.totalRows() },
      });
      if (isOver) return row ?? null;
      anchorSeq = result.value.nextAnchorSeq;
    }
  }

  private edge(direction: Direction): number {
    return direction === 'before' ? this.window.beforeSeq : this.window.afterSeq;
  }

  private takePage(direction: Direction, page: FeedPage): void {
    if (direction === 'before') {
      this.window.prepend(page.rows, page.nextAnchorSeq, page.done);
      return;
    }
    this.window.append(page.rows, page.nextAnchorSeq);
    this.newestSeq = Math.max(this.newestSeq, page.newestSeq);
    this.endSeenSeq = page.done ? this.newestSeq : -1;
    this.base = notePaged(this.base, page.rows);
  }

  private onLiveItems(items: readonly FeedLiveItem[]): void {
    if (this.isPlacing) {
      this.held = foldSurplus(this.held.concat(items), HELD_ITEMS_MAX);
      return;
    }
    this.takeLive(items);
    this.changed({});
  }

  private takeLive(items: readonly FeedLiveItem[]): void {
    for (const item of items) {
      this.toldRows += item.rows.length + item.skipped;
      this.toldErrors = item.matchedErrors;
      this.newestSeq = Math.max(this.newestSeq, item.newestSeq);
      this.wasSampled = item.sampled;
      if (!this.following) continue;
      this.skippedRows += item.skipped;
      this.window.appendLive(item.rows, item.skipped);
    }
    const last = items.at(-1);
    if (last !== undefined) this.ratePerSecond = last.ratePerSecond;
  }

  /** The one write of a frame. */
  private changed(patch: Partial<FeedSlice>): void {
    this.version += 1;
    const none = { rows: 0, errors: 0 };
    this.ports.publish({
      version: this.version,
      rowCount: this.window.length,
      atStart: this.window.atStart,
      sampled: this.wasSampled,
      ratePerSecond: this.ratePerSecond,
      skippedRows: this.skippedRows,
      waiting: this.following ? none : waitingNow(this.base, this.toldRows, this.toldErrors),
      ...patch,
    });
  }

  private onBreak(failure: Failure | null): void {
    // A filter the core refuses will not get better by waiting.
    if (failure?.code === 'E_FILTER') this.ports.publish({ status: 'failed', failure });
    this.ports.publish({ staleSinceMs: this.ports.wallMs() });
  }

  /** The counters of the core began anew and rows were missed: load the end again, or keep what waits. */
  private onBack(): void {
    this.ports.publish({ staleSinceMs: null });
    const waiting = waitingNow(this.base, this.toldRows, this.toldErrors);
    this.toldRows = 0;
    this.toldErrors = 0;
    this.base = startWaiting(-waiting.rows, -waiting.errors, this.base.seenSeq);
    if (this.following) void this.goTo({ kind: 'end' });
    else if (this.hasFailed) this.retry();
  }
}
