import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventRow } from '../../shared/model/event.ts';
import { anchorAt, scrollTopFor, visibleRange } from './feed-anchor.ts';
import { FeedWindow } from './feed-window.ts';

const ROW_PX = 22;

function row(seq: number): EventRow {
  return {
    seq,
    receivedAtMs: seq,
    source: 'mimo',
    kind: 'event',
    severity: 'info',
    type: 't',
    host: '',
    link: 'mimo-9988',
    peer: '',
    id: '',
    sentAtS: null,
    bodyBytes: 0,
    preview: '',
    simulated: false,
  };
}

/** A store in memory: only some sequence numbers match, and a page scans a bounded number of them. */
class Model {
  readonly matching: number[] = [];
  newestSeq = 0;

  grow(gaps: readonly number[]): EventRow[] {
    return gaps.map((gap) => {
      this.newestSeq += gap;
      this.matching.push(this.newestSeq);
      return row(this.newestSeq);
    });
  }

  before(anchorSeq: number, rowsMax: number, scanMax: number) {
    const from = Math.max(0, Math.min(anchorSeq, this.newestSeq + 1) - scanMax);
    const found = this.matching.filter((seq) => seq >= from && seq < anchorSeq).slice(-rowsMax);
    const full = found.length === rowsMax;
    const nextSeq = full ? (found[0] ?? from) : from;
    return { rows: found.map(row), nextSeq, done: !this.matching.some((seq) => seq < nextSeq) };
  }

  after(anchorSeq: number, rowsMax: number) {
    const found = this.matching.filter((seq) => seq > anchorSeq).slice(0, rowsMax);
    return { rows: found.map(row), nextSeq: found.at(-1) ?? anchorSeq };
  }
}

function seqs(window: FeedWindow): number[] {
  return Array.from({ length: window.length }, (_, index) => window.at(index)?.seq ?? -1);
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('live' as const),
    gaps: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('sample' as const),
    missed: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }),
    gaps: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant('before' as const),
    rowsMax: fc.integer({ min: 1, max: 15 }),
    scanMax: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ kind: fc.constant('after' as const), rowsMax: fc.integer({ min: 1, max: 15 }) }),
);

/** Live batches only reach the window while it stands at the end, as the controller does it. */
function apply(
  model: Model,
  window: FeedWindow,
  move: typeof step extends fc.Arbitrary<infer T> ? T : never,
): void {
  if (move.kind === 'before') {
    const page = model.before(window.beforeSeq, move.rowsMax, move.scanMax);
    window.prepend(page.rows, page.nextSeq, page.done);
    return;
  }
  if (move.kind === 'after') {
    const page = model.after(window.afterSeq, move.rowsMax);
    window.append(page.rows, page.nextSeq);
    return;
  }
  const atEnd = (model.matching.at(-1) ?? 0) <= window.afterSeq;
  const missed = move.kind === 'sample' ? model.grow(move.missed).length : 0;
  const rows = model.grow(move.gaps);
  if (atEnd) window.appendLive(rows, missed);
}

describe('the loaded window', () => {
  it('is ascending, unique, without holes and bounded after any sequence of batches and pages', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (moves) => {
        const model = new Model();
        const window = new FeedWindow({ rowsMax: 30, slackRows: 10 });
        for (const move of moves) {
          apply(model, window, move);
          const loaded = seqs(window);
          const first = loaded[0] ?? 1;
          const last = loaded.at(-1) ?? 0;
          expect(loaded).toEqual(model.matching.filter((seq) => seq >= first && seq <= last));
          expect(loaded.length).toBeLessThanOrEqual(40);
          const between = model.matching.filter((seq) => seq >= window.beforeSeq && seq <= window.afterSeq);
          expect(loaded).toEqual(between);
          if (window.atStart) expect(model.matching.some((seq) => seq < window.beforeSeq)).toBe(false);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('keeps the anchor row at its pixel through every page that does not let it go', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.nat({ max: 5_000 }),
        fc.array(step, { minLength: 1, maxLength: 25 }),
        (setUp, scrollTopPx, moves) => {
          const model = new Model();
          const window = new FeedWindow({ rowsMax: 200, slackRows: 20 });
          for (const move of setUp) apply(model, window, move);
          const top = Math.min(scrollTopPx, Math.max(0, window.length * ROW_PX - 1));
          const anchor = anchorAt(window, top, ROW_PX);
          if (anchor === null) return;
          for (const move of moves) {
            apply(model, window, move);
            const index = window.indexOf(anchor.seq);
            if (index < 0) return;
            const moved = scrollTopFor(window, anchor, ROW_PX);
            expect(moved - index * ROW_PX).toBe(anchor.offsetPx);
            expect(anchorAt(window, moved, ROW_PX)).toEqual(anchor);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('replaces everything by a sample that follows a hole, and takes one that does not', () => {
    const window = new FeedWindow();
    window.appendLive([row(1), row(2)], 0);
    window.appendLive([row(3)], 0);
    expect(seqs(window)).toEqual([1, 2, 3]);
    window.appendLive([row(90), row(91)], 80);
    expect(seqs(window)).toEqual([90, 91]);
    expect(window.atStart).toBe(false);
    expect(window.beforeSeq).toBe(90);
  });

  it('starts at a place and grows from it to both sides', () => {
    const window = new FeedWindow();
    window.reset(50);
    window.prepend([row(49), row(50)], 49, false);
    window.append([row(51), row(53)], 60);
    expect(seqs(window)).toEqual([49, 50, 51, 53]);
    expect([window.beforeSeq, window.afterSeq]).toEqual([49, 60]);
  });
});

describe('the visible range', () => {
  it('covers the viewport, the overscan and nothing outside the list', () => {
    expect(visibleRange(0, 100, 20, 3, 2)).toEqual({ from: 0, to: 3 });
    expect(visibleRange(210, 100, 20, 100, 0)).toEqual({ from: 10, to: 16 });
    expect(visibleRange(9_999, 100, 20, 10, 2).to).toBe(10);
  });
});
