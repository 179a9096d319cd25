import { once } from 'node:events';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNative, type NativeAddon } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { NetipcClient, type ClientOptions } from './client.ts';
import { METHOD } from './envelope.ts';
import { NetipcCodecError } from './errors.ts';
import { PROFILE } from './handshake.ts';
import { HandlerRefusal, NetipcServer, type ServerOptions } from './server.ts';
import { decodeIncrement, encodeIncrement } from './simple-methods.ts';

const loaded = loadNative();
function addon(): NativeAddon {
  if (loaded.native === null) throw new Error(loaded.reason);
  return loaded.native;
}

let folder = '';
const open: { close(): void }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sb-netipc-'));
});
afterEach(() => {
  for (const thing of open.splice(0).reverse()) thing.close();
  rmSync(folder, { recursive: true, force: true });
});

const plusOne = (payload: Uint8Array): Uint8Array =>
  encodeIncrement(BigInt.asUintN(64, decodeIncrement(payload) + 1n));

function server(change: Partial<ServerOptions> = {}): NetipcServer {
  const made = new NetipcServer({
    native: addon(),
    runFolder: folder,
    service: 'inc',
    method: METHOD.INCREMENT,
    handler: plusOne,
    authToken: 5n,
    ownerGeneration: 7,
    onHandlerBug: () => undefined,
    ...change,
  });
  open.push(made);
  return made;
}

function client(change: Partial<ClientOptions> = {}): NetipcClient {
  const made = new NetipcClient({
    native: addon(),
    runFolder: folder,
    service: 'inc',
    method: METHOD.INCREMENT,
    authToken: 5n,
    ...change,
  });
  open.push(made);
  return made;
}

async function increment(caller: NetipcClient, value: bigint, timeoutMs = 5_000): Promise<bigint> {
  return decodeIncrement(await caller.call(encodeIncrement(value), { timeoutMs }));
}
async function wireOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'OK';
  } catch (error) {
    if (error instanceof NetipcCodecError) return error.wire;
    throw error;
  }
}
const SOCKET_ONLY = { supportedProfiles: PROFILE.BASELINE, preferredProfiles: 0 };

