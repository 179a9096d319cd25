/** Whatever clients do, the server serves the next good one and holds nothing of the bad ones (docs/THREATS.md D5, H2). */
import type { ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, openSync, writeSync } from 'node:fs';
import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KIND, encodeHeader } from '../../electron/protocols/netipc/envelope.ts';
import { helloPacket } from '../../electron/protocols/netipc/handshake.ts';
import { decodeIncrement, encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';
import { NetipcBench, TOKEN, heldBy, type Held } from '../kit/netipc-process.ts';
import { readRegionHeader } from '../../electron/protocols/netipc/region-layout.ts';
import { RawPeer, addon } from '../kit/netipc-raw.ts';
import { until } from '../kit/store-kit.ts';

const NOBODY_UID = 65_534;
const GROWTH_BYTES_MAX = 96 * 1024 * 1024;
const bench = new NetipcBench();
let server: ChildProcess;
let before: Held;
const path = join(bench.folder, 'increment.sock');

function hello(profiles: number): Uint8Array {
  return helloPacket({
    flags: 0,
    supportedProfiles: profiles,
    preferredProfiles: profiles,
    requestPayloadBytesMax: 4_096,
    requestItemsMax: 1,
    responsePayloadBytesMax: 4_096,
    responseItemsMax: 1,
    authToken: TOKEN,
    packetBytes: 256,
  });
}

async function shakeHands(profiles = 1): Promise<RawPeer> {
  const peer = RawPeer.connect(path);
  peer.send(hello(profiles));
  if ((await peer.next()) === null) throw new Error('HELLO was not answered');
  return peer;
}

function request(payloadBytes: number): Uint8Array {
  const header = { kind: KIND.REQUEST, flags: 0, code: 1, transportStatus: 0, itemCount: 1, messageId: 1n };
  return encodeHeader({ ...header, payloadBytes });
}

/** A peer may be cut off while it still sends. */
function trySend(peer: RawPeer, packet: Uint8Array): void {
  try {
    peer.send(packet);
  } catch {
    // The server has closed already: that is its right.
  }
}

describe.skipIf(process.platform !== 'linux')('a netipc server under attack', () => {
  beforeAll(async () => {
    server = await bench.start('serve');
    for (let turn = 0; turn < 20; turn += 1) await bench.goodClient();
    before = heldBy(server);
  });
  afterEach(async () => {
    await bench.goodClient();
    await until('everything was given back', () => {
      const now = heldBy(server);
      return now.descriptors <= before.descriptors && now.regions === 0 && bench.regionFiles().length === 0;
    });
    expect(heldBy(server).residentBytes - before.residentBytes).toBeLessThan(GROWTH_BYTES_MAX);
  });
  afterAll(() => bench.close());

  it('survives a thousand clients that come and go', async () => {
    for (let round = 0; round < 1_000; round += 1) {
      if (round % 2 === 0) RawPeer.connect(path).close();
      else (await shakeHands(round % 4 === 1 ? 1 : 2)).close();
    }
  });

  it('serves fifty clients at once, over both transports', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const client = bench.client(index % 2 === 0 ? {} : { supportedProfiles: 1, preferredProfiles: 1 });
        await client.refresh();
        let value = BigInt(index);
        for (let call = 0; call < 20; call += 1)
          value = decodeIncrement(await client.call(encodeIncrement(value)));
        client.close();
        return value - BigInt(index);
      }),
    );
    expect(results.every((steps) => steps === 20n)).toBe(true);
  });

  it('drops a client of another user unheard, even where the files let it in', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can be another user');
    chmodSync(bench.folder, 0o711);
    chmodSync(path, 0o666);
    try {
      // The kernel lets it connect: who it is decides.
      expect(await bench.callAs(NOBODY_UID)).toMatch(/^65534 (RECV|SEND): the (connection|peer)/);
      expect(await bench.callAs(0)).toBe('0 42');
    } finally {
      chmodSync(path, 0o600);
      chmodSync(bench.folder, 0o700);
    }
  });

  it('drops random bytes, before and after the handshake', async () => {
    for (let round = 0; round < 200; round += 1) {
      const peer = round % 2 === 0 ? RawPeer.connect(path) : await shakeHands();
      for (let packet = 0; packet < 5; packet += 1) trySend(peer, randomBytes(randomInt(1, 200)));
      peer.close();
    }
  });

  it('drops a half header', async () => {
    const first = RawPeer.connect(path);
    first.send(hello(1).subarray(0, 16));
    expect(await first.next()).toBeNull();
    const second = await shakeHands();
    second.send(request(8).subarray(0, 20));
    expect(await second.next()).toBeNull();
    first.close();
    second.close();
  });

  it('does not wait for ever for the rest of a message', async () => {
    const peer = await shakeHands();
    const part = new Uint8Array(256);
    part.set(request(4_000));
    peer.send(part);
    await bench.goodClient();
    expect(await peer.next(30_000)).toBeNull();
    peer.close();
  });

  it('serves others while fifty clients say nothing, and drops those', async () => {
    const silent = Array.from({ length: 50 }, () => RawPeer.connect(path));
    await bench.goodClient();
    for (const peer of silent) expect(await peer.next(30_000)).toBeNull();
    for (const peer of silent) peer.close();
  });

  it('copies before it believes what stands in shared memory', async () => {
    for (let round = 0; round < 50; round += 1) {
      const peer = await shakeHands(2);
      const [file = ''] = bench.regionFiles();
      const native = addon();
      const region = native.regionAttach(join(bench.folder, file));
      const state = readRegionHeader(native.regionHeader(region), native.regionFileBytes(region));
      const { requestOffset, requestCapacityBytes, responseOffset, responseCapacityBytes } = state;
      native.regionConfigure(
        region,
        false,
        requestOffset,
        requestCapacityBytes,
        responseOffset,
        responseCapacityBytes,
      );
      const fd = openSync(join(bench.folder, file), 'r+');
      try {
        const good = new Uint8Array(40);
        good.set(request(8));
        for (let turn = 0; turn < 20; turn += 1) {
          // The send wakes the server; what it then finds has changed under it.
          native.regionSend(region, turn % 3 === 0 ? good : randomBytes(randomInt(1, 4_000)));
          writeSync(fd, randomBytes(randomInt(1, 4_000)), 0, undefined, requestOffset);
          writeSync(fd, randomBytes(8), 0, 8, 48); // both lengths
          if (turn % 5 === 4) writeSync(fd, randomBytes(16), 0, 16, 16); // offsets nobody may look at again
          if (turn % 2 === 1) writeSync(fd, randomBytes(8), 0, 8, 32); // the request's number
        }
      } finally {
        closeSync(fd);
        native.regionClose(region);
      }
      peer.close();
      await until('the region is gone', () => bench.regionFiles().length === 0);
    }
  });
});
