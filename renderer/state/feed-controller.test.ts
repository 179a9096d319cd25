import { afterEach, describe, expect, it } from 'vitest';
import type { SignalboxApi, StreamReader } from '../../shared/contract/api.ts';
import type { FeedLiveItem, FeedPage } from '../../shared/contract/feed.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { FeedController } from './feed-controller.ts';
import { FEED_START, type FeedSlice } from './feed-slice.ts';

function row(seq: number, severity: EventRow['severity'] = 'info'): EventRow {
  const blank = {
    source: 'mimo',
    kind: 'event',
    type: '',
    host: '',
    link: '',
    peer: '',
    id: '',
    preview: '',
  } as const;
  return { ...blank, seq, severity, receivedAtMs: seq * 10, sentAtS: null, bodyBytes: 0, simulated: false };
}

/** A core in memory: rows in an array, pages by sequence number, one live reader. */
class Core {
  readonly rows: EventRow[] = [];
  reader: StreamReader<FeedLiveItem> | null = null;
  subscriptions = 0;
  private matched = 0;
  private matchedErrors = 0;
  /** Rows a page may scan before it stops. */
  scanMax = 1_000_000;

  readonly api: SignalboxApi = {
    call: async (name, input) => {
      await Promise.resolve();
      if (name !== 'feed.page' || !('anchorSeq' in input)) throw new Error(`unexpected call ${name}`);
      const value: unknown = this.page(
        input.direction,
        input.anchorSeq,
        input.rowsMax,
        input.range.fromMs ?? 0,
      );
      return { ok: true, value: value as never };
    },
    subscribe: (_name, _input, reader) => {
      this.subscriptions += 1;
      this.matched = 0;
      this.matchedErrors = 0;
      this.reader = reader as never;
      return () => {
        this.reader = null;
      };
    },
  };

  add(count: number, severity: EventRow['severity'] = 'info'): EventRow[] {
    const fresh = Array.from({ length: count }, (_, index) => row(this.rows.length + 1 + index, severity));
    this.rows.push(...fresh);
    return fresh;
  }

  /** Commits rows and tells the reader, all of them or only the newest `carried`. */
  emit(
    count: number,
    options: { severity?: EventRow['severity']; carried?: number; sampled?: boolean } = {},
  ): void {
    const fresh = this.add(count, options.severity);
    this.matched += count;
    if (options.severity === 'error') this.matchedErrors += count;
    const rows = fresh.slice(-(options.carried ?? count));
    this.reader?.onItems(
      [
        {
          rows,
          skipped: count - rows.length,
          sampled: options.sampled ?? false,
          newestSeq: this.rows.length,
          matched: this.matched,
          matchedErrors: this.matchedErrors,
          ratePerSecond: count,
        },
      ],
      0,
    );
  }

  private page(direction: 'before' | 'after', anchorSeq: number, rowsMax: number, fromMs: number): FeedPage {
    const newestSeq = this.rows.length;
    const common = { scannedRows: this.scanMax, oldestSeq: 1, newestSeq, elapsedMs: 0 };
    const all = this.rows.filter((item) => item.receivedAtMs >= fromMs);
    if (direction === 'after') {
      const rows = all.filter((item) => item.seq > anchorSeq).slice(0, rowsMax);
      const nextAnchorSeq = rows.at(-1)?.seq ?? anchorSeq;
      return { ...common, rows, nextAnchorSeq, done: nextAnchorSeq >= newestSeq };
    }
    const low = Math.max(1, Math.min(anchorSeq, newestSeq + 1) - this.scanMax);
    const rows = all.filter((item) => item.seq < anchorSeq && item.seq >= low).slice(-rowsMax);
    const nextAnchorSeq = rows[0]?.seq ?? low;
    return { ...common, rows, nextAnchorSeq, done: nextAnchorSeq <= 1 };
  }
}

