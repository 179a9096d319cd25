/** Windows that do not read: what they make the host hold is bounded, they are cut, and a well-behaved window is served all the while. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { StreamSink } from '../../shared/contract/handlers.ts';
import { LIMITS } from '../../shared/limits.ts';
import { encodeWindowMessage } from '../../shared/rpc/frame-codec.ts';
import { runServe } from '../../electron/hosts/serve/run-serve.ts';
import type { RunningHost } from '../../electron/hosts/serve/run-serve.ts';
import { sampleCalls, sampleStreams } from '../kit/sample-handlers.ts';
import { clientOf, openWindowSocket } from '../kit/serve-client.ts';

const ITEM_BYTES = 200_000;
// The collector, without starting the test runner in another way.
setFlagsFromString('--expose-gc');
const collector: unknown = runInNewContext('gc');
function collectGarbage(): void {
  if (typeof collector !== 'function') throw new TypeError('no collector');
  collector();
}
let folder = '';
let host: RunningHost;
const sockets: WebSocket[] = [];
const sinks = new Set<StreamSink<unknown>>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-slow-'));
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html>');
  const open = (_input: unknown, sink: unknown): (() => void) => {
    const typed = sink as StreamSink<unknown>;
    sinks.add(typed);
    return () => void sinks.delete(typed);
  };
  host = await runServe({
    dataFolder: join(folder, 'data'),
    version: '0',
    profile: 'local',
    lab: false,
    hostReason: 'test',
    missing: [],
    port: 0,
    pageFolder: join(folder, 'page'),
    window: 'never',
    print: () => undefined,
    openCore: () =>
      Promise.resolve({
        calls: sampleCalls({ 'feed.event': async () => ({ body: new Uint8Array(1_000_000) }) as never }),
        streams: sampleStreams({ 'feed.pulse': open, 'links.state': open }),
        close: () => Promise.resolve(),
        takeDownload: () => null,
      }),
  });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

async function connect(): Promise<WebSocket> {
  const socket = await openWindowSocket(host.link());
  sockets.push(socket);
  return socket;
}

test('a window that asks and never reads is cut, and memory stays bounded', async () => {
  const stuck = await connect();
  stuck.pause();
  const good = clientOf(await connect());
  const before = process.memoryUsage();
  // More answers than the sockets' buffers and the bound together can take: 256 at a time are allowed, more are E_BUSY.
  let id = 0;
  for (let round = 0; round < 40 && host.windows() > 1; round += 1) {
    for (let call = 0; call < 50; call += 1)
      stuck.send(encodeWindowMessage(['call', (id += 1), 'feed.event', { seq: 1 }]));
    expect(await good.api.call('app.hello', {})).toEqual({ ok: true, value: {} });
  }
  await vi.waitFor(() => expect(host.windows()).toBe(1), { timeout: 30_000 });
  // What is still held, not what the collector has not got round to: a fast machine makes more of that.
  await vi.waitFor(() => {
    collectGarbage();
    const held = process.memoryUsage().arrayBuffers - before.arrayBuffers;
    expect(held).toBeLessThan(LIMITS.clientQueueBytesMax + LIMITS.frameOutboundBytesMax);
  }, 20_000);
  expect(await good.api.call('app.hello', {})).toEqual({ ok: true, value: {} });
});

test('a window that subscribes and never reads costs only its credits, and is cut at the write age', async () => {
  const stuck = await connect();
  for (let id = 1; id <= 40; id += 1)
    stuck.send(encodeWindowMessage(['subscribe', id, id % 2 === 0 ? 'feed.pulse' : 'links.state', {}]));
  await vi.waitFor(() => expect(sinks.size).toBe(40));
  stuck.pause();
  const good = clientOf(await connect());
  let received = 0;
  good.api.subscribe(
    'feed.pulse',
    {},
    { onItems: (items) => void (received += items.length), onEnd: () => undefined },
  );
  await vi.waitFor(() => expect(sinks.size).toBe(41));
  const before = process.memoryUsage().arrayBuffers;
  let worst = 0;
  const item = 'x'.repeat(ITEM_BYTES);
  const deadline = performance.now() + 60_000;
  while (host.windows() > 1 && performance.now() < deadline) {
    for (const sink of sinks) sink.push(item);
    await new Promise((resolve) => setTimeout(resolve, 50));
    collectGarbage();
    worst = Math.max(worst, process.memoryUsage().arrayBuffers - before);
  }
  expect(host.windows()).toBe(1);
  expect(sinks.size).toBe(1);
  expect(worst).toBeLessThan(4 * LIMITS.clientQueueBytesMax + 32_000_000);
  expect(received).toBeGreaterThan(10);
  expect(await good.api.call('app.hello', {})).toEqual({ ok: true, value: {} });
});
