// Hostile bytes at every GSE door; after each a well-behaved peer is served (docs/protocols/gse.md sections
// 5.9 and 10, docs/THREATS.md E1 to E4).
import { connect, type Socket } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCallbackServer, type CallbackServer } from '../../electron/protocols/gse/callback-server.ts';
import { encodeUplink } from '../../electron/protocols/gse/dispatch-messages.ts';
import { encodeFrame } from '../../electron/protocols/gse/frames.ts';
import { MessageClient } from '../../electron/protocols/gse/message-client.ts';
import { encodeDownlink } from '../../electron/protocols/gse/socket-messages.ts';
import { FakeAgent } from '../../electron/lab/gse/fake-agent.ts';
import { SYSTEM_CLOCK as clock } from '../../electron/net/system-clock.ts';
import { RawAgent, until } from '../kit/raw-agent.ts';
import { RawConnection } from '../kit/raw-http-client.ts';

const WAIT_MS = 60_000;
const HEAP_GROWTH_BYTES_MAX = 64 * 1024 * 1024;
const VECTORS = join(dirname(fileURLToPath(import.meta.url)), '../vectors/gse/agent_malformed.json');
const vectors = v.parse(
  v.looseObject({ cases: v.array(v.looseObject({ id: v.string(), mode: v.string(), hex: v.string() })) }),
  JSON.parse(await readFile(VECTORS, 'utf8')),
);
let cleanups: (() => Promise<unknown>)[] = [];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-hostile-'));
  cleanups = [() => rm(folder, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const clean of cleanups.toReversed()) await clean();
});

/** The malformed frames of the vectors, and floods no vector holds. */
function attacks(mode: string): { id: string; bytes: Buffer }[] {
  const known = vectors.cases
    .filter((found) => found.mode === mode)
    .map(({ id, hex }) => ({ id, bytes: Buffer.from(hex, 'hex') }));
  const empty = encodeFrame({ type: 0x9008, sequence: 0n, info: Buffer.alloc(0) });
  const claim = Buffer.from(empty);
  claim.writeUInt32BE(10 * 1024 * 1024, 16);
  return [
    ...known,
    { id: '100 000 empty frames', bytes: Buffer.concat(Array.from({ length: 100_000 }, () => empty)) },
    { id: 'a claim of 10 MiB, then silence', bytes: claim },
    { id: 'a megabyte of magic', bytes: Buffer.alloc(1024 * 1024, Buffer.from('deadbeef', 'hex')) },
  ];
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once('error', reject);
  });
}

describe('hostile bytes', () => {
  it('of an agent never hurt the plugin: the next good frame is served', async () => {
    const agent = await RawAgent.start();
    cleanups.push(() => agent.close());
    const received = new Set<string>();
    const client = new MessageClient({
      address: { path: agent.path },
      pluginName: 'p',
      pluginVersion: 'v',
      clock,
      // The original's rule: otherwise sixty lost connections in a row wait for the back-off.
      rules: { sdkExact: true, reconnectMs: 10 },
      onMessage: ({ messageId }) => void received.add(messageId),
    });
    await client.launch({ timeoutMs: WAIT_MS });
    cleanups.push(() => client.terminate());
    for (const { id, bytes } of attacks('message')) {
      const number = agent.connections.length;
      const used = await agent.connection(number);
      await used.write(bytes);
      used.socket.end();
      await until(() => used.closedAtMs !== null, WAIT_MS, `the end after ${id}`);
      const next = await agent.connection(number + 1);
      await next.write(encodeDownlink(`after ${id}`, Buffer.alloc(1), 1n));
      await until(() => received.has(`after ${id}`), WAIT_MS, `a message after ${id}`);
    }
  });

  it('of plugins never hurt the lab agent: a good plugin is served meanwhile and afterwards', async () => {
    const path = join(folder, 'agent');
    const uplinks: string[] = [];
    const agent = new FakeAgent({
      info: { agentId: 'a', version: 'v', cloudId: 0n, runMode: 1n, statusCode: 2n, status: '' },
      ip: '127.0.0.1',
      messageAddress: { path },
      reportAddress: { path: `${path}.report` },
      onUplink: ({ messageId }) => void uplinks.push(messageId),
    });
    await agent.open();
    cleanups.push(() => agent.close());
    const client = new MessageClient({
      address: { path },
      pluginName: 'p',
      pluginVersion: 'v',
      clock,
      onMessage: () => undefined,
    });
    await client.launch({ timeoutMs: WAIT_MS });
    cleanups.push(() => client.terminate());
    await until(() => agent.isConnected('p'), WAIT_MS, 'the registration');
    for (const mode of ['message', 'report']) {
      for (const { id, bytes } of attacks(mode)) {
        const socket = await open(mode === 'message' ? path : `${path}.report`);
        socket.on('error', () => undefined);
        socket.write(bytes);
        await client.sendMessage(`during ${id}`, Buffer.alloc(1));
        await until(() => uplinks.includes(`during ${id}`), WAIT_MS, `an uplink during ${id}`);
        socket.destroy();
      }
    }
    expect(agent.isConnected('p')).toBe(true);
  });

  it('at the callback door are refused with a reason, and a good callback is taken after each', async () => {
    const taken: string[] = [];
    const codes: string[] = [];
    const server = await openCallbackServer({
      host: '127.0.0.1',
      port: 0,
      path: '/cb',
      clock,
      accept: ({ messageId }) => Promise.resolve(void taken.push(messageId)),
      refuse: ({ failure }) => Promise.resolve(void codes.push(failure.code)),
    });
    cleanups.push(() => server.close());
    const bombs: readonly (readonly [body: string, code: string])[] = [
      ['['.repeat(1_000_000), 'E_JSON_DEPTH'],
      [`{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":0`).join(',')}}`, 'E_JSON_NODES'],
      ['{"content":1e999}', 'E_JSON'],
      ['\ufeff{}', 'E_JSON'],
      ['{"message_id":{"$ne":null}}', 'E_JSON'],
    ];
    const heapBefore = process.memoryUsage().heapUsed;
    for (const [index, [body, code]] of bombs.entries()) {
      expect(await post(server, Buffer.from(body))).toBe(400);
      expect(codes.at(-1)).toBe(code);
      expect(await post(server, encodeUplink(`good ${index}`, 'a', Buffer.from([0xff])))).toBe(200);
      expect(taken.at(-1)).toBe(`good ${index}`);
    }
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
  });
});

async function post(server: CallbackServer, body: Buffer): Promise<number | undefined> {
  const connection = await RawConnection.open(server.port);
  try {
    const head = `POST /cb HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: ${body.length}\r\n\r\n`;
    await connection.send(Buffer.concat([Buffer.from(head), body]));
    return (await connection.answer(WAIT_MS))?.status;
  } finally {
    connection.destroy();
  }
}
