import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FeedHistogram } from '../../shared/contract/feed.ts';
import { SEVERITIES } from '../../shared/model/event.ts';
import { CollectingSink } from '../../tests/kit/collecting-sink.ts';
import { StoreKit, allRows, makeEvent, until } from '../../tests/kit/store-kit.ts';
import type { EventStore } from '../store/event-store.ts';
import { Feed } from './feed.ts';
import { openHistogram } from './histogram.ts';
import { compileFilter } from './row-filter.ts';

let kit: StoreKit;
let store: EventStore;
let feed: Feed;
let close: () => void = () => undefined;

beforeEach(async () => {
  kit = new StoreKit();
  store = await kit.open();
  feed = new Feed(store, kit.clock);
});
afterEach(async () => {
  close();
  feed.close();
  await kit.end();
});

async function addEvents(from: number, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, at) => {
    const severity = SEVERITIES[(from + at) % 5] ?? 'info';
    return makeEvent(from + at, { severity, receivedAtMs: kit.clock.nowMs + ((from + at) % 900) });
  });
  await feed.accept(events);
}

function totals(chart: FeedHistogram | undefined): { rest: number; warnings: number; errors: number } {
  const sum = { rest: 0, warnings: 0, errors: 0 };
  for (const { rest, warnings, errors } of chart?.buckets ?? []) {
    sum.rest += rest;
    sum.warnings += warnings;
    sum.errors += errors;
  }
  return sum;
}

test('counts each row exactly once, also those committed while it asks the store', async () => {
  await addEvents(0, 300);
  const sink = new CollectingSink<FeedHistogram>();
  const unresolved = addEvents(300, 200);
  close = openHistogram(
    { feed, store, clock: kit.clock },
    { filter: '-type:type_2', spanMs: 60_000, range: null, buckets: 60 },
    sink,
  );
  const later = addEvents(500, 100);
  await Promise.all([unresolved, later]);
  const rows = await allRows(store, { filter: compileFilter('-type:type_2')?.expression ?? null });
  const isError = (severity: string): boolean => severity === 'error' || severity === 'critical';
  const expected = {
    rest: rows.filter((row) => !isError(row.severity) && row.severity !== 'warn').length,
    warnings: rows.filter((row) => row.severity === 'warn').length,
    errors: rows.filter((row) => isError(row.severity)).length,
  };
  await until('the chart has all', () => {
    const sum = totals(sink.items.at(-1));
    return sum.rest + sum.warnings + sum.errors === rows.length;
  });
  expect(totals(sink.items.at(-1))).toEqual(expected);
  expect(sink.items.at(-1)).toMatchObject({ complete: true });
  expect(sink.items.at(-1)?.buckets.length).toBe(60);
});

test('moves with the clock when it follows, and stands still on a range', async () => {
  await addEvents(0, 50);
  const following = new CollectingSink<FeedHistogram>();
  close = openHistogram(
    { feed, store, clock: kit.clock },
    { filter: '', spanMs: 10_000, range: null, buckets: 10 },
    following,
  );
  await until('the chart is there', () => following.items.length > 0);
  expect(totals(following.items.at(-1)).rest).toBeGreaterThan(0);
  kit.clock.nowMs += 60_000;
  const before = following.items.length;
  await until('it moved', () => following.items.length > before);
  expect(totals(following.items.at(-1))).toEqual({ rest: 0, warnings: 0, errors: 0 });
  const { fromMs = 0, toMs = 0 } = following.items.at(-1) ?? {};
  expect(toMs - fromMs).toBe(10_000);
  expect(toMs).toBeGreaterThan(kit.clock.nowMs);

  const fixed = new CollectingSink<FeedHistogram>();
  const range = { fromMs: kit.clock.nowMs - 60_000, toMs: kit.clock.nowMs };
  const closeFixed = openHistogram(
    { feed, store, clock: kit.clock },
    { filter: '', spanMs: 1_000, range, buckets: 7 },
    fixed,
  );
  await until('the range is there', () => fixed.items.length > 0);
  closeFixed();
  expect(fixed.items[0]?.fromMs).toBe(range.fromMs);
  expect(fixed.items[0]?.toMs).toBeCloseTo(range.toMs, 5);
  expect(totals(fixed.items[0])).toMatchObject({ warnings: 10, errors: 20 });
});

test('a filter that cannot be read is refused at once', () => {
  const input = { filter: 'sev>=', spanMs: 10_000, range: null, buckets: 10 };
  expect(() => openHistogram({ feed, store, clock: kit.clock }, input, new CollectingSink())).toThrow(
    expect.objectContaining({ code: 'E_FILTER' }),
  );
});
