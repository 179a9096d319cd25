import { afterEach, expect, test, vi } from 'vitest';
import { OperatingError } from '../../shared/failure.ts';
import type { StreamHandlers, StreamSink } from '../../shared/contract/handlers.ts';
import { LIMITS } from '../../shared/limits.ts';
import { decodeCoreFrame } from '../../shared/rpc/frame-codec.ts';
import type { CoreMessage } from '../../shared/rpc/messages.ts';
import { sampleStreams } from '../../tests/kit/sample-handlers.ts';
import { StreamHub } from './stream-hub.ts';

const TICK_MS = 16;
const EXPORT_INPUT = { filter: '', range: { fromMs: null, toMs: null }, format: 'csv', bodies: false };
afterEach(() => void vi.useRealTimers());

type AnySink = StreamSink<unknown>;

/** `feed.live` waits, `feed.pulse` keeps the latest; the contract has no drop_oldest stream yet (stream-queue.test.ts). */
function setUp() {
  vi.useFakeTimers();
  const sinks: AnySink[] = [];
  const state = { closed: 0, queuedBytes: 0 };
  const take = (_input: unknown, sink: unknown): (() => void) => {
    sinks.push(sink as AnySink);
    return () => void (state.closed += 1);
  };
  const overrides = { 'feed.live': take, 'feed.pulse': take } as unknown as Partial<StreamHandlers>;
  const said: CoreMessage[] = [];
  const bugs: string[] = [];
  const hub = new StreamHub({
    handlers: sampleStreams({
      ...overrides,
      'export.run': () => { throw new OperatingError('E_STORE_FULL', 'no room'); },
      'lab.state': () => { throw new TypeError('bug'); },
    }),
    send: (messages) => void said.push(...messages.flatMap((bytes) => decodeCoreFrame(bytes))),
    queuedBytes: () => state.queuedBytes,
    tickMs: TICK_MS,
    onBug: (name) => bugs.push(name),
  });
  const tick = (): void => void vi.advanceTimersByTime(TICK_MS);
  return { hub, sinks, said, state, bugs, tick };
}

test('items of one tick leave together', () => {
  const { hub, sinks, said, tick } = setUp();
  hub.subscribe(1, 'feed.live', { filter: '' });
  for (const item of ['a', 'b', 'c']) sinks[0]?.push(item);
  expect(said).toEqual([]);
  tick();
  expect(said).toEqual([['items', 1, ['a', 'b', 'c'], 0]]);
});

test('without credits the policy decides; a credit lets the newest through', () => {
  const { hub, sinks, said, tick } = setUp();
  hub.subscribe(1, 'feed.pulse', {});
  for (let round = 0; round < LIMITS.streamCreditsInitial + 5; round += 1) {
    sinks[0]?.push(round);
    tick();
  }
  expect(said).toHaveLength(LIMITS.streamCreditsInitial);
  hub.credit(1, 1);
  tick();
  expect(said.at(-1)).toEqual(['items', 1, [LIMITS.streamCreditsInitial + 4], 0]);
});

test('credits that were never out are not believed', () => {
  const { hub, sinks, said, tick } = setUp();
  hub.subscribe(1, 'feed.pulse', {});
  hub.credit(1, 1_000);
  hub.credit(99, 1);
  for (let round = 0; round < 30; round += 1) {
    sinks[0]?.push(round);
    tick();
  }
  expect(said).toHaveLength(LIMITS.streamCreditsInitial);
});

test('a waiting source is told when there is room, and not before', () => {
  const { hub, sinks, tick } = setUp();
  hub.subscribe(1, 'feed.live', { filter: '' });
  const sink = sinks[0];
  let told = 0;
  sink?.onRoom(() => (told += 1));
  for (let item = 0; item < 4; item += 1) sink?.push(item);
  expect(sink?.hasRoom()).toBe(false);
  expect(told).toBe(0);
  tick();
  expect(told).toBe(1);
  expect(sink?.hasRoom()).toBe(true);
});

