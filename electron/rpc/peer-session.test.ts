import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { StreamHandlers, StreamSink } from '../../shared/contract/handlers.ts';
import { LIMITS } from '../../shared/limits.ts';
import { createClient } from '../../shared/rpc/client.ts';
import { decodeCoreFrame, encodeWindowMessage, joinFrames } from '../../shared/rpc/frame-codec.ts';
import { portPair, recordingPort } from '../../tests/kit/port-pair.ts';
import { sampleCalls, sampleStreams } from '../../tests/kit/sample-handlers.ts';
import { PeerSession } from './peer-session.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) end();
});

function startTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

function openSession(options: Partial<ConstructorParameters<typeof PeerSession>[0]> & Pick<ConstructorParameters<typeof PeerSession>[0], 'port'>) {
  const session = new PeerSession({
    calls: sampleCalls(),
    streams: sampleStreams(),
    onBug: (name, error) => { throw new Error(`bug in ${name}`, { cause: error }); },
    ...options,
  });
  ends.push(() => session.end('test is over'));
  return session;
}

test('a window calls, subscribes, reads and leaves over a real channel', async () => {
  const { near, far } = portPair();
  let sink: StreamSink<unknown> | null = null;
  let closed = 0;
  const session = openSession({
    port: far,
    calls: sampleCalls({ 'feed.event': async ({ seq }) => ({ seq, body: Uint8Array.from([1, 2, 3]) }) as never }),
    streams: sampleStreams({ 'feed.pulse': ((_input: unknown, opened: StreamSink<unknown>) => { sink = opened; return () => void (closed += 1); }) as unknown as StreamHandlers['feed.pulse'] }),
  });
  const client = createClient({ port: near, startTimer });
  expect(await client.api.call('feed.event', { seq: 5 })).toEqual({ ok: true, value: { seq: 5, body: Uint8Array.from([1, 2, 3]) } });
  expect(await client.api.call('nonsense' as never, {} as never)).toMatchObject({ failure: { code: 'E_CALL_UNKNOWN' } });
  const items: unknown[] = [];
  const stop = client.api.subscribe('feed.pulse', {}, { onItems: (batch) => items.push(...batch), onEnd: () => undefined });
  await vi.waitFor(() => expect(sink).not.toBeNull());
  // More items than credits: they only all arrive when credits come back.
  for (let item = 0; item < LIMITS.streamCreditsInitial * 3; item += 1) {
    (sink as unknown as StreamSink<unknown>).push(item);
    await vi.waitFor(() => expect(items.at(-1)).toBe(item), { timeout: 20_000, interval: 2 });
  }
  stop();
  await vi.waitFor(() => expect(closed).toBe(1));
  client.close('leaving');
  await vi.waitFor(() => expect(session.streamsOpen).toBe(0));
});

test('garbage closes this session and the next window is served', async () => {
  for (const garbage of [Uint8Array.from([0xc1]), new Uint8Array(LIMITS.frameInboundBytesMax + 1), Uint8Array.from([0xd5, 0x72, 0x40, 0x90])]) {
    const port = recordingPort();
    let reason = '';
    openSession({ port, onEnd: (why) => (reason = why) });
    port.deliver(garbage);
    expect(reason).toMatch(/^E_(PROTOCOL|FRAME_TOO_LARGE)/);
    expect(port.closedBecause).toBe(reason);
    port.deliver(garbage);
  }
  const { near, far } = portPair();
  openSession({ port: far });
  const client = createClient({ port: near, startTimer });
  expect(await client.api.call('app.hello', {})).toEqual({ ok: true, value: {} });
  client.close('done');
});

test('random frames never escape as an error', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (frames) => {
      const port = recordingPort();
      const session = openSession({ port });
      for (const frame of frames) port.deliver(frame);
      session.end('over');
    }),
    { numRuns: 10_000 },
  );
});

