/** Packets of one turn taken and sent together: the order, the borders and the ends are those of packets sent one by one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNative, type NativeAddon, type SeqpacketSocket } from '../../../native/index.ts';
import type { NetipcSocketError } from './errors.ts';
import { PacketSocket } from './packet-socket.ts';

const loaded = loadNative();
const PACKET_BYTES_MAX = 256;
const ROUNDS = 3_000;

function addon(): NativeAddon {
  if (loaded.native === null) throw new Error(loaded.reason);
  return loaded.native;
}

let folder = '';
let near: PacketSocket;
let far: SeqpacketSocket;
let listener: SeqpacketSocket;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sb-packets-'));
  const native = addon();
  listener = native.seqpacketListen(join(folder, 'a.sock'), 4);
  far = native.seqpacketConnect(join(folder, 'a.sock'));
  const accepted = native.seqpacketAccept(listener);
  if (accepted === null) throw new Error('nobody was there');
  near = new PacketSocket(native, accepted);
});
afterEach(() => {
  near.close();
  for (const socket of [far, listener]) addon().seqpacketClose(socket);
  rmSync(folder, { recursive: true, force: true });
});

function numbered(value: number, bytes = 4): Uint8Array {
  const packet = new Uint8Array(bytes);
  new DataView(packet.buffer).setUint32(0, value, true);
  return packet;
}
function numberOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset).getUint32(0, true);
}
function sendFar(value: number, bytes = 4): void {
  expect(addon().seqpacketSend(far, numbered(value, bytes))).toBe(true);
}
/** Everything that waits at the far end: [number, bytes] each; a final 0 for the end of the connection. */
function drainFar(): (readonly [number, number] | 0)[] {
  const found: (readonly [number, number] | 0)[] = [];
  const into = new Uint8Array(100_000);
  for (;;) {
    const length = addon().seqpacketReceive(far, into);
    if (length < 0) return found;
    if (length === 0) return [...found, 0];
    found.push([numberOf(into), length]);
  }
}
const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.skipIf(process.platform !== 'linux')('packets taken and sent together', () => {
  it('keep their order and borders, whatever their sizes and however late they are answered', async () => {
    const sizes = [4, 40, 7_000, 16_384, 16_385, 60_000, 5];
    const taken: number[] = [];
    near.readTogether(PACKET_BYTES_MAX, {
      packet: (packet) => {
        const value = numberOf(packet);
        taken.push(packet.length);
        near.send(numbered(value, sizes[value % sizes.length] ?? 4));
        void Promise.resolve().then(() => near.send(numbered(1_000 + value), numbered(7)));
      },
      ended: () => undefined,
    });
    const got: (readonly [number, number] | 0)[] = [];
    for (let value = 0; value < 70; value += 7) {
      for (let step = 0; step < 7; step += 1) sendFar(value + step, 4 + ((value + step) % 200));
      for (let turn = 0; turn < 5; turn += 1) {
        await aTurn();
        got.push(...drainFar());
      }
    }
    expect(taken).toEqual(Array.from({ length: 70 }, (_, value) => 4 + (value % 200)));
    const direct = got.filter((item) => item !== 0 && item[0] < 1_000);
    const late = got.filter((item) => item !== 0 && item[0] >= 1_000);
    expect(direct).toEqual(Array.from({ length: 70 }, (_, value) => [value, sizes[value % sizes.length]]));
    expect(late).toEqual(Array.from({ length: 70 }, (_, value) => [1_000 + value, 8]));
  });

  it('wait in order when the peer does not read, in the middle of a batch too', async () => {
    let taken = 0;
    near.readTogether(PACKET_BYTES_MAX, {
      packet: (packet) => {
        taken += 1;
        near.send(numbered(numberOf(packet), 200));
      },
      ended: () => undefined,
    });
    for (let value = 0; value < ROUNDS;) {
      if (addon().seqpacketSend(far, numbered(value))) value += 1;
      else await aTurn();
    }
    while (taken < ROUNDS) await aTurn();
    const got: number[] = [];
    while (got.length < ROUNDS) {
      for (const item of drainFar()) got.push(item === 0 ? -1 : item[0]);
      await aTurn();
    }
    expect(got).toEqual(Array.from({ length: ROUNDS }, (_, value) => value));
  });

  it('do not wait for others that take long', async () => {
    const seenWhileBusy: number[] = [];
    near.readTogether(PACKET_BYTES_MAX, {
      packet: (packet) => {
        const value = numberOf(packet);
        for (const item of drainFar()) if (item !== 0) seenWhileBusy.push(item[0]);
        for (const endMs = performance.now() + 3; performance.now() < endMs;);
        near.send(numbered(value));
      },
      ended: () => undefined,
    });
    for (let value = 0; value < 5; value += 1) sendFar(value);
    for (let turn = 0; turn < 3; turn += 1) await aTurn();
    // Each waited for two more at most.
    expect(seenWhileBusy.slice(0, 2)).toEqual([0, 1]);
    expect([...seenWhileBusy, ...drainFar().map((item) => (item === 0 ? -1 : item[0]))]).toEqual([
      0, 1, 2, 3, 4,
    ]);
  });

  it('stop where a listener closes, and what was answered before still arrives', async () => {
    const taken: number[] = [];
    near.readTogether(PACKET_BYTES_MAX, {
      packet: (packet) => {
        const value = numberOf(packet);
        taken.push(value);
        near.send(numbered(value));
        if (value === 2) near.close();
      },
      ended: () => taken.push(-1),
    });
    for (let value = 0; value < 6; value += 1) sendFar(value);
    for (let turn = 0; turn < 5; turn += 1) await aTurn();
    expect(taken).toEqual([0, 1, 2]);
    const got: unknown[] = [];
    try {
      got.push(...drainFar());
    } catch (error) {
      // Unread packets at a close make the kernel say ECONNRESET once, instead of the end.
      expect(error).toHaveProperty('code', 'ECONNRESET');
      got.push(...drainFar());
    }
    expect(got).toEqual([[0, 4], [1, 4], [2, 4], 0]);
  });

  it('leave before the sending side is shut down', async () => {
    near.readTogether(PACKET_BYTES_MAX, {
      packet: (packet) => {
        near.send(numbered(numberOf(packet)));
        near.closeAfterAnswer();
      },
      ended: () => undefined,
    });
    for (let value = 0; value < 3; value += 1) sendFar(value);
    for (let turn = 0; turn < 5; turn += 1) await aTurn();
    expect(drainFar()).toEqual([[0, 4], 0]);
  });

  it('end once when the peer is gone before they could leave', async () => {
    const ends: NetipcSocketError[] = [];
    const taken: number[] = [];
    near.readTogether(PACKET_BYTES_MAX, {
      packet: (packet) => {
        taken.push(numberOf(packet));
        near.send(numbered(1));
      },
      ended: (error) => ends.push(error),
    });
    for (let value = 0; value < 3; value += 1) sendFar(value);
    addon().seqpacketClose(far);
    for (let turn = 0; turn < 5; turn += 1) await aTurn();
    expect(taken).toEqual([0, 1, 2]);
    expect(ends.map((error) => error.wire)).toEqual(['SEND']);
    expect(() => near.send(numbered(2))).toThrow(/SEND/);
  });

  it('are all handed over before one that is too long ends the connection', async () => {
    const ends: NetipcSocketError[] = [];
    const taken: number[] = [];
    near.readTogether(PACKET_BYTES_MAX, {
      packet: (packet) => taken.push(numberOf(packet)),
      ended: (error) => ends.push(error),
    });
    sendFar(0, PACKET_BYTES_MAX);
    sendFar(1);
    sendFar(2, PACKET_BYTES_MAX + 1);
    sendFar(3);
    for (let turn = 0; turn < 5; turn += 1) await aTurn();
    expect(taken).toEqual([0, 1]);
    expect(ends.map((error) => error.wire)).toEqual(['PROTOCOL']);
  });
});
