import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contract } from '../../shared/contract/contract.ts';
import { OperatingError } from '../../shared/failure.ts';
import { sampleCalls } from '../../tests/kit/sample-handlers.ts';
import { Dispatcher } from './dispatcher.ts';

function setUp(overrides: Parameters<typeof sampleCalls>[0] = {}, limits: { callsInFlightMax?: number; deadlineMs?: number } = {}) {
  const bugs: string[] = [];
  const dispatcher = new Dispatcher({ handlers: sampleCalls(overrides), onBug: (name) => bugs.push(name), ...limits });
  return { dispatcher, bugs };
}

test('a known call with good input is answered', async () => {
  const { dispatcher } = setUp({ 'feed.event': async ({ seq }) => ({ seq }) as never });
  expect(await dispatcher.call('feed.event', { seq: 7 })).toEqual({ ok: true, value: { seq: 7 } });
  expect(dispatcher.callsInFlight).toBe(0);
});

test('unknown names are refused, whatever they are', async () => {
  const { dispatcher } = setUp();
  const names = ['', 'app', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x'.repeat(1_000_000), 7, null, undefined, {}, [], ['app.hello'], Symbol('s')];
  for (const name of names) expect(await dispatcher.call(name, {})).toMatchObject({ ok: false, failure: { code: 'E_CALL_UNKNOWN' } });
  const answer = await dispatcher.call('x'.repeat(1_000_000), {});
  expect(JSON.stringify(answer).length).toBeLessThan(300);
});

test('wrong input is refused with the place and without the value', async () => {
  const { dispatcher } = setUp();
  const secret = 'hunter2'.repeat(100);
  const answer = await dispatcher.call('settings.write', { zoomPercent: secret });
  expect(answer).toMatchObject({ ok: false, failure: { code: 'E_INPUT', message: expect.stringContaining('zoomPercent') } });
  expect(JSON.stringify(answer).length).toBeLessThan(600);
  expect(await dispatcher.call('app.hello', { extra: 1 })).toMatchObject({ failure: { code: 'E_INPUT' } });
  expect(await dispatcher.call('app.hello', undefined)).toMatchObject({ failure: { code: 'E_INPUT' } });
  expect(await dispatcher.call('feed.event', { seq: -1 })).toMatchObject({ failure: { code: 'E_INPUT' } });
});

test('cycles, 50 MB and objects that throw when read are answers', async () => {
  const { dispatcher, bugs } = setUp();
  const cycle: Record<string, unknown> = {};
  cycle['seq'] = cycle;
  const trap = new Proxy({}, { get: () => { throw new Error('read'); }, ownKeys: () => { throw new Error('keys'); } });
  const getter = { get seq(): number { throw new Error('read'); } };
  for (const input of [cycle, trap, getter, 'a'.repeat(50_000_000), { seq: 'a'.repeat(50_000_000) }]) {
    expect(await dispatcher.call('feed.event', input)).toMatchObject({ ok: false, failure: { code: 'E_INPUT' } });
  }
  expect(bugs).toEqual([]);
});

test('an operating error keeps its code, any other becomes E_INTERNAL without its text', async () => {
  const { dispatcher, bugs } = setUp({
    'app.doctor': () => Promise.reject(new OperatingError('E_STORE_FULL', 'disk full', { fix: 'make room' })),
    'app.hello': () => Promise.reject(new Error('secret path /home/x')),
    'settings.read': () => { throw new TypeError('thrown, not rejected'); },
  });
  expect(await dispatcher.call('app.doctor', {})).toEqual({ ok: false, failure: { code: 'E_STORE_FULL', message: 'disk full', fix: 'make room' } });
  const answer = await dispatcher.call('app.hello', {});
  expect(answer).toMatchObject({ ok: false, failure: { code: 'E_INTERNAL' } });
  expect(JSON.stringify(answer)).not.toContain('secret');
  expect(await dispatcher.call('settings.read', {})).toMatchObject({ failure: { code: 'E_INTERNAL' } });
  expect(bugs).toEqual(['app.hello', 'settings.read']);
  expect(dispatcher.callsInFlight).toBe(0);
});

test('more calls than the limit are refused, and served again when one has ended', async () => {
  const release: (() => void)[] = [];
  const { dispatcher } = setUp({ 'app.hello': () => new Promise((resolve) => release.push(() => resolve({} as never))) }, { callsInFlightMax: 3 });
  const running = [1, 2, 3].map(() => dispatcher.call('app.hello', {}));
  expect(await dispatcher.call('app.hello', {})).toMatchObject({ failure: { code: 'E_BUSY' } });
  release[0]?.();
  await running[0];
  const fourth = dispatcher.call('app.hello', {});
  for (const end of release) end();
  expect(await fourth).toMatchObject({ ok: true });
  await Promise.all(running);
});

test('a call that takes too long is answered E_DEADLINE and costs until it ends', async () => {
  let finish: () => void = () => undefined;
  const { dispatcher } = setUp({ 'app.hello': () => new Promise((resolve) => { finish = () => resolve({} as never); }) }, { deadlineMs: 10 });
  expect(await dispatcher.call('app.hello', {})).toMatchObject({ failure: { code: 'E_DEADLINE' } });
  expect(dispatcher.callsInFlight).toBe(1);
  finish();
  await new Promise((resolve) => setImmediate(resolve));
  expect(dispatcher.callsInFlight).toBe(0);
});

const anyName = fc.oneof(fc.constantFrom(...Object.keys(contract.calls)), fc.string(), fc.anything());

test('arbitrary names and values always give a Result with a code', async () => {
  const { dispatcher, bugs } = setUp();
  await fc.assert(
    fc.asyncProperty(anyName, fc.anything({ withNullPrototype: true, withSparseArray: true, withTypedArray: true }), async (name, input) => {
      const answer = await dispatcher.call(name, input);
      expect(answer.ok || ['E_CALL_UNKNOWN', 'E_INPUT'].includes(answer.failure.code)).toBe(true);
    }),
    { numRuns: 10_000 },
  );
  expect(bugs).toEqual([]);
});

test('a hundred thousand random calls leave nothing behind', async () => {
  const { dispatcher } = setUp();
  const [inputs, names] = [fc.sample(fc.anything(), 500), fc.sample(anyName, 500)];
  const round = async (): Promise<void> => {
    for (let index = 0; index < 50_000; index += 1) await dispatcher.call(names[index % 499], inputs[index % 500]);
  };
  await round();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await round();
  globalThis.gc?.();
  expect(dispatcher.callsInFlight).toBe(0);
  // Without --expose-gc the heap may hold garbage of its own; what grows with each call would be far above this.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(globalThis.gc === undefined ? 64e6 : before * 0.05);
});