describe.skipIf(process.platform !== 'linux').each([
  ['socket', SOCKET_ONLY],
  ['shared-memory', {}],
] as const)('netipc over %s', (transport, profiles) => {
  it('answers calls in order and says how it is connected', async () => {
    server();
    const caller = client(profiles);
    expect(await wireOf(caller.call(encodeIncrement(1n)))).toBe('NOT_READY');
    expect(await caller.refresh()).toBe(true);
    expect(caller.status()).toMatchObject({ state: 'READY', transport, connectCount: 1 });
    for (let value = 0n; value < 200n; value += 1n) expect(await increment(caller, value)).toBe(value + 1n);
    expect(await increment(caller, 0xffff_ffff_ffff_ffffn)).toBe(0n);
    expect(caller.status().callCount).toBe(201);
  });

  it('keeps a hundred calls in flight', async () => {
    server();
    const caller = client(profiles);
    await caller.refresh();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => increment(caller, BigInt(index))),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, index) => BigInt(index) + 1n));
    expect(caller.status()).toMatchObject({ reconnectCount: 0, callCount: 100 });
  });

  it('sends many items in one message and learns to send more', async () => {
    server({ requestPayloadBytesMax: 65_536, responsePayloadBytesMax: 65_536 });
    const caller = client(profiles);
    await caller.refresh();
    const ask = async (count: number): Promise<bigint[]> => {
      const items = Array.from({ length: count }, (_, index) => encodeIncrement(BigInt(index)));
      return (await caller.callBatch(items)).map(decodeIncrement);
    };
    for (const count of [0, 1, 2, 3, 500, 7])
      expect(await ask(count)).toEqual(Array.from({ length: count }, (_, index) => BigInt(index) + 1n));
    // From 1 item to 2, to 3 and to 500: the limit is learned, and learned once.
    expect(caller.status()).toMatchObject({ reconnectCount: 3, errorCount: 0 });
    // The refusal carries the flag and the count of the batch and no items, as the C server's does (section 11.2): no batch at all.
    const short = [encodeIncrement(1n), new Uint8Array(7)];
    expect(await wireOf(caller.callBatch(short, { isRetried: false }))).toBe('TRUNCATED');
  });

  it('survives a provider that restarts, and finds it gone', async () => {
    const first = server();
    const caller = client(profiles);
    await caller.refresh();
    expect(await increment(caller, 1n)).toBe(2n);
    first.close();
    server();
    expect(await increment(caller, 2n)).toBe(3n);
    expect(caller.status().reconnectCount).toBe(1);
    open.pop();
    for (const thing of open) if (thing instanceof NetipcServer) thing.close();
  });

  it('ends calls when the provider dies, times out, or is aborted', async () => {
    const stuck = server({ handler: () => new Promise<Uint8Array>(() => undefined) });
    const caller = client(profiles);
    await caller.refresh();
    expect(await wireOf(caller.call(encodeIncrement(1n), { timeoutMs: 50 }))).toBe('TIMEOUT');
    expect(caller.status().state).toBe('BROKEN');
    await caller.refresh();
    const aborted = wireOf(caller.call(encodeIncrement(1n)));
    setTimeout(() => caller.abort(), 20);
    expect(await aborted).toBe('ABORTED');
    caller.clearAbort();
    await caller.refresh();
    const orphaned = wireOf(caller.call(encodeIncrement(1n), { isRetried: false }));
    setTimeout(() => stuck.close(), 20);
    expect(await orphaned).toBe('TRUNCATED');
  });

  it('leaves no region and no socket behind', async () => {
    const provider = server();
    const caller = client(profiles);
    await caller.refresh();
    await increment(caller, 1n);
    caller.close();
    await expect.poll(() => provider.sessionCount).toBe(0);
    expect(readdirSync(folder)).toEqual(['inc.sock']);
    provider.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a wrong token and a full house, each in its own way', async () => {
    server({ sessionsMax: 1 });
    const stranger = client({ ...profiles, authToken: 6n });
    await stranger.refresh();
    expect(stranger.status().state).toBe('AUTH_FAILED');
    expect(await wireOf(stranger.call(encodeIncrement(1n)))).toBe('NOT_READY');
    expect(stranger.status().reason).toBe('AUTH_FAILED: the server refused with status 2');
    const first = client(profiles);
    await first.refresh();
    const second = client(profiles);
    await second.refresh();
    expect(second.status().state).toBe('DISCONNECTED');
    first.close();
    await expect.poll(async () => (await second.refresh(), second.status().state)).toBe('READY');
    expect(await increment(second, 1n)).toBe(2n);
  });

  it('tells a refusal from a broken request', async () => {
    let refuse = true;
    server({
      handler: (payload) => {
        if (refuse) throw new HandlerRefusal('not now');
        return plusOne(payload);
      },
    });
    const caller = client(profiles);
    await caller.refresh();
    expect(await wireOf(caller.call(encodeIncrement(1n), { isRetried: false }))).toBe('BAD_LAYOUT');
    refuse = false;
    await caller.refresh();
    expect(await increment(caller, 1n)).toBe(2n);
  });

  it('grows both limits until a large answer fits', async () => {
    const large = new Uint8Array(300_000).fill(7);
    server({ handler: () => large });
    const caller = client(profiles);
    await caller.refresh();
    const answer = await caller.call(encodeIncrement(1n));
    expect(answer.length).toBe(large.length);
    expect(caller.status().reconnectCount).toBe(1);
  });
});

