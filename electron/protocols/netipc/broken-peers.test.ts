/** Servers that break the rules against our client, and clients that do against our server. Real sockets; the broken side is played by hand. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { addon } from '../../../tests/kit/netipc-raw.ts';
import { testPlace } from '../../../tests/kit/test-place.ts';
import { wireCode } from '../../../tests/kit/wire-code.ts';
import { encodeBatch } from './batch.ts';
import { CGROUP_LOOKUP_STATUS, bareCgroupItem, decodeCgroupLookupRequest } from './cgroups-lookup.ts';
import { encodeSnapshot, encodeSnapshotRequest } from './cgroups-snapshot.ts';
import { NetipcClient, type ClientOptions } from './client.ts';
import { CONTROL, KIND, METHOD, decodeHeader, encodeMessage } from './envelope.ts';
import { PROFILE, decodeHello, helloAckPacket, helloPacket, type HelloAck } from './handshake.ts';
import { fitCgroupLookup } from './lookup-budget.ts';
import { lookupApps, lookupCgroups } from './lookup-client.ts';
import { createRegion } from './region-files.ts';
import { NetipcServer } from './server.ts';
import { SnapshotCache } from './snapshot-cache.ts';

const place = testPlace('sb-broken-');

interface Script {
  /** What stands in the ACK instead of what was agreed; null = never answer. */
  readonly ack: Partial<HelloAck> | null;
  answer?(request: Uint8Array): Uint8Array;
  readonly leavesAfterAck?: boolean;
}

/** A server that says what it is told to. `connections` counts clients, `ended` those that left. */
function scriptedServer(script: Script): { connections: number; ended: number } {
  const native = addon();
  const counts = { connections: 0, ended: 0 };
  const listener = native.seqpacketListen(join(place.folder, 'svc.sock'), 16);
  place.keep({ close: () => native.seqpacketClose(listener) });
  native.seqpacketWatchConnections(listener, (socket) => {
    if (typeof socket === 'number') return;
    counts.connections += 1;
    place.keep({ close: () => native.seqpacketClose(socket) });
    const into = new Uint8Array(4_096);
    native.seqpacketWatchPackets(socket, into, (length) => {
      const packet = into.slice(0, Math.max(0, length));
      if (length <= 0) {
        counts.ended += 1;
        native.seqpacketClose(socket);
      } else if (decodeHeader(packet).code === CONTROL.HELLO && decodeHeader(packet).kind === KIND.CONTROL) {
        if (script.ack !== null) native.seqpacketSend(socket, ackTo(packet, script.ack));
        if (script.leavesAfterAck === true) native.seqpacketClose(socket);
      } else if (script.answer !== undefined) native.seqpacketSend(socket, script.answer(packet));
    });
  });
  return counts;
}

function ackTo(packet: Uint8Array, change: Partial<HelloAck>): Uint8Array {
  const hello = decodeHello(packet.subarray(32));
  return helloAckPacket({
    serverSupportedProfiles: 1,
    intersectionProfiles: 1,
    selectedProfile: 1,
    requestPayloadBytesMax: hello.requestPayloadBytesMax,
    requestItemsMax: 1,
    responsePayloadBytesMax: 65_536,
    responseItemsMax: 1,
    packetBytes: hello.packetBytes,
    reserved: 0,
    sessionId: 1n,
    ...change,
  });
}

function answerTo(request: Uint8Array, payload: Uint8Array, transportStatus = 0): Uint8Array {
  const { code, messageId } = decodeHeader(request);
  return encodeMessage(
    { kind: KIND.RESPONSE, flags: 0, code, transportStatus, itemCount: 1, messageId },
    payload,
  );
}

function client(change: Partial<ClientOptions> = {}): NetipcClient {
  return place.keep(
    new NetipcClient({
      native: addon(),
      runFolder: place.folder,
      service: 'svc',
      method: METHOD.CGROUPS_SNAPSHOT,
      authToken: 0n,
      supportedProfiles: PROFILE.BASELINE,
      ...change,
    }),
  );
}

