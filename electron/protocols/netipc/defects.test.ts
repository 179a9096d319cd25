/** Weaknesses of the reference that must not come back (docs/protocols/netipc.md section 14 B), where no other test holds them. */
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REGION_RESULT } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { RawListener, RawPeer, addon } from '../../../tests/kit/netipc-raw.ts';
import { testPlace } from '../../../tests/kit/test-place.ts';
import { batchItem, encodeBatch } from './batch.ts';
import { CGROUP_LOOKUP_STATUS, CgroupLookupView, encodeCgroupLookupItem } from './cgroups-lookup.ts';
import { NetipcClient, type ClientOptions } from './client.ts';
import { FLAG_BATCH, KIND, METHOD, STATUS, decodeHeader, encodeMessage } from './envelope.ts';
import { helloPacket, proposedPacketBytes } from './handshake.ts';
import { fitCgroupLookup } from './lookup-budget.ts';
import { LOOKUP_HEADER_BYTES } from './lookup-layout.ts';
import { NetipcServer, type ServerOptions } from './server.ts';
import { decodeIncrement, encodeIncrement } from './simple-methods.ts';

const SOCKET_ONLY = { supportedProfiles: 1, preferredProfiles: 1 };
const place = testPlace('sb-defects-');

function serve(change: Partial<ServerOptions> = {}): NetipcServer {
  return place.keep(
    new NetipcServer({
      native: addon(),
      runFolder: place.folder,
      service: 'inc',
      method: METHOD.INCREMENT,
      handler: (payload) => encodeIncrement(decodeIncrement(payload) + 1n),
      authToken: 5n,
      ownerGeneration: 7,
      onHandlerBug: () => undefined,
      ...change,
    }),
  );
}

function makeClient(change: Partial<ClientOptions> = {}): NetipcClient {
  const fixed = {
    native: addon(),
    runFolder: place.folder,
    service: 'inc',
    method: METHOD.INCREMENT,
    authToken: 5n,
  };
  return place.keep(new NetipcClient({ ...fixed, ...SOCKET_ONLY, ...change }));
}

async function shakeHands(path: string): Promise<RawPeer> {
  const peer = place.keep(RawPeer.connect(path));
  peer.send(
    helloPacket({
      flags: 0,
      ...SOCKET_ONLY,
      requestPayloadBytesMax: 1_024,
      requestItemsMax: 1,
      responsePayloadBytesMax: 1_024,
      responseItemsMax: 1,
      authToken: 5n,
      packetBytes: 65_536,
    }),
  );
  expect(await peer.next()).not.toBeNull();
  return peer;
}

function request(messageId: bigint, payload: Uint8Array): Uint8Array {
  return encodeMessage(
    { kind: KIND.REQUEST, flags: 0, code: METHOD.INCREMENT, transportStatus: 0, itemCount: 1, messageId },
    payload,
  );
}

describe('a lookup under a budget', () => {
  const path = (index: number): Uint8Array => new TextEncoder().encode(`/sys/fs/cgroup/${index}`);
  const paths = Array.from({ length: 6 }, (_, index) => path(index));
  const item = (at: Uint8Array, nameBytes: number): Uint8Array =>
    encodeCgroupLookupItem({
      status: CGROUP_LOOKUP_STATUS.KNOWN,
      orchestrator: 2,
      path: at,
      name: new Uint8Array(nameBytes).fill(110),
      labels: [],
    });

  it('never calls an item too large for ever that would fit alone (B3)', () => {
    const items = paths.map((at) => item(at, 60));
    let judged = 0;
    for (let budgetBytes = 0; budgetBytes < 1_200; budgetBytes += 1) {
      try {
        const view = new CgroupLookupView(fitCgroupLookup(paths, items, 1n, budgetBytes));
        for (let index = 0; index < paths.length; index += 1)
          expect(view.item(index).status).not.toBe(CGROUP_LOOKUP_STATUS.OVERSIZED_ITEM);
        judged += 1;
      } catch (error) {
        expect(String(error)).toMatch(/OVERFLOW/);
      }
    }
    expect(judged).toBeGreaterThan(100);
  });

  it('uses its last bytes when it is no multiple of eight (B4)', () => {
    const [first = path(0)] = paths;
    for (let nameBytes = 1; nameBytes <= 8; nameBytes += 1) {
      const only = item(first, nameBytes);
      const exactBytes = LOOKUP_HEADER_BYTES + 8 + only.length;
      const view = new CgroupLookupView(fitCgroupLookup([first], [only], 1n, exactBytes));
      expect(view.item(0).status).toBe(CGROUP_LOOKUP_STATUS.KNOWN);
    }
  });
});

describe('the packet size that is proposed (B1)', () => {
  it('is one the kernel takes', () => {
    expect(proposedPacketBytes(undefined, 212_992)).toBe(LIMITS.netipcPacketBytes);
    expect(proposedPacketBytes(undefined, 32_768)).toBe(32_736);
    expect(proposedPacketBytes(4_096, 212_992)).toBe(4_096);
  });

  it.skipIf(process.platform !== 'linux')('carries a megabyte each way', async () => {
    const large = new Uint8Array(LIMITS.netipcGrowthBytesMax).map((_, index) => index % 251);
    serve({
      handler: (payload) => payload.toReversed(),
      requestPayloadBytesMax: large.length,
      responsePayloadBytesMax: large.length,
    });
    const client = makeClient({ requestPayloadBytesMax: large.length });
    await client.refresh();
    expect(Buffer.compare(await client.call(large), large.toReversed())).toBe(0);
  });
});

