import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FeedLiveItem } from '../../shared/contract/feed.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { CollectingSink } from '../../tests/kit/collecting-sink.ts';
import { StoreKit, allRows, makeEvent, makeEvents, until } from '../../tests/kit/store-kit.ts';
import type { EventStore, NewEvent } from '../store/event-store.ts';
import { Feed } from './feed.ts';
import { compileFilter } from './row-filter.ts';

let kit: StoreKit;
let store: EventStore;
let feed: Feed;

beforeEach(async () => {
  kit = new StoreKit();
  store = await kit.open();
  feed = new Feed(store, kit.clock);
});
afterEach(async () => {
  feed.close();
  await kit.end();
});

function rowsOf(sink: CollectingSink<FeedLiveItem>): number[] {
  return sink.items.flatMap((item) => item.rows.map((row) => row.seq));
}

function skippedBy(sink: CollectingSink<FeedLiveItem>): number {
  return sink.items.reduce((sum, item) => sum + item.skipped, 0);
}

describe('the ledger', () => {
  test('adds up under any mixture of kinds, batches and refusals', async () => {
    const batches = fc.array(fc.record({ size: fc.integer({ min: 1, max: 30 }), refused: fc.boolean() }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (plan) => {
        const before = feed.ledger.lines().find((line) => line.source === 'gse') ?? {
          received: 0,
          stored: 0,
          refused: 0,
          dropped: 0,
        };
        const calls = plan.map(({ size, refused }) =>
          feed.accept(makeEvents(size, { source: 'gse', kind: refused ? 'refused' : 'event' })),
        );
        await Promise.all(calls);
        const sum = (wanted: boolean): number =>
          plan.reduce((total, { size, refused }) => (refused === wanted ? total + size : total), 0);
        const line = feed.ledger.lines().find((one) => one.source === 'gse') ?? before;
        expect(line.stored - before.stored).toBe(sum(false));
        expect(line.refused - before.refused).toBe(sum(true));
        expect(line.received).toBe(line.stored + line.refused + line.dropped);
      }),
      { numRuns: 100 },
    );
  });

  test('counts what a full store turned away, and the store holds exactly the rest', async () => {
    const calls: Promise<unknown>[] = [];
    const outcomes = { kept: 0, dropped: 0 };
    for (let sent = 0; sent < LIMITS.storePendingEventsMax * 2; sent += 500) {
      const call = feed.accept(makeEvents(500)).then(
        () => (outcomes.kept += 500),
        (error: unknown) => {
          expect(error).toBeInstanceOf(OperatingError);
          outcomes.dropped += 500;
        },
      );
      calls.push(call);
    }
    await Promise.all(calls);
    expect(outcomes.dropped).toBeGreaterThan(0);
    expect(feed.ledger.lines()).toEqual([
      {
        source: 'mimo',
        received: LIMITS.storePendingEventsMax * 2,
        stored: outcomes.kept,
        refused: 0,
        dropped: outcomes.dropped,
      },
    ]);
    expect(store.stats().rows).toBe(outcomes.kept);
  });
});

describe('a live subscription', () => {
  test('gets every matching row once and in order while the rate is low', async () => {
    const sink = new CollectingSink<FeedLiveItem>();
    feed.subscribe(compileFilter('sev>=error'), sink);
    const severities = ['info', 'error', 'critical', 'warn'] as const;
    for (let index = 0; index < 80; index += 1)
      await feed.accept([makeEvent(index, { severity: severities[index % 4] ?? 'info' })]);
    await until('all rows are there', () => rowsOf(sink).length === 40);
    const expected = (await allRows(store, { filter: compileFilter('sev>=error')?.expression ?? null })).map(
      (row) => row.seq,
    );
    expect(rowsOf(sink)).toEqual(expected);
    expect(sink.items.at(-1)).toMatchObject({ skipped: 0, sampled: false, matched: 40, matchedErrors: 40 });
    expect(skippedBy(sink)).toBe(0);
  });

  test('looks into bodies when its filter asks for it', async () => {
    const sink = new CollectingSink<FeedLiveItem>();
    const needle = 'x'.repeat(300);
    feed.subscribe(compileFilter(`body.deep.name:"wanted" ${needle}`), sink);
    await feed.accept([
      makeEvent(1, { body: Buffer.from(JSON.stringify({ deep: { name: 'wanted' }, tail: needle })) }),
      makeEvent(2, { body: Buffer.from(JSON.stringify({ deep: { name: 'other' }, tail: needle })) }),
      makeEvent(3, { body: Buffer.from(JSON.stringify({ deep: { name: 'wanted' } })) }),
    ]);
    await until('the row is there', () => rowsOf(sink).length > 0);
    expect(rowsOf(sink)).toEqual([1]);
  });

  test('above the rate an eye can follow carries the newest rows and counts the others', async () => {
    const sink = new CollectingSink<FeedLiveItem>();
    feed.subscribe(null, sink);
    const total = 20_000;
    for (let sent = 0; sent < total; sent += 500) await feed.accept(makeEvents(500));
    await until('everything is accounted for', () => rowsOf(sink).length + skippedBy(sink) === total);
    const carrying = sink.items.filter((item) => item.rows.length > 0);
    expect(carrying.some((item) => item.sampled)).toBe(true);
    for (const item of carrying)
      if (item.sampled) expect(item.rows.length).toBeLessThanOrEqual(LIMITS.feedSampleRowsMax);
    expect(rowsOf(sink).at(-1)).toBe(total);
    expect(rowsOf(sink)).toEqual(rowsOf(sink).toSorted((a, b) => a - b));
    expect(sink.items.at(-1)?.matched).toBe(total);
  });

  test('that does not read holds up nobody, keeps a bounded queue, and is told what it missed', async () => {
    const frozen = new CollectingSink<FeedLiveItem>();
    const awake = new CollectingSink<FeedLiveItem>();
    feed.subscribe(null, frozen);
    feed.subscribe(null, awake);
    frozen.freeze();
    const total = 30_000;
    for (let sent = 0; sent < total; sent += 1_000) await feed.accept(makeEvents(1_000));
    await until('the other one has all', () => rowsOf(awake).length + skippedBy(awake) === total);
    expect(frozen.items).toEqual([]);
    expect(store.stats().rows).toBe(total);
    frozen.thaw();
    await until('it has caught up', () => rowsOf(frozen).length + skippedBy(frozen) === total);
    expect(rowsOf(frozen).length).toBeLessThanOrEqual(LIMITS.feedSubscriberQueueRowsMax);
    expect(rowsOf(frozen).at(-1)).toBe(total);
    // What it missed is read back from the store, whole.
    const missed = await allRows(store, { rowsMax: 1_000 });
    expect(missed.length).toBe(total);
  });

  test('that ended gets nothing more', async () => {
    const sink = new CollectingSink<FeedLiveItem>();
    const end = feed.subscribe(null, sink);
    end();
    end();
    await feed.accept(makeEvents(5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sink.items).toEqual([]);
  });
});

test('rows reach the ring in the order of their numbers, whoever appends', async () => {
  const one = (index: number): NewEvent[] => [makeEvent(index)];
  await Promise.all(Array.from({ length: 200 }, (_, index) => feed.accept(one(index))));
  const seqs = Array.from({ length: feed.ring.length }, (_, index) => feed.ring.at(index)?.seq);
  expect(seqs).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  expect(feed.newestSeq).toBe(200);
});
