/** The serve host with a small core: who gets in, how windows come and go, how it stops. Real sockets. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { StreamHandlers, StreamSink } from '../../../shared/contract/handlers.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { createClient } from '../../../shared/rpc/client.ts';
import type { Client } from '../../../shared/rpc/client.ts';
import { RPC_PROTOCOL, WINDOW_KEY_HEADER, WINDOW_KEY_PREFIX } from '../../../shared/rpc/serve-paths.ts';
import { sampleCalls, sampleStreams } from '../../../tests/kit/sample-handlers.ts';
import type { Console } from '../../core/console.ts';
import { runServe } from './run-serve.ts';
import type { RunningHost } from './run-serve.ts';
import { socketPort } from './socket-port.ts';

let folder = '';
let host: RunningHost | null = null;
const printed: string[] = [];
const sockets: WebSocket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-serve-'));
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html>');
  printed.length = 0;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await host?.close();
  host = null;
  rmSync(folder, { recursive: true, force: true });
});

const state = { closed: 0 };
function smallCore(overrides: Partial<Console> = {}): () => Promise<Console> {
  state.closed = 0;
  return () =>
    Promise.resolve({
      calls: sampleCalls(),
      streams: sampleStreams(),
      close: () => Promise.resolve(void (state.closed += 1)),
      takeDownload: () => null,
      ...overrides,
    });
}

async function open(overrides: Partial<Console> = {}): Promise<RunningHost> {
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
    print: (line) => printed.push(line),
    openCore: smallCore(overrides),
  });
  return host;
}

function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: host?.port, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** The key of each window by its cookie. */
const windowKeys = new Map<string, string>();

/** Gives the cookie. */
async function signIn(): Promise<string> {
  const { headers, body } = await get((host?.link() ?? '').replace(/^http:\/\/[^/]*/, ''));
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  windowKeys.set(cookie, /url=\/#([\w-]+)"/.exec(body.toString())?.[1] ?? '');
  return cookie;
}

/** Opens the WebSocket; rejects with the status the door refused it with. */
function connect(headers: Record<string, string>, path = '/rpc', key = windowKeys.get(headers['Cookie'] ?? '')): Promise<WebSocket> {
  const protocols = key === undefined ? [RPC_PROTOCOL] : [RPC_PROTOCOL, WINDOW_KEY_PREFIX + key];
  const socket = new WebSocket(`ws://127.0.0.1:${host?.port}${path}`, protocols, { headers });
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => reject(new Error(`status ${response.statusCode}`)));
    socket.once('error', reject);
  });
}
const ownHeaders = (cookie: string): Record<string, string> => ({ Cookie: cookie, Origin: `http://127.0.0.1:${host?.port}` });

