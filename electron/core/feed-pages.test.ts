import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage } from '../../shared/contract/feed.ts';
import { SEVERITIES, SOURCES } from '../../shared/model/event.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { Ring } from '../../shared/ring.ts';
import { FROM_THE_END, StoreKit, makeEvent } from '../../tests/kit/store-kit.ts';
import type { EventStore } from '../store/event-store.ts';
import { Feed } from './feed.ts';
import { pageFromRing, readPage } from './feed-pages.ts';
import type { PageRequest } from './feed-pages.ts';
import { compileFilter } from './row-filter.ts';

const ROWS = 3_000;
let kit: StoreKit;
let store: EventStore;
let feed: Feed;

beforeAll(async () => {
  kit = new StoreKit();
  store = await kit.open();
  feed = new Feed(store, kit.clock);
  for (let from = 0; from < ROWS; from += 500) {
    const events = Array.from({ length: 500 }, (_, at) => {
      const index = from + at;
      const severity = SEVERITIES[(index * 7) % 5] ?? 'info';
      return makeEvent(index, { severity, source: SOURCES[index % 6] ?? 'mimo', simulated: index % 4 === 0 });
    });
    await feed.accept(events);
  }
});
afterAll(async () => {
  feed.close();
  await kit.end();
});

const FILTERS = [
  '',
  'sev>=error',
  'type:type_3 src:gse',
  '-host:node-1',
  'id:id-29*',
  'seq>1500 sim:true',
  'bytes>14 OR kind:gap',
  'type:nothing',
];
const START_MS = Date.UTC(2026, 0, 1);
const timeMs = fc.option(fc.integer({ min: START_MS - 100, max: START_MS + ROWS + 100 }), { nil: null });
const request = fc.record({
  filterText: fc.constantFrom(...FILTERS),
  range: fc.record({ fromMs: timeMs, toMs: timeMs }),
  direction: fc.constantFrom('before' as const, 'after' as const),
  anchorSeq: fc.oneof(fc.nat(ROWS + 10), fc.constant(0), fc.constant(FROM_THE_END)),
  rowsMax: fc.integer({ min: 1, max: 400 }),
});

/** The rows of page after page until done, so that how far one page looked does not matter. */
async function following(
  first: FeedPage,
  ask: PageRequest,
  read: (next: PageRequest) => Promise<FeedPage>,
): Promise<number[]> {
  const seqs: number[] = [];
  let page = first;
  for (let pages = 0; ; pages += 1) {
    const found = page.rows.map((row) => row.seq);
    seqs.push(...(ask.direction === 'before' ? found.reverse() : found));
    if (page.done) return seqs;
    expect(pages).toBeLessThan(ROWS * 2);
    page = await read({ ...ask, anchorSeq: page.nextAnchorSeq });
  }
}

describe('a page', () => {
  test('is the same from the ring as from the store', async () => {
    await fc.assert(
      fc.asyncProperty(request, async ({ filterText, ...rest }) => {
        const filter = compileFilter(filterText);
        const ask: PageRequest = { ...rest, filter };
        const fromRing = await pageFromRing(store.stats(), feed.ring, ask);
        if (fromRing === null) {
          expect(ask.direction === 'before' ? ask.anchorSeq <= 1 : ask.anchorSeq < 0).toBe(true);
          return;
        }
        const fromStore = await store.page({ ...rest, filter: filter?.expression ?? null });
        if (fromRing.rows.length === rest.rowsMax) {
          expect(fromRing.rows).toEqual(fromStore.rows);
          expect(fromRing.nextAnchorSeq).toBe(fromStore.nextAnchorSeq);
        }
        expect(fromRing.oldestSeq).toBe(fromStore.oldestSeq);
        expect(fromRing.newestSeq).toBe(fromStore.newestSeq);
        if (fromStore.done) expect(fromRing.done).toBe(true);
        const store_ = (next: PageRequest): Promise<FeedPage> =>
          store.page({ ...next, filter: filter?.expression ?? null });
        const mixed = (next: PageRequest): Promise<FeedPage> => readPage(store, feed.ring, next);
        if (rest.rowsMax < 50) return;
        expect(await following(fromRing, ask, mixed)).toEqual(await following(fromStore, ask, store_));
      }),
      { numRuns: 300 },
    );
  });

  test('with a filter on bodies, or older than the ring, comes from the store', async () => {
    const range = { fromMs: null, toMs: null };
    const body = compileFilter('body.index:1234');
    const ask: PageRequest = {
      filter: body,
      range,
      direction: 'before',
      anchorSeq: FROM_THE_END,
      rowsMax: 10,
    };
    expect(await pageFromRing(store.stats(), feed.ring, ask)).toBeNull();
    const page = await readPage(store, feed.ring, ask);
    expect(page.rows.map((row) => row.seq)).toEqual([1_235]);
  });

  test('is never taken from the ring when the store has let rows go in between', async () => {
    const stats = { ...store.stats(), rows: ROWS - 1 };
    const ask: PageRequest = {
      filter: null,
      range: { fromMs: null, toMs: null },
      direction: 'before',
      anchorSeq: FROM_THE_END,
      rowsMax: 10,
    };
    expect(await pageFromRing(stats, feed.ring, ask)).toBeNull();
  });
});

describe('a search in a ring that is not all there is', () => {
  const seqs = { first: 10_001, last: 40_000 };
  const ask: PageRequest = {
    filter: compileFilter('type:nothing'),
    range: { fromMs: null, toMs: null },
    direction: 'before',
    anchorSeq: FROM_THE_END,
    rowsMax: 10,
  };

  function ringOf(rows: number): Ring<EventRow> {
    const ring = new Ring<EventRow>(rows);
    const { body: _body, head: _head, ...row } = makeEvent(1);
    for (let seq = seqs.first; seq <= seqs.last; seq += 1)
      ring.push({ ...row, seq, bodyBytes: 1, preview: '' });
    return ring;
  }

  test('says where it stopped after a long look, and leaves a short one to the store', async () => {
    const stats = { ...store.stats(), rows: seqs.last, oldestSeq: 1, newestSeq: seqs.last };
    const long = await pageFromRing(stats, ringOf(30_000), ask);
    expect(long).toMatchObject({ rows: [], done: false, nextAnchorSeq: seqs.first, scannedRows: 30_000 });
    expect(await pageFromRing(stats, ringOf(5_000), ask)).toBeNull();
    const forwards = await pageFromRing(stats, ringOf(5_000), {
      ...ask,
      direction: 'after',
      anchorSeq: 36_000,
    });
    expect(forwards).toMatchObject({ rows: [], done: true, scannedRows: 4_000 });
  });

  test('never steps over rows the ring dropped while it looked', async () => {
    const stats = { ...store.stats(), rows: seqs.last, oldestSeq: 1, newestSeq: seqs.last };
    const ring = ringOf(30_000);
    const searching = pageFromRing(stats, ring, { ...ask, direction: 'after', anchorSeq: seqs.first - 1 });
    const { body: _body, head: _head, ...row } = makeEvent(1);
    for (let more = 1; more <= 15_000; more += 1)
      ring.push({ ...row, seq: seqs.last + more, bodyBytes: 1, preview: '' });
    const page = await searching;
    expect(page).toMatchObject({ done: false, nextAnchorSeq: seqs.first + 9_999 });
  });
});
