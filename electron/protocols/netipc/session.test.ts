import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { addon } from '../../../tests/kit/netipc-raw.ts';
import { testPlace } from '../../../tests/kit/test-place.ts';
import { wireCode } from '../../../tests/kit/wire-code.ts';
import { NetipcClient, type ClientOptions } from './client.ts';
import { METHOD } from './envelope.ts';
import { PROFILE } from './handshake.ts';
import { HandlerRefusal, NetipcServer, type ServerOptions } from './server.ts';
import { decodeIncrement, encodeIncrement } from './simple-methods.ts';

const place = testPlace('sb-netipc-');

const plusOne = (payload: Uint8Array): Uint8Array =>
  encodeIncrement(BigInt.asUintN(64, decodeIncrement(payload) + 1n));

function server(change: Partial<ServerOptions> = {}): NetipcServer {
  return place.keep(
    new NetipcServer({
      native: addon(),
      runFolder: place.folder,
      service: 'inc',
      method: METHOD.INCREMENT,
      handler: plusOne,
      authToken: 5n,
      ownerGeneration: 7,
      onHandlerBug: () => undefined,
      ...change,
    }),
  );
}

function client(change: Partial<ClientOptions> = {}): NetipcClient {
  return place.keep(
    new NetipcClient({
      native: addon(),
      runFolder: place.folder,
      service: 'inc',
      method: METHOD.INCREMENT,
      authToken: 5n,
      ...change,
    }),
  );
}

async function increment(caller: NetipcClient, value: bigint, timeoutMs = 5_000): Promise<bigint> {
  return decodeIncrement(await caller.call(encodeIncrement(value), { timeoutMs }));
}
const SOCKET_ONLY = { supportedProfiles: PROFILE.BASELINE, preferredProfiles: 0 };

describe.skipIf(process.platform !== 'linux').each([
  ['socket', SOCKET_ONLY],
  ['shared-memory', {}],
] as const)('netipc over %s', (transport, profiles) => {
  it('answers calls in order and says how it is connected', async () => {
    server();
    const caller = client(profiles);
    expect(await wireCode(caller.call(encodeIncrement(1n)))).toBe('NOT_READY');
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
    const short = [encodeIncrement(1n), new Uint8Array(7)];
    expect(await wireCode(caller.callBatch(short, { isRetried: false }))).toBe('BAD_LAYOUT');
  });

  it('survives a provider that restarts, and finds it gone', async () => {
    const first = server();
    const caller = client(profiles);
    await caller.refresh();
    expect(await increment(caller, 1n)).toBe(2n);
    first.close();
    const second = server();
    expect(await increment(caller, 2n)).toBe(3n);
    expect(caller.status().reconnectCount).toBe(1);
    second.close();
    await expect(increment(caller, 3n)).rejects.toThrow();
    await caller.refresh();
    expect(caller.status().state).toBe('NOT_FOUND');
  });

  it('notices between two calls that the provider restarted, and the next call finds the new one', async () => {
    const first = server();
    const caller = client(profiles);
    await caller.refresh();
    first.close();
    await expect.poll(() => caller.status().state).toBe('BROKEN');
    const second = server();
    expect(await wireCode(caller.call(encodeIncrement(1n), { isRetried: false }))).toBe('NOT_READY');
    expect(await Promise.all([increment(caller, 2n), increment(caller, 3n)])).toEqual([3n, 4n]);
    expect(caller.status()).toMatchObject({ state: 'READY', errorCount: 1 });
    second.close();
    await expect.poll(() => caller.status().state).toBe('BROKEN');
    expect(await wireCode(caller.call(encodeIncrement(4n)))).toBe('NOT_READY');
    expect(caller.status().state).toBe('NOT_FOUND');
  });

  it('ends calls when the provider dies, times out, or is aborted', async () => {
    const stuck = server({ handler: () => new Promise<Uint8Array>(() => undefined) });
    const caller = client(profiles);
    await caller.refresh();
    expect(await wireCode(caller.call(encodeIncrement(1n), { timeoutMs: 50 }))).toBe('TIMEOUT');
    expect(caller.status().state).toBe('BROKEN');
    await caller.refresh();
    const aborted = wireCode(caller.call(encodeIncrement(1n)));
    setTimeout(() => caller.abort(), 20);
    expect(await aborted).toBe('ABORTED');
    caller.clearAbort();
    await caller.refresh();
    const orphaned = wireCode(caller.call(encodeIncrement(1n), { isRetried: false }));
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
    expect(readdirSync(place.folder)).toEqual(['inc.sock']);
    provider.close();
    expect(readdirSync(place.folder)).toEqual([]);
  });

  it('refuses a wrong token and a full house, each in its own way', async () => {
    server({ sessionsMax: 1 });
    const stranger = client({ ...profiles, authToken: 6n });
    await stranger.refresh();
    expect(stranger.status().state).toBe('AUTH_FAILED');
    expect(await wireCode(stranger.call(encodeIncrement(1n)))).toBe('NOT_READY');
    expect(stranger.status().reason).toBe('AUTH_FAILED: the server refused the token');
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
    expect(await wireCode(caller.call(encodeIncrement(1n), { isRetried: false }))).toBe('BAD_LAYOUT');
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
      wireCode(greedy.call(encodeIncrement(1n), { isRetried: false })),
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
    put(join(place.folder, 'inc.sock'));
    expect(() => server()).toThrow(new RegExp(`ADDR_IN_USE.*is ${what}, not a socket`));
    expect(readdirSync(place.folder)).toEqual(['inc.sock']);
  });

  it('clears a socket of ours that nobody listens on any more', async () => {
    const native = addon();
    native.seqpacketClose(native.seqpacketListen(join(place.folder, 'inc.sock'), 1));
    expect(readdirSync(place.folder)).toEqual(['inc.sock']);
    server();
    const caller = client();
    await caller.refresh();
    expect(await increment(caller, 1n)).toBe(2n);
  });

  it('leaves a socket alone that belongs to somebody else, or answers in another way', async ({ skip }) => {
    const path = join(place.folder, 'inc.sock');
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
    expect(readdirSync(place.folder)).toEqual(['inc.sock']);
  });

  it('removes at its end only what is its own', () => {
    const path = join(place.folder, 'inc.sock');
    const first = server();
    unlinkSync(path);
    server();
    first.close();
    expect(readdirSync(place.folder)).toEqual(['inc.sock']);
  });

  it('removes regions of dead owners and keeps the rest', () => {
    writeFileSync(join(place.folder, 'inc-0000000000000009.ipcshm'), new Uint8Array(10));
    writeFileSync(join(place.folder, 'other-0000000000000009.ipcshm'), new Uint8Array(10));
    server();
    expect(readdirSync(place.folder).toSorted()).toEqual(['inc.sock', 'other-0000000000000009.ipcshm']);
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