async function connectClient(cookie: string): Promise<Client> {
  const socket = await connect(ownHeaders(cookie));
  return createClient({
    port: socketPort(socket),
    startTimer: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
}

test('the printed link signs in, and a used one is replaced by a new line', async () => {
  await open();
  expect(printed).toHaveLength(1);
  const cookie = await signIn();
  expect((await get('/', { Cookie: cookie })).status).toBe(200);
  const key = windowKeys.get(cookie) ?? '';
  expect((await get('/session', { Cookie: cookie, [WINDOW_KEY_HEADER]: key })).status).toBe(204);
  expect((await get('/session', { Cookie: cookie })).status).toBe(401);
  expect((await get('/session', { [WINDOW_KEY_HEADER]: key })).status).toBe(401);
  expect(printed).toHaveLength(2);
  expect(printed[1]).toContain(host?.link());
});

test('a window calls and reads over the WebSocket', async () => {
  let sink: StreamSink<unknown> | null = null;
  await open({
    calls: sampleCalls({ 'feed.event': async ({ seq }) => ({ seq }) as never }),
    streams: sampleStreams({ 'feed.pulse': ((_input: unknown, opened: StreamSink<unknown>) => { sink = opened; return () => undefined; }) as unknown as StreamHandlers['feed.pulse'] }),
  });
  const client = await connectClient(await signIn());
  expect(await client.api.call('feed.event', { seq: 3 })).toEqual({ ok: true, value: { seq: 3 } });
  const items: unknown[] = [];
  client.api.subscribe('feed.pulse', {}, { onItems: (batch) => items.push(...batch), onEnd: () => undefined });
  await vi.waitFor(() => expect(sink).not.toBeNull());
  (sink as unknown as StreamSink<unknown>).push('hello');
  await vi.waitFor(() => expect(items).toEqual(['hello']));
  expect(host?.windows()).toBe(1);
});

test('who has no cookie, no origin or a foreign one, or another path, gets no socket', async () => {
  await open();
  const cookie = await signIn();
  await expect(connect({ Origin: `http://127.0.0.1:${host?.port}` })).rejects.toThrow('401');
  await expect(connect({ Cookie: cookie })).rejects.toThrow('403');
  await expect(connect({ Cookie: cookie, Origin: 'http://evil.example' })).rejects.toThrow('403');
  await expect(connect({ Cookie: cookie, Origin: 'null' })).rejects.toThrow('403');
  await expect(connect({ ...ownHeaders(cookie), Host: `evil.example:${host?.port}` })).rejects.toThrow('421');
  await expect(connect(ownHeaders(cookie), '/other')).rejects.toThrow('404');
  expect(host?.windows()).toBe(0);
  await connect(ownHeaders(cookie));
});

test('a cookie alone opens no socket: every server of this machine is sent it, and none the key of the window', async () => {
  await open();
  const cookie = await signIn();
  const own = windowKeys.get(cookie) ?? '';
  expect(own).toHaveLength(43);
  windowKeys.delete(cookie);
  await expect(connect(ownHeaders(cookie))).rejects.toThrow('401');
  const session = cookie.split('=')[1] ?? '';
  for (const wrong of ['', 'x', own.slice(1), session]) await expect(connect(ownHeaders(cookie), '/rpc', wrong)).rejects.toThrow('401');
  expect(host?.windows()).toBe(0);
  const socket = await connect(ownHeaders(cookie), '/rpc', own);
  expect(socket.protocol).toBe(RPC_PROTOCOL);
});

test('too large, garbled and text messages close that window; the next one is served', async () => {
  await open();
  const cookie = await signIn();
  for (const attack of [Buffer.alloc(LIMITS.frameInboundBytesMax + 1), Buffer.from([0xc1]), 'text', Buffer.from([0xd5, 0x72, 0x40, 0x90])]) {
    const socket = await connect(ownHeaders(cookie));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.send(attack);
    await closed;
  }
  await vi.waitFor(() => expect(host?.windows()).toBe(0));
  const client = await connectClient(cookie);
  expect(await client.api.call('app.hello', {})).toEqual({ ok: true, value: {} });
});

test('only so many windows at once', async () => {
  await open();
  const cookie = await signIn();
  for (let count = 0; count < LIMITS.serveWindowsMax; count += 1) await connect(ownHeaders(cookie));
  await expect(connect(ownHeaders(cookie))).rejects.toThrow('503');
});

test('an export is given once, to who is signed in', async () => {
  const path = join(folder, 'out.csv');
  writeFileSync(path, 'x'.repeat(300_000));
  let taken = false;
  await open({ takeDownload: (asked) => (asked === '/export/once' && !taken ? ((taken = true), { path, name: 'out "1".csv' }) : null) });
  const cookie = await signIn();
  expect((await get('/export/once')).status).toBe(401);
  const answer = await get('/export/once', { Cookie: cookie });
  expect(answer.status).toBe(200);
  expect(answer.body).toHaveLength(300_000);
  expect(answer.headers['content-disposition']).toBe('attachment; filename="out__1_.csv"');
  expect((await get('/export/once', { Cookie: cookie })).status).toBe(404);
});

test('closing ends windows and the core, once', async () => {
  await open();
  const client = await connectClient(await signIn());
  const ended: unknown[] = [];
  client.api.subscribe('feed.pulse', {}, { onItems: () => undefined, onEnd: (failure) => ended.push(failure) });
  expect(await client.api.call('app.hello', {})).toMatchObject({ ok: true });
  await Promise.all([host?.close(), host?.close()]);
  await vi.waitFor(() => expect(ended).toMatchObject([{ code: 'E_DISCONNECTED' }]));
  expect(state.closed).toBe(1);
  await expect(get('/')).rejects.toThrow('ECONNREFUSED');
});

test('when the port is taken the core is closed again', async () => {
  const first = await open();
  const core = smallCore();
  const options = { dataFolder: folder, version: '0', profile: 'p', lab: false, hostReason: '', missing: [], pageFolder: join(folder, 'page'), window: 'never' as const, print: () => undefined };
  await expect(runServe({ ...options, port: first.port, openCore: core })).rejects.toThrow(OperatingError);
  expect(state.closed).toBe(1);
});

test('a core that cannot open is the caller\'s error, and without a page nothing is opened at all', async () => {
  const options = { dataFolder: folder, version: '0', profile: 'p', lab: false, hostReason: '', missing: [], window: 'never' as const, print: () => undefined, port: 0 };
  const locked = () => Promise.reject(new OperatingError('E_STORE_LOCKED', 'held'));
  await expect(runServe({ ...options, pageFolder: join(folder, 'page'), openCore: locked })).rejects.toThrow('held');
  let opened = false;
  await expect(runServe({ ...options, pageFolder: folder, openCore: () => ((opened = true), locked()) })).rejects.toThrow('no page');
  expect(opened).toBe(false);
});
