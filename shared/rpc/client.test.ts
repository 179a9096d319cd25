import { expect, test } from 'vitest';
import { recordingPort } from '../../tests/kit/port-pair.ts';
import { LIMITS } from '../limits.ts';
import { createClient } from './client.ts';
import { decodeWindowFrame, encodeCoreMessage, joinFrames } from './frame-codec.ts';
import type { CoreMessage, WindowMessage } from './messages.ts';

interface Timer {
  readonly delayMs: number;
  readonly run: () => void;
}

function setUp() {
  const port = recordingPort();
  const timers = new Set<Timer>();
  const client = createClient({
    port,
    callDeadlineMs: 1_000,
    startTimer: (delayMs, run) => {
      const timer = { delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const said = (): WindowMessage[] => port.sent.flatMap(decodeWindowFrame);
  const answer = (...messages: CoreMessage[]): void => {
    for (const frame of joinFrames(messages.map(encodeCoreMessage))) port.deliver(frame);
  };
  return { port, timers, client, said, answer, api: client.api };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function reader() {
  const seen = { items: [] as unknown[], lost: 0, ends: [] as unknown[] };
  return {
    seen,
    onItems: (items: readonly unknown[], lost: number) => {
      seen.items.push(...items);
      seen.lost += lost;
    },
    onEnd: (failure: unknown) => void seen.ends.push(failure),
  };
}

test('calls of one task travel in one frame, answers find their callers in any order', async () => {
  const { port, said, answer, api, timers } = setUp();
  const first = api.call('app.hello', {});
  const second = api.call('settings.read', {});
  await turn();
  expect(port.sent).toHaveLength(1);
  expect(said()).toEqual([['call', 1, 'app.hello', {}], ['call', 2, 'settings.read', {}]]);
  answer(['result', 2, { ok: true, value: 'two' }], ['result', 1, { ok: false, failure: { code: 'E_BUSY', message: 'b' } }]);
  expect(await first).toEqual({ ok: false, failure: { code: 'E_BUSY', message: 'b' } });
  expect(await second).toEqual({ ok: true, value: 'two' });
  expect(timers.size).toBe(0);
});

test('a call past its deadline is given up, told to the core, and its late answer is dropped and counted', async () => {
  const { said, answer, api, timers, client } = setUp();
  const call = api.call('app.hello', {});
  await turn();
  const [timer] = [...timers];
  expect(timer?.delayMs).toBe(1_000);
  timer?.run();
  expect(await call).toMatchObject({ ok: false, failure: { code: 'E_DEADLINE' } });
  await turn();
  expect(said().at(-1)).toEqual(['cancel', 1]);
  answer(['result', 1, { ok: true, value: 1 }]);
  expect(client.counters()).toEqual({ lateMessages: 1, callsPending: 0, streamsOpen: 0 });
});

test('when the line breaks, everything waiting ends with E_DISCONNECTED, once, and so does everything after', async () => {
  const { port, api, timers, client } = setUp();
  const watcher = reader();
  api.subscribe('links.state', {}, watcher);
  const call = api.call('app.hello', {});
  await turn();
  port.breakOff('cable cut');
  port.breakOff('again');
  client.close('and again');
  expect(await call).toMatchObject({ ok: false, failure: { code: 'E_DISCONNECTED', message: expect.stringContaining('cable cut') } });
  expect(watcher.seen.ends).toMatchObject([{ code: 'E_DISCONNECTED' }]);
  expect(timers.size).toBe(0);
  expect(await api.call('app.hello', {})).toMatchObject({ ok: false, failure: { code: 'E_DISCONNECTED' } });
  const later = reader();
  api.subscribe('links.state', {}, later);
  expect(later.seen.ends).toEqual([]);
  await turn();
  expect(later.seen.ends).toMatchObject([{ code: 'E_DISCONNECTED' }]);
});

test('each batch of items is read before its credit goes back', async () => {
  const { said, answer, api } = setUp();
  const watcher = reader();
  api.subscribe('feed.pulse', {}, watcher);
  await turn();
  answer(['items', 1, ['a', 'b'], 0], ['items', 1, ['c'], 5]);
  expect(watcher.seen).toEqual({ items: ['a', 'b', 'c'], lost: 5, ends: [] });
  await turn();
  expect(said().slice(1)).toEqual([['credit', 1, 1], ['credit', 1, 1]]);
});

test('after unsubscribe nothing is heard, and unsubscribing twice is harmless', async () => {
  const { said, answer, api, client } = setUp();
  const watcher = reader();
  const stop = api.subscribe('feed.pulse', {}, watcher);
  stop();
  stop();
  await turn();
  answer(['items', 1, ['late'], 0], ['end', 1, null]);
  expect(watcher.seen).toEqual({ items: [], lost: 0, ends: [] });
  expect(said().filter(([kind]) => kind === 'unsubscribe')).toEqual([['unsubscribe', 1]]);
  expect(client.counters().lateMessages).toBe(2);
});

test('the end of a stream is told once and its unsubscribe sends nothing', async () => {
  const { said, answer, api } = setUp();
  const watcher = reader();
  const stop = api.subscribe('feed.pulse', {}, watcher);
  await turn();
  answer(['end', 1, null], ['end', 1, null]);
  stop();
  await turn();
  expect(watcher.seen.ends).toEqual([null]);
  expect(said()).toHaveLength(1);
});

test('a value that cannot travel is refused here and the line stays up', async () => {
  const { port, api } = setUp();
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(await api.call('app.hello', cycle as never)).toMatchObject({ ok: false, failure: { code: 'E_INPUT' } });
  const watcher = reader();
  const stop = api.subscribe('feed.live', { filter: 'a'.repeat(LIMITS.frameInboundBytesMax) }, watcher);
  await turn();
  expect(watcher.seen.ends).toMatchObject([{ code: 'E_LIMIT' }]);
  stop();
  expect(port.sent).toEqual([]);
  expect(port.closedBecause).toBeNull();
});

test('calls and streams are bounded on this side too', async () => {
  const { api } = setUp();
  for (let index = 0; index < LIMITS.callsInFlightMax; index += 1) void api.call('app.hello', {});
  await turn();
  expect(await api.call('app.hello', {})).toMatchObject({ ok: false, failure: { code: 'E_BUSY' } });
  const readers = Array.from({ length: LIMITS.streamsPerClientMax + 1 }, reader);
  for (const watcher of readers) api.subscribe('feed.pulse', {}, watcher);
  await turn();
  expect(readers.filter(({ seen }) => seen.ends.length > 0)).toHaveLength(1);
  expect(readers.at(-1)?.seen.ends).toMatchObject([{ code: 'E_BUSY' }]);
});

test('a frame without sense closes the line', async () => {
  const { port, api } = setUp();
  const call = api.call('app.hello', {});
  await turn();
  port.deliver(Uint8Array.from([0xc1]));
  expect(await call).toMatchObject({ ok: false, failure: { code: 'E_DISCONNECTED' } });
  expect(port.closedBecause).not.toBeNull();
});