describe.skipIf(process.platform !== 'linux')('a client of a broken server', () => {
  it('sets no memory aside for packets larger than it proposed', async () => {
    scriptedServer({ ack: { packetBytes: 0xffff_ffff } });
    const caller = client();
    await caller.refresh();
    expect(caller.status()).toMatchObject({
      state: 'DISCONNECTED',
      reason: expect.stringMatching(/^PROTOCOL/),
    });
  });

  it('sets no memory aside for answers that the shared memory has no room for', async () => {
    const region = createRegion(addon(), {
      runFolder: place.folder,
      service: 'svc',
      sessionId: 1n,
      requestBytes: 1_024,
      responseBytes: 4_096,
      ownerGeneration: 1,
    });
    place.keep({ close: () => addon().regionClose(region) });
    const shared = PROFILE.SHM_HYBRID;
    const profiles = { serverSupportedProfiles: 3, intersectionProfiles: 3, selectedProfile: shared };
    scriptedServer({ ack: { ...profiles, responsePayloadBytesMax: 0xffff_ffff } });
    const caller = client({ supportedProfiles: 3, preferredProfiles: shared });
    const before = process.memoryUsage().arrayBuffers;
    await caller.refresh();
    expect(caller.status()).toMatchObject({ state: 'READY', transport: 'shared-memory' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(LIMITS.netipcResponseBytesMax / 2);
  });

  it('refuses more items than were agreed, in shared memory as over the socket', async () => {
    const native = addon();
    const region = createRegion(native, {
      runFolder: place.folder,
      service: 'svc',
      sessionId: 1n,
      requestBytes: 1_056,
      responseBytes: 65_568,
      ownerGeneration: 1,
    });
    place.keep({ close: () => native.regionClose(region) });
    const into = new Uint8Array(4_096);
    native.regionWatch(region, into, (length) => {
      const { code, messageId } = decodeHeader(into.subarray(0, length));
      const kind = KIND.RESPONSE;
      const header = { kind, flags: 0, code, transportStatus: 0, itemCount: 2, messageId };
      native.regionSend(region, encodeMessage(header, new Uint8Array(8)));
    });
    const shared = PROFILE.SHM_HYBRID;
    scriptedServer({ ack: { serverSupportedProfiles: 3, intersectionProfiles: 3, selectedProfile: shared } });
    const caller = client({ supportedProfiles: 3, preferredProfiles: shared });
    await caller.refresh();
    expect(caller.status().transport).toBe('shared-memory');
    expect(await wireCode(caller.call(encodeSnapshotRequest(), { isRetried: false }))).toBe('OVERFLOW');
  });

  it('refuses an answer beyond its own limit, whatever the server claims', async () => {
    const claim = LIMITS.netipcResponseBytesMax + 1;
    scriptedServer({
      ack: { responsePayloadBytesMax: 0xffff_ffff },
      answer: (request) => {
        const packet = answerTo(request, new Uint8Array(8));
        new DataView(packet.buffer).setUint32(16, claim, true);
        return packet;
      },
    });
    const caller = client();
    await caller.refresh();
    expect(await wireCode(caller.call(encodeSnapshotRequest()))).toBe('OVERFLOW');
  });

  it.each([
    [1, 'BAD_LAYOUT: the provider could not read the request'],
    [2, 'BAD_LAYOUT: the provider answered status 2'],
    [4, 'BAD_LAYOUT: the provider serves another method'],
    [6, 'BAD_LAYOUT: the provider failed to answer'],
    [65_535, 'BAD_LAYOUT: the provider answered status 65535'],
  ])('says what status %d means', async (status, words) => {
    scriptedServer({ ack: {}, answer: (request) => answerTo(request, new Uint8Array(0), status) });
    const caller = client();
    await caller.refresh();
    await expect(caller.call(encodeSnapshotRequest(), { isRetried: false })).rejects.toThrow(words);
  });

  it('leaves no connection behind when it is closed while it connects', async () => {
    const counts = scriptedServer({ ack: null });
    const caller = client();
    const refreshed = caller.refresh();
    await expect.poll(() => counts.connections).toBe(1);
    caller.close();
    await refreshed;
    expect(caller.status().state).toBe('DISCONNECTED');
    await expect.poll(() => counts.ended).toBe(1);
  });

  it('does not come back after close() because a call was about to be tried again', async () => {
    const counts = scriptedServer({ ack: {}, answer: (request) => answerTo(request, new Uint8Array(0), 6) });
    const caller = client();
    await caller.refresh();
    const call = wireCode(caller.call(encodeSnapshotRequest()));
    await expect.poll(() => counts.ended).toBe(1); // the first attempt failed; the second waits a moment
    caller.close();
    expect(await call).toBe('BAD_LAYOUT');
    expect(counts.connections).toBe(1);
    expect(caller.status().state).toBe('DISCONNECTED');
  });

  it('tries a malformed answer once more on a new connection, and keeps the connection when one item is bad', async () => {
    let payload = encodeSnapshot({ generation: 1n, systemdEnabled: 1 }, []);
    payload[0] = 9;
    const counts = scriptedServer({ ack: {}, answer: (request) => answerTo(request, payload) });
    const caller = client();
    const cache = new SnapshotCache(caller, { wallMs: () => 0, monotonicMs: () => 0 }, 2);
    expect(await cache.refresh()).toBe(false);
    expect(counts.connections).toBe(2);
    expect(caller.status()).toMatchObject({ state: 'BROKEN', errorCount: 1, reconnectCount: 1 });
    const name = new TextEncoder().encode('web');
    payload = encodeSnapshot({ generation: 2n, systemdEnabled: 1 }, [
      { hash: 1, options: 0, enabled: 1, name, path: name },
    ]);
    payload[24 + 8] = 9; // layout version of the item
    expect(await cache.refresh()).toBe(false);
    expect(caller.status().state).toBe('READY');
    payload[24 + 8] = 1;
    expect(await cache.refresh()).toBe(true);
    expect(counts.connections).toBe(3);
  });

  it.each([
    ['socket', 1],
    ['shared-memory', 3],
  ])(
    'fails every call once when the deadlines of many pass together over %s',
    async (transport, profiles) => {
      const unhandled: unknown[] = [];
      const note = (error: unknown): number => unhandled.push(error);
      process.on('unhandledRejection', note);
      try {
        place.keep(
          new NetipcServer({
            native: addon(),
            runFolder: place.folder,
            service: 'svc',
            method: METHOD.CGROUPS_SNAPSHOT,
            handler: () => new Promise<Uint8Array>(() => undefined),
            authToken: 0n,
            ownerGeneration: 1,
            onHandlerBug: () => undefined,
          }),
        );
        const caller = client({ supportedProfiles: profiles, preferredProfiles: profiles });
        await caller.refresh();
        expect(caller.status().transport).toBe(transport);
        const calls = Array.from({ length: 4 }, () =>
          wireCode(caller.call(encodeSnapshotRequest(), { timeoutMs: 50 })),
        );
        expect(await Promise.all(calls)).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
        // What nobody awaits is reported when the turn has ended.
        await new Promise((resolve) => setImmediate(resolve));
        expect(caller.status()).toMatchObject({ state: 'BROKEN', errorCount: 4, reconnectCount: 0 });
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', note);
      }
    },
  );

  it('gives up at its deadline when the server that came back says nothing', async () => {
    const script: { ack: Script['ack']; answer: (request: Uint8Array) => Uint8Array } = {
      ack: {},
      answer: (request) => {
        script.ack = null;
        return answerTo(request, new Uint8Array(0), 6);
      },
    };
    const counts = scriptedServer(script);
    const caller = client();
    await caller.refresh();
    expect(await wireCode(caller.call(encodeSnapshotRequest(), { timeoutMs: 500 }))).toBe('BAD_LAYOUT');
    expect(counts.connections).toBe(2);
  });

  it('does not wait for the shared memory of a server that has left', async () => {
    const shared = PROFILE.SHM_HYBRID;
    const counts = scriptedServer({
      ack: { serverSupportedProfiles: 3, intersectionProfiles: 3, selectedProfile: shared },
      leavesAfterAck: true,
    });
    const caller = client({ supportedProfiles: 3, preferredProfiles: shared });
    await caller.refresh();
    expect(caller.status()).toMatchObject({
      state: 'DISCONNECTED',
      reason: expect.stringMatching(/^RECV: the peer closed/),
    });
    expect(counts.connections).toBe(1);
  });

  it('does not ask for ever again when an answer breaks the limit that was agreed', async () => {
    const counts = scriptedServer({
      ack: {},
      answer: (request) => answerTo(request, new Uint8Array(65_537)),
    });
    const caller = client({ packetBytes: 131_072 });
    await caller.refresh();
    expect(await wireCode(caller.call(encodeSnapshotRequest()))).toBe('OVERFLOW');
    expect(counts.connections).toBe(2);
    expect(caller.status()).toMatchObject({ state: 'BROKEN', errorCount: 1, reconnectCount: 1 });
  });

  it('answers no look-up while it is not connected, not even one it could answer alone', async () => {
    const long = new Uint8Array(70_000).fill(97);
    expect(await wireCode(lookupCgroups(client(), [long], 1_000))).toBe('NOT_READY');
    expect(await wireCode(lookupApps(client(), [1], 1_000))).toBe('NOT_READY');
  });
});

describe.skipIf(process.platform !== 'linux')('a server of broken clients', () => {
  it('ends a session whose requests pile up behind a slow handler, and serves the others', async () => {
    const native = addon();
    const waiting: (() => void)[] = [];
    let isSlow = true;
    const server = new NetipcServer({
      native,
      runFolder: place.folder,
      service: 'svc',
      method: METHOD.CGROUPS_SNAPSHOT,
      handler: async () => {
        if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
        return encodeSnapshot({ generation: 1n, systemdEnabled: 1 }, []);
      },
      requestPayloadBytesMax: 60_000,
      authToken: 0n,
      ownerGeneration: 1,
      onHandlerBug: () => undefined,
    });
    place.keep(server);
    const flood = native.seqpacketConnect(server.path);
    place.keep({ close: () => native.seqpacketClose(flood) });
    const hello = {
      flags: 0,
      supportedProfiles: 1,
      preferredProfiles: 0,
      requestPayloadBytesMax: 60_000,
      requestItemsMax: 1,
      responsePayloadBytesMax: 0,
      responseItemsMax: 1,
      authToken: 0n,
      packetBytes: 65_536,
    };
    native.seqpacketSend(flood, helloPacket(hello));
    await expect.poll(() => server.sessionCount).toBe(1);
    const request = {
      kind: KIND.REQUEST,
      flags: 0,
      code: METHOD.CGROUPS_SNAPSHOT,
      transportStatus: 0,
      itemCount: 1,
    };
    const packet = encodeMessage({ ...request, messageId: 1n }, new Uint8Array(60_000));
    while (server.sessionCount > 0) {
      try {
        native.seqpacketSend(flood, packet);
      } catch {
        break; // EPIPE: the server has closed
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => server.sessionCount).toBe(0);
    isSlow = false;
    for (const resolve of waiting) resolve();
    const caller = client();
    await caller.refresh();
    expect(await wireCode(caller.call(encodeSnapshotRequest()))).toBe('OK');
  });

  it('learns in one refusal how much a look-up of thousands of keys needs', async () => {
    const paths = Array.from({ length: 8_192 }, (_, index) => new TextEncoder().encode(`/cg/${index}`));
    const server = new NetipcServer({
      native: addon(),
      runFolder: place.folder,
      service: 'svc',
      method: METHOD.CGROUPS_LOOKUP,
      handler: (payload, budgetBytes) => {
        const asked = decodeCgroupLookupRequest(payload);
        const items = asked.map((path) => bareCgroupItem(path, CGROUP_LOOKUP_STATUS.UNKNOWN_PERMANENT));
        return fitCgroupLookup(asked, items, 1n, budgetBytes);
      },
      authToken: 0n,
      ownerGeneration: 1,
      onHandlerBug: () => undefined,
    });
    place.keep(server);
    const change = { method: METHOD.CGROUPS_LOOKUP, requestPayloadBytesMax: LIMITS.netipcGrowthBytesMax };
    const caller = client(change);
    await caller.refresh();
    // A server without a limit of its own takes what is proposed, as far as it would grow.
    expect(caller.status()).toMatchObject({ state: 'READY', reason: '' });
    const view = await lookupCgroups(caller, paths, 20_000, 'reference');
    expect(view.itemCount).toBe(paths.length);
    expect(caller.status()).toMatchObject({ callCount: 1, reconnectCount: 1 });
    const greedy = client({ ...change, requestPayloadBytesMax: LIMITS.netipcGrowthBytesMax + 1 });
    await greedy.refresh();
    expect(greedy.status().reason).toMatch(/^LIMIT_EXCEEDED/);
  });

  it('refuses overlapping items whose work would be a thousand times their message', async () => {
    let calls = 0;
    const server = new NetipcServer({
      native: addon(),
      runFolder: place.folder,
      service: 'svc',
      method: METHOD.STRING_REVERSE,
      handler: (payload) => {
        calls += 1;
        return payload;
      },
      requestPayloadBytesMax: 1 << 20,
      authToken: 0n,
      ownerGeneration: 1,
      onHandlerBug: () => undefined,
    });
    place.keep(server);
    const caller = client({
      method: METHOD.STRING_REVERSE,
      requestPayloadBytesMax: 1 << 20,
      requestItemsMax: 100_000,
    });
    await caller.refresh();
    const count = 60_000;
    const payload = encodeBatch(Array.from({ length: count }, () => new Uint8Array(8)));
    const view = new DataView(payload.buffer);
    for (let index = 0; index < count; index += 1) {
      view.setUint32(index * 8, 0, true);
      view.setUint32(index * 8 + 4, count * 8, true);
    }
    expect(await wireCode(caller.call(payload, { batchItems: count, isRetried: false }))).toBe('BAD_LAYOUT');
    expect(calls).toBe(0);
  });

  it('sees one new connection when many calls fail together', async () => {
    const server = new NetipcServer({
      native: addon(),
      runFolder: place.folder,
      service: 'svc',
      method: METHOD.CGROUPS_SNAPSHOT,
      handler: () => encodeSnapshot({ generation: 1n, systemdEnabled: 1 }, manyRows(3_000)),
      authToken: 0n,
      ownerGeneration: 1,
      onHandlerBug: () => undefined,
    });
    place.keep(server);
    const caller = client();
    await caller.refresh();
    const calls = Array.from({ length: 8 }, () => caller.call(encodeSnapshotRequest()));
    const sizes = new Set((await Promise.all(calls)).map((answer) => answer.length));
    expect(sizes.size).toBe(1);
    await expect.poll(() => server.sessionCount).toBe(1);
  });
});

function manyRows(count: number): Parameters<typeof encodeSnapshot>[1] {
  return Array.from({ length: count }, (_, index) => {
    const name = new TextEncoder().encode(`row-${index}`);
    return { hash: index, options: 0, enabled: 1, name, path: name };
  });
}
