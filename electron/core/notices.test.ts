import { afterEach, beforeEach, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { StoreKit, allRows, filterOf, makeEvents, until } from '../../tests/kit/store-kit.ts';
import type { EventStore } from '../store/event-store.ts';
import { Feed } from './feed.ts';
import { LinkRegistry } from './links.ts';
import type { Link } from './links.ts';
import type { Log } from './log.ts';
import { Notices } from './notices.ts';

const QUIET: Log = { info() {}, warn() {}, error() {}, close: async () => undefined };
let kit: StoreKit;
let store: EventStore;
let feed: Feed;
let notices: Notices;

beforeEach(async () => {
  kit = new StoreKit();
  store = await kit.open();
  feed = new Feed(store, kit.clock);
  notices = new Notices(feed, kit.clock, QUIET);
});
afterEach(async () => {
  notices.close();
  feed.close();
  await kit.end();
});

async function consoleRows(): Promise<{ row: EventRow; body: Record<string, unknown> }[]> {
  const rows = await allRows(store, { filter: filterOf('src:console') });
  const found: { row: EventRow; body: Record<string, unknown> }[] = [];
  for (const row of rows) {
    const detail = await store.read(row.seq);
    const body: unknown = JSON.parse(Buffer.from(detail?.body ?? []).toString());
    found.push({ row, body: Object.fromEntries(Object.entries(Object(body))) });
  }
  return found;
}

test('what the store turned away is told as gap rows that add up, by source, once it takes rows again', async () => {
  let dropped = { mimo: 0, gse: 0 };
  const calls: Promise<unknown>[] = [];
  for (let sent = 0; sent < LIMITS.storePendingEventsMax * 2; sent += 500) {
    const source = sent % 1_000 === 0 ? 'mimo' : 'gse';
    const count = (): void => {
      dropped = { ...dropped, [source]: dropped[source] + 500 };
    };
    calls.push(feed.accept(makeEvents(500, { source, link: `${source}-1` })).catch(count));
  }
  await Promise.all(calls);
  expect(dropped.mimo + dropped.gse).toBeGreaterThan(0);
  await until('the gaps are told', () => feed.ledger.lines().some((line) => line.source === 'console'));
  const told = await consoleRows();
  for (const { row } of told)
    expect(row).toMatchObject({ kind: 'gap', type: 'events_dropped', severity: 'error' });
  const sumOf = (source: string): number =>
    told.reduce((sum, { body }) => (body.source === source ? sum + Number(body.dropped) : sum), 0);
  expect({ mimo: sumOf('mimo'), gse: sumOf('gse') }).toEqual(dropped);
});

test('a link that was away leaves a notice when it goes and a gap when it is back; a switch off is neither', async () => {
  const links = new LinkRegistry(kit.clock);
  links.onChange((changed, before) => notices.linkChanged(changed, before));
  const about = { id: 'mimo-1', source: 'mimo', label: 'MIMO', address: 'x', simulated: false } as const;
  const link: Link = links.add({ ...about, act: async () => undefined });
  link.set({ state: 'opening', reason: '', actions: [] });
  link.set({ state: 'up', reason: '', actions: [] });
  link.set({ state: 'off', reason: 'closed by the operator', actions: [] });
  link.set({ state: 'up', reason: '', actions: [] });
  const downAtMs = kit.clock.nowMs;
  link.set({ state: 'down', reason: 'the peer is gone', actions: [] });
  kit.clock.nowMs += 90_000;
  link.set({ state: 'opening', reason: '', actions: [] });
  link.set({ state: 'up', reason: '', actions: [] });
  await until('all is told', () => (feed.ledger.lines()[0]?.stored ?? 0) === 3);
  const told = await consoleRows();
  expect(told.map(({ row }) => `${row.kind} ${row.type} ${row.link}`)).toEqual([
    'notice link_down mimo-1',
    'notice link_up mimo-1',
    'gap source_down mimo-1',
  ]);
  expect(told[0]?.body).toMatchObject({ reason: 'the peer is gone' });
  expect(told[2]?.body).toMatchObject({ fromMs: downAtMs, toMs: downAtMs + 90_000 });
  const state = links.list()[0];
  expect(state?.history.map((entry) => entry.state)).toEqual([
    'up',
    'opening',
    'down',
    'up',
    'off',
    'up',
    'opening',
  ]);
});

test('links keep a bounded history, newest first, and refuse what does nothing now', async () => {
  const links = new LinkRegistry(kit.clock);
  const about = { id: 'a', source: 'mimo', label: 'A', address: 'x', simulated: false } as const;
  const link = links.add({ ...about, act: async () => undefined });
  for (let index = 0; index < 50; index += 1)
    link.set({ state: 'down', reason: `reason ${index}`, actions: ['retry'] });
  link.count(3);
  links.second();
  const [state] = links.list();
  expect(state?.history.length).toBe(LIMITS.linkHistoryEntriesMax);
  expect(state?.history[0]?.reason).toBe('reason 49');
  expect(state).toMatchObject({ messages: 3, reason: 'reason 49' });
  expect(state?.sparkline.length).toBe(60);
  expect(state?.sparkline.at(-1)).toBe(3);
  await expect(links.act('a', 'use_port', 1)).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
  await expect(links.act('b', 'retry', null)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  await expect(links.act('a', 'retry', null)).resolves.toBeUndefined();
});