function set(): {
  core: Core;
  controller: FeedController;
  slice: () => FeedSlice;
  settle: () => Promise<void>;
} {
  const core = new Core();
  let slice: FeedSlice = FEED_START;
  const controller = new FeedController({
    api: core.api,
    nextFrame: (run) => run(),
    wallMs: () => 0,
    totalRows: () => core.rows.length,
    publish: (patch) => {
      slice = { ...slice, ...patch };
    },
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  };
  running = controller;
  return { core, controller, slice: () => slice, settle };
}

function seqs(controller: FeedController): number[] {
  return Array.from(
    { length: controller.window.length },
    (_, index) => controller.window.at(index)?.seq ?? -1,
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const ALL = { filter: '', range: { fromMs: null, toMs: null } };
let running: FeedController | null = null;
afterEach(() => running?.stop());

describe('the feed controller', () => {
  it('loads the newest rows and follows, also when rows come while the page is on its way', async () => {
    const { core, controller, settle } = set();
    core.add(5);
    controller.start(ALL);
    core.emit(3);
    await settle();
    core.emit(2);
    expect(seqs(controller)).toEqual(range(1, 10));
  });

  it('stands still when frozen and counts what waits, errors too', async () => {
    const { core, controller, slice, settle } = set();
    core.add(5);
    controller.start(ALL);
    await settle();
    controller.freeze();
    core.emit(4);
    core.emit(2, { severity: 'error' });
    expect(seqs(controller)).toEqual(range(1, 5));
    expect(slice().waiting).toEqual({ rows: 6, errors: 2 });
    await controller.extend('after');
    expect(seqs(controller)).toEqual(range(1, 11));
    expect(slice().waiting).toEqual({ rows: 0, errors: 0 });
  });

  it('comes back to the end without a hole', async () => {
    const { core, controller, slice, settle } = set();
    core.add(500);
    controller.start(ALL);
    await settle();
    controller.freeze();
    core.emit(300);
    controller.follow();
    core.emit(4);
    await settle();
    const loaded = seqs(controller);
    expect(loaded).toEqual(range(loaded[0] ?? 0, 804));
    expect(loaded.length).toBeGreaterThanOrEqual(200);
    expect(slice()).toMatchObject({ following: true, waiting: { rows: 0, errors: 0 } });
  });

  it('shows samples as the newest screenful and loads the truth on pause', async () => {
    const { core, controller, slice, settle } = set();
    core.add(300);
    controller.start(ALL);
    await settle();
    core.emit(1_000, { carried: 50, sampled: true });
    core.emit(1_000, { carried: 50, sampled: true });
    expect(seqs(controller)).toEqual(range(2_251, 2_300));
    expect(slice()).toMatchObject({ sampled: true, skippedRows: 1_900 });
    controller.freeze();
    await settle();
    expect(seqs(controller)).toEqual(range(2_051, 2_300));
  });

  it('pages a long search step by step, and stops when cancelled', async () => {
    const { core, controller, slice, settle } = set();
    core.add(1_000);
    core.scanMax = 10;
    controller.start(ALL);
    await settle();
    const loaded = seqs(controller);
    expect(loaded).toEqual(range(loaded[0] ?? 0, 1_000));
    controller.freeze();
    const before = controller.window.length;
    const searching = controller.extend('before');
    controller.cancelSearch();
    await searching;
    expect(controller.window.length).toBe(before + 10);
    expect(slice()).toMatchObject({ search: null, isSearchStopped: true });
    await controller.extend('before');
    expect(controller.window.length).toBe(before + 10);
    controller.resumeSearch();
    await settle();
    expect(controller.window.length).toBeGreaterThan(before + 10);
    expect(slice().isSearchStopped).toBe(false);
  });

  it('goes on when a cancelled search is wished for again before its last page came', async () => {
    const { core, controller, slice, settle } = set();
    core.add(1_000);
    core.scanMax = 10;
    controller.start(ALL);
    await settle();
    controller.freeze();
    const before = controller.window.length;
    const searching = controller.extend('before');
    controller.cancelSearch();
    controller.resumeSearch();
    await searching;
    expect(controller.window.length).toBeGreaterThan(before + 10);
    expect(slice()).toMatchObject({ search: null, isSearchStopped: false });
  });

  it('stands around a row or a moment with neighbours on both sides', async () => {
    const { core, controller, slice, settle } = set();
    core.add(2_000);
    controller.start(ALL);
    await settle();
    controller.freeze();
    await controller.goTo({ kind: 'seq', seq: 700, offsetPx: 40 });
    expect(seqs(controller)).toEqual(range(501, 900));
    expect(slice().place.anchor).toEqual({ seq: 700, offsetPx: -40 });
    await controller.goTo({ kind: 'time', atMs: 10_005, offsetPx: 0 });
    expect(slice().place.anchor?.seq).toBe(1_001);
  });

  it('keeps what waits over a lost connection, and says since when it is stale', async () => {
    const { core, controller, slice, settle } = set();
    core.add(10);
    controller.start(ALL);
    await settle();
    controller.freeze();
    core.emit(7);
    core.reader?.onEnd({ code: 'E_DISCONNECTED', message: 'gone' });
    expect(slice().staleSinceMs).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 400));
    core.emit(5);
    expect(core.subscriptions).toBe(2);
    expect(slice()).toMatchObject({ staleSinceMs: null, waiting: { rows: 12, errors: 0 } });
  });
});