describe.skipIf(process.platform !== 'linux')('netipc asking ahead', () => {
  it('is cut off where a slow handler cannot follow, and others are served', async () => {
    server({ handler: () => new Promise<Uint8Array>(() => undefined), sessionsMax: 2 });
    const greedy = client(SOCKET_ONLY);
    await greedy.refresh();
    const calls = Array.from({ length: LIMITS.netipcQueuedRequestsMax + 2 }, () =>
      wireOf(greedy.call(encodeIncrement(1n), { isRetried: false })),
    );
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['TRUNCATED']));
    expect(greedy.status().state).toBe('BROKEN');
    const other = client(SOCKET_ONLY);
    await other.refresh();
    expect(other.isReady).toBe(true);
  });
});

describe.skipIf(process.platform !== 'linux')('netipc endpoint names', () => {
  it('never takes a living server’s place', () => {
    server();
    expect(() => server()).toThrow(/ADDR_IN_USE/);
  });

  it.each([
    ['a regular file', (path: string) => writeFileSync(path, 'x')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a symbolic link', (path: string) => symlinkSync('/nowhere', path)],
  ])('refuses %s that stands at its name, and leaves it there', (what, put) => {
    put(join(folder, 'inc.sock'));
    expect(() => server()).toThrow(new RegExp(`ADDR_IN_USE.*is ${what}, not a socket`));
    expect(readdirSync(folder)).toEqual(['inc.sock']);
  });

  it('clears a socket of ours that nobody listens on any more', async () => {
    const native = addon();
    native.seqpacketClose(native.seqpacketListen(join(folder, 'inc.sock'), 1));
    expect(readdirSync(folder)).toEqual(['inc.sock']);
    server();
    const caller = client();
    await caller.refresh();
    expect(await increment(caller, 1n)).toBe(2n);
  });

  it('leaves a socket alone that belongs to somebody else, or answers in another way', async ({ skip }) => {
    const path = join(folder, 'inc.sock');
    const stream = createServer().listen(path);
    await once(stream, 'listening');
    expect(() => server()).toThrow(/ADDR_IN_USE.*EPROTOTYPE/);
    stream.close();
    await once(stream, 'close');
    skip(process.getuid?.() !== 0, 'only root can give a file away');
    const native = addon();
    native.seqpacketClose(native.seqpacketListen(path, 1));
    chownSync(path, 12_345, 12_345);
    expect(() => server()).toThrow(/ADDR_IN_USE.*belongs to user 12345/);
    expect(readdirSync(folder)).toEqual(['inc.sock']);
  });

  it('removes at its end only what is its own', () => {
    const path = join(folder, 'inc.sock');
    const first = server();
    unlinkSync(path);
    server();
    first.close();
    expect(readdirSync(folder)).toEqual(['inc.sock']);
  });

  it('removes regions of dead owners and keeps the rest', () => {
    writeFileSync(join(folder, 'inc-0000000000000009.ipcshm'), new Uint8Array(10));
    writeFileSync(join(folder, 'other-0000000000000009.ipcshm'), new Uint8Array(10));
    server();
    expect(readdirSync(folder).toSorted()).toEqual(['inc.sock', 'other-0000000000000009.ipcshm']);
  });
});

describe.skipIf(process.platform !== 'linux')('netipc hostile peers', () => {
  it('serves a good client while others are silent, send rubbish or half a message', async () => {
    const native = addon();
    const provider = server();
    const rude = Array.from({ length: 20 }, () => native.seqpacketConnect(provider.path));
    for (const [index, socket] of rude.entries()) {
      if (index % 3 === 1)
        native.seqpacketSend(
          socket,
          Uint8Array.from({ length: 76 }, (_, at) => (at * 37 + index) % 256),
        );
      if (index % 3 === 2) native.seqpacketSend(socket, new Uint8Array(200));
    }
    const caller = client();
    await caller.refresh();
    expect(await increment(caller, 1n)).toBe(2n);
    for (const socket of rude) native.seqpacketClose(socket);
  });
});