describe.skipIf(process.platform !== 'linux')('a client', () => {
  it('does not wait for ever for a HELLO_ACK (B5)', async () => {
    place.keep(new RawListener(join(place.folder, 'inc.sock')));
    const client = makeClient();
    await client.refresh();
    expect(client.status().state).toBe('DISCONNECTED');
    expect(client.status().reason).toContain('no HELLO_ACK within');
  });

  it('falls back to its configured limit when a larger one was refused (B14)', async () => {
    serve({ requestPayloadBytesMax: 1_024 });
    const client = makeClient();
    await client.refresh();
    await expect(client.call(new Uint8Array(3_000))).rejects.toThrow(/OVERFLOW/);
    await client.refresh();
    await client.refresh();
    expect(client.status().state).toBe('READY');
    expect(decodeIncrement(await client.call(encodeIncrement(1n)))).toBe(2n);
  });
});

describe.skipIf(process.platform !== 'linux')('a server', () => {
  it('stops at once though a client sent half a message (B6)', async () => {
    const server = serve({ requestPayloadBytesMax: 100_000 });
    const peer = await shakeHands(server.path);
    const whole = request(1n, new Uint8Array(1_000));
    peer.send(whole.subarray(0, 500));
    expect(await server.drain(5_000)).toBe(true);
    expect(await peer.next()).toBeNull();
    expect(readdirSync(place.folder)).toEqual([]);
  });

  it('lets a refusal arrive though more requests wait unread (B12)', async () => {
    const server = serve();
    const peer = await shakeHands(server.path);
    peer.send(request(1n, encodeIncrement(1n)));
    peer.send(request(2n, new Uint8Array(3)));
    for (let id = 3n; id < 100n; id += 1n) peer.send(request(id, encodeIncrement(1n)));
    const answers = [await peer.next(), await peer.next()].map((packet) =>
      decodeHeader(packet ?? new Uint8Array(0)),
    );
    expect(answers.map(({ messageId, transportStatus }) => [messageId, transportStatus])).toEqual([
      [1n, STATUS.OK],
      [2n, STATUS.BAD_ENVELOPE],
    ]);
    expect(await peer.next()).toBeNull();
  });
});

describe.skipIf(process.platform !== 'linux')(
  'a batch of one, which the Go and C clients send as a batch',
  () => {
    it.each([
      ['split', true],
      ['split-from-two', false],
    ] as const)('is one where batches are %s', async (batches, isBatch) => {
      const server = serve({ batches });
      const peer = await shakeHands(server.path);
      const one = isBatch ? encodeBatch([encodeIncrement(6n)]) : encodeIncrement(6n);
      const [kind, code] = [KIND.REQUEST, METHOD.INCREMENT];
      const header = { kind, flags: FLAG_BATCH, code, transportStatus: 0, itemCount: 1, messageId: 9n };
      peer.send(encodeMessage(header, one));
      const answer = (await peer.next()) ?? new Uint8Array(0);
      expect(decodeHeader(answer)).toMatchObject({
        flags: FLAG_BATCH,
        itemCount: 1,
        transportStatus: STATUS.OK,
      });
      const payload = answer.subarray(32);
      expect(decodeIncrement(isBatch ? batchItem(payload, 1, 0) : payload)).toBe(7n);
      // A refusal says that it is one: as a batch without items no client could read it. The C server's words stay for comparing.
      peer.send(encodeMessage({ ...header, itemCount: 1, messageId: 10n }, new Uint8Array(3)));
      const refusal = decodeHeader((await peer.next()) ?? new Uint8Array(0));
      expect(refusal).toMatchObject({
        flags: isBatch ? 0 : FLAG_BATCH,
        transportStatus: STATUS.BAD_ENVELOPE,
      });
    });
  },
);

describe.skipIf(process.platform !== 'linux')('a peer that is not allowed', () => {
  it('is told nothing, not even that its HELLO was wrong', async () => {
    const asked: number[] = [];
    const server = serve({
      isPeerAllowed: ({ pid }) => {
        asked.push(pid);
        return false;
      },
    });
    const peer = place.keep(RawPeer.connect(server.path));
    expect(await peer.next()).toBeNull();
    expect(asked).toEqual([process.pid]);
    expect(server.sessionCount).toBe(0);
  });
});

describe.skipIf(process.platform !== 'linux')('a region', () => {
  it('is looked at again after the copy: what changed meanwhile is not believed (B11)', () => {
    const native = addon();
    const path = join(place.folder, 'a.ipcshm');
    const server = native.regionCreate(path, new Uint8Array(64), 832);
    const client = native.regionAttach(path);
    native.regionConfigure(server, true, 64, 256, 320, 512);
    native.regionConfigure(client, false, 64, 256, 320, 512);
    native.regionSend(client, Uint8Array.of(1, 2, 3));
    const fd = openSync(path, 'r+');
    writeSync(fd, Uint8Array.of(2), 0, 1, 32); // the sequence has gone on: these bytes may be of two messages
    closeSync(fd);
    const into = new Uint8Array(256);
    expect(native.regionReceive(server, into, 0, 0)).toBe(REGION_RESULT.CHANGED);
    for (const region of [server, client]) native.regionClose(region);
  });
});