test('large batches are split at the frame bound, one large item travels alone', () => {
  const { hub, sinks, said, tick } = setUp();
  hub.subscribe(1, 'feed.live', { filter: '' });
  for (let item = 0; item < 4; item += 1) sinks[0]?.push('x'.repeat(100_000));
  tick();
  expect(said.map((message) => (message[0] === 'items' ? message[2].length : 0))).toEqual([2, 2]);
  sinks[0]?.push('y'.repeat(LIMITS.frameBytesMax * 2));
  tick();
  expect(said).toHaveLength(3);
});

test('bytes the reader has not credited are bounded, whatever its credits', () => {
  const { hub, sinks, said, tick } = setUp();
  for (let id = 1; id <= 20; id += 1) hub.subscribe(id, 'feed.pulse', {});
  for (const sink of sinks) sink.push('z'.repeat(1_000_000));
  tick();
  const sent = said.length;
  expect(sent * 1_000_000).toBeLessThan(LIMITS.clientQueueBytesMax + 2_000_000);
  expect(sent).toBeGreaterThan(5);
  for (let id = 1; id <= sent; id += 1) hub.credit(id, 1);
  tick();
  expect(said.length).toBeGreaterThan(sent);
});

test('a transport that is full holds items back and gets them later', () => {
  const { hub, sinks, said, state, tick } = setUp();
  hub.subscribe(1, 'feed.pulse', {});
  state.queuedBytes = LIMITS.clientQueueBytesMax + 1;
  sinks[0]?.push(1);
  tick();
  expect(said).toEqual([]);
  state.queuedBytes = 0;
  tick();
  expect(said).toHaveLength(1);
});

test('an end follows what is queued, closes the source once, and later pushes are nothing', () => {
  const { hub, sinks, said, state, tick } = setUp();
  hub.subscribe(1, 'feed.live', { filter: '' });
  sinks[0]?.push('last');
  sinks[0]?.end(null);
  sinks[0]?.push('too late');
  sinks[0]?.end({ code: 'E_BUSY', message: '' });
  tick();
  expect(said).toEqual([['items', 1, ['last'], 0], ['end', 1, null]]);
  expect(state.closed).toBe(1);
  expect(hub.size).toBe(0);
});

test('refusals are ends with codes', () => {
  const { hub, said, bugs } = setUp();
  const codeOf = (id: number): string | undefined => said.flatMap((m) => (m[0] === 'end' && m[1] === id ? [m[2]?.code] : []))[0];
  hub.subscribe(1, '__proto__', {});
  hub.subscribe(2, 'feed.live', { filter: 7 });
  hub.subscribe(3, 'export.run', EXPORT_INPUT);
  hub.subscribe(4, 'lab.state', {});
  hub.subscribe(5, 'feed.pulse', {});
  hub.subscribe(5, 'feed.pulse', {});
  expect([1, 2, 3, 4, 5].map(codeOf)).toEqual(['E_CALL_UNKNOWN', 'E_INPUT', 'E_STORE_FULL', 'E_INTERNAL', 'E_INPUT']);
  expect(bugs).toEqual(['lab.state']);
  for (let id = 10; hub.size < LIMITS.streamsPerClientMax; id += 1) hub.subscribe(id, 'feed.pulse', {});
  hub.subscribe(999, 'feed.pulse', {});
  expect(codeOf(999)).toBe('E_BUSY');
});

test('an item that cannot travel ends its own stream only', () => {
  const { hub, sinks, said, tick } = setUp();
  hub.subscribe(1, 'feed.pulse', {});
  hub.subscribe(2, 'feed.pulse', {});
  sinks[0]?.push(Symbol('no'));
  sinks[1]?.push('yes');
  tick();
  expect(said).toContainEqual(['items', 2, ['yes'], 0]);
  expect(said.find((message) => message[0] === 'end')).toMatchObject(['end', 1, { code: 'E_INPUT' }]);
});

test('unsubscribe and close free everything, twice is harmless, and no timer stays', () => {
  const { hub, sinks, said, state, tick } = setUp();
  hub.subscribe(1, 'feed.pulse', {});
  hub.subscribe(2, 'feed.pulse', {});
  hub.unsubscribe(1);
  hub.unsubscribe(1);
  expect(state.closed).toBe(1);
  sinks[1]?.push(1);
  hub.close();
  hub.close();
  tick();
  expect(state.closed).toBe(2);
  expect(said).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  hub.subscribe(3, 'feed.pulse', {});
  expect(hub.size).toBe(0);
});