/** Mostly sensible, so that subscriptions open, are used again, credited and closed in every order; sometimes not. */
const wildId = fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: fc.integer() });
const wildInput = fc.oneof(fc.constant({}), fc.constant({ filter: '' }), fc.jsonValue());
const wildMessage = fc.oneof(
  fc.tuple(fc.constant('call' as const), wildId, fc.oneof(fc.constantFrom('app.hello', 'feed.event', '__proto__'), fc.jsonValue()), wildInput),
  fc.tuple(fc.constant('subscribe' as const), wildId, fc.oneof(fc.constantFrom('feed.pulse', 'feed.live'), fc.jsonValue()), wildInput),
  fc.tuple(fc.constantFrom('cancel' as const, 'unsubscribe' as const), wildId),
  fc.tuple(fc.constant('credit' as const), wildId, fc.integer({ min: 1, max: 9 })),
);

test('any order of messages leaves nothing open after the end', async () => {
  let opened = 0;
  let closed = 0;
  const open = (): (() => void) => {
    opened += 1;
    return () => void (closed += 1);
  };
  const streams = sampleStreams({ 'feed.pulse': open, 'feed.live': open });
  await fc.assert(
    fc.asyncProperty(fc.array(wildMessage, { maxLength: 20 }), async (messages) => {
      const port = recordingPort();
      const session = openSession({ port, streams });
      for (const message of messages) {
        // The encoder does not look at ids, so wrong ones reach the session as a hostile window would send them.
        port.deliver(encodeWindowMessage(message).slice());
      }
      await Promise.resolve();
      session.end('over');
      session.end('over');
      expect(session.streamsOpen).toBe(0);
      for (const frame of port.sent) decodeCoreFrame(frame);
    }),
    { numRuns: 3_000 },
  );
  expect(closed).toBe(opened);
  expect(opened).toBeGreaterThan(100);
});

test('a cancelled call is not answered', async () => {
  const port = recordingPort();
  let finish: () => void = () => undefined;
  openSession({ port, calls: sampleCalls({ 'app.hello': () => new Promise((resolve) => { finish = () => resolve({} as never); }) }) });
  for (const frame of joinFrames([encodeWindowMessage(['call', 1, 'app.hello', {}]), encodeWindowMessage(['cancel', 1])])) port.deliver(frame);
  finish();
  await new Promise((resolve) => setImmediate(resolve));
  expect(port.sent).toEqual([]);
});

test('an answer too large to travel becomes E_LIMIT', async () => {
  const port = recordingPort();
  openSession({ port, calls: sampleCalls({ 'app.hello': async () => new Uint8Array(LIMITS.frameOutboundBytesMax) as never }) });
  port.deliver(encodeWindowMessage(['call', 1, 'app.hello', {}]));
  await vi.waitFor(() => expect(port.sent).toHaveLength(1));
  expect(decodeCoreFrame(port.sent[0] ?? new Uint8Array())).toMatchObject([['result', 1, { ok: false, failure: { code: 'E_LIMIT' } }]]);
});

test('a window that reads nothing is cut after the write age, one that reads slowly is not', () => {
  vi.useFakeTimers();
  const [stuck, slow] = [recordingPort(), recordingPort()];
  let nowMs = 0;
  openSession({ port: stuck, monotonicMs: () => nowMs });
  openSession({ port: slow, monotonicMs: () => nowMs });
  stuck.queued = 1_000;
  slow.queued = 1_000_000;
  for (let second = 0; second <= 12; second += 1) {
    nowMs += 1_000;
    slow.queued -= 1_000;
    vi.advanceTimersByTime(1_000);
  }
  expect(stuck.closedBecause).toMatch(/^E_SLOW/);
  expect(slow.closedBecause).toBeNull();
});

test('a window that lets answers pile up is cut at the bound', async () => {
  const port = recordingPort();
  openSession({ port });
  port.queued = LIMITS.clientQueueBytesMax + LIMITS.frameOutboundBytesMax + 1;
  port.deliver(encodeWindowMessage(['call', 1, 'app.hello', {}]));
  await vi.waitFor(() => expect(port.closedBecause).toMatch(/^E_SLOW/));
});
