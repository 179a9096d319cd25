import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppLookupView, decodeAppLookupRequest, encodeAppLookupRequest } from './apps-lookup.ts';
import { batchItem, checkBatchPayload, encodeBatch } from './batch.ts';
import {
  CgroupLookupView,
  decodeCgroupLookupRequest,
  encodeCgroupLookupItem,
  encodeCgroupLookupRequest,
  encodeCgroupLookupResponse,
} from './cgroups-lookup.ts';
import { SnapshotView, decodeSnapshotRequest, encodeSnapshot } from './cgroups-snapshot.ts';
import { KIND, decodeChunkHeader, decodeHeader, encodeHeader } from './envelope.ts';
import { NetipcCodecError, NetipcSocketError } from './errors.ts';
import { decideHello, decodeHello, decodeHelloAck, helloPacket, readHelloAck } from './handshake.ts';
import { fitCgroupLookup } from './lookup-budget.ts';
import {
  InFlightIds,
  MessageReceiver,
  admitForSending,
  splitMessage,
  type MessageLimits,
} from './packets.ts';
import { decodeIncrement, decodeStringReverse } from './simple-methods.ts';
import { SnapshotIndex } from './snapshot-index.ts';

const WIDE: MessageLimits = {
  requestPayloadBytesMax: 1 << 20,
  responsePayloadBytesMax: 1 << 20,
  requestItemsMax: 1 << 16,
  responseItemsMax: 1 << 16,
};
const bytes = (maxLength = 64): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const noNul = (minLength: number, maxLength = 20): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength, min: 1 });
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const u32 = fc.nat({ max: 0xffff_ffff });

const DECODERS: readonly ((input: Uint8Array) => unknown)[] = [
  decodeHeader,
  decodeChunkHeader,
  decodeHello,
  decodeHelloAck,
  decodeIncrement,
  decodeStringReverse,
  decodeSnapshotRequest,
  (input) => {
    const view = new SnapshotView(input);
    for (let index = 0; index < view.itemCount; index += 1) view.item(index);
  },
  decodeCgroupLookupRequest,
  decodeAppLookupRequest,
  (input) => new CgroupLookupView(input),
  (input) => new AppLookupView(input),
  (input) => checkBatchPayload(input, 3),
  (input) => batchItem(input, 3, 1),
];

const snapshotItem = fc.record({ hash: u32, options: u32, enabled: u32, name: bytes(20), path: bytes(20) });
const cgroupItem = fc.record({
  status: fc.constant(0),
  orchestrator: fc.nat({ max: 0xffff }),
  path: noNul(1),
  name: noNul(0),
  labels: fc.array(fc.record({ key: noNul(1), value: noNul(0) }), { maxLength: 4 }),
});

describe('netipc codec', () => {
  it('refuses arbitrary bytes with a codec error and nothing else', () => {
    fc.assert(
      fc.property(bytes(200), fc.nat({ max: DECODERS.length - 1 }), (input, which) => {
        try {
          DECODERS[which]?.(input);
        } catch (error) {
          expect(error).toBeInstanceOf(NetipcCodecError);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('survives one flipped byte anywhere in a valid response', () => {
    fc.assert(
      fc.property(
        fc.array(cgroupItem, { maxLength: 4 }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (items, where, value) => {
          const payload = encodeCgroupLookupResponse(items, 7n);
          payload[where % payload.length] = value;
          try {
            new CgroupLookupView(payload);
          } catch (error) {
            expect(error).toBeInstanceOf(NetipcCodecError);
          }
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(fc.array(snapshotItem, { maxLength: 8 }), u64, u32, (items, generation, systemdEnabled) => {
        const view = new SnapshotView(encodeSnapshot({ generation, systemdEnabled }, items));
        expect(view.generation).toBe(generation);
        expect(view.itemCount).toBe(items.length);
        const found = items.map((_, at) => {
          const { hash, options, enabled, name, path } = view.item(at);
          return { hash, options, enabled, name, path };
        });
        expect(found).toEqual(items);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.array(cgroupItem, { maxLength: 8 }), u64, (items, generation) => {
        const view = new CgroupLookupView(encodeCgroupLookupResponse(items, generation));
        expect(view.generation).toBe(generation);
        expect(items.map((_, index) => view.item(index))).toEqual(items);
        for (const [index, item] of items.entries())
          expect(view.raw(index)).toEqual(encodeCgroupLookupItem(item));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.array(noNul(1)), fc.array(u32), (paths, pids) => {
        expect(decodeCgroupLookupRequest(encodeCgroupLookupRequest(paths))).toEqual(paths);
        expect(decodeAppLookupRequest(encodeAppLookupRequest(pids))).toEqual(pids);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.array(bytes(30), { maxLength: 10 }), (items) => {
        const payload = encodeBatch(items);
        checkBatchPayload(payload, items.length);
        expect(items.map((_, index) => batchItem(payload, items.length, index))).toEqual(items);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps 64 bits whole', () => {
    fc.assert(
      fc.property(u64, (messageId) => {
        const header = {
          kind: 1,
          flags: 0,
          code: 1,
          transportStatus: 0,
          payloadBytes: 0,
          itemCount: 1,
          messageId,
        };
        expect(decodeHeader(encodeHeader(header))).toEqual(header);
      }),
    );
  });

  it('answers a lookup within any budget or says OVERFLOW', () => {
    fc.assert(
      fc.property(fc.array(cgroupItem, { maxLength: 6 }), fc.nat({ max: 900 }), (items, budgetBytes) => {
        const paths = items.map((item) => item.path);
        try {
          const payload = fitCgroupLookup(paths, items.map(encodeCgroupLookupItem), 1n, budgetBytes);
          expect(payload.length).toBeLessThanOrEqual(budgetBytes);
          const view = new CgroupLookupView(payload);
          expect(items.map((_, index) => view.item(index).path)).toEqual(paths);
        } catch (error) {
          expect(error).toBeInstanceOf(NetipcCodecError);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('netipc packets', () => {
  const header = { kind: KIND.REQUEST, flags: 0, code: 1, transportStatus: 0, itemCount: 1, messageId: 9n };

  it('puts every message together again, whatever the packet size', () => {
    fc.assert(
      fc.property(bytes(500), fc.integer({ min: 33, max: 300 }), (payload, packetBytes) => {
        const receiver = new MessageReceiver('server', packetBytes, WIDE, new InFlightIds());
        const packets = splitMessage(header, payload, packetBytes);
        const messages = packets.map((packet) => receiver.accept(packet));
        expect(messages.at(-1)?.payload).toEqual(payload);
        expect(packets.every((packet) => packet.length <= packetBytes)).toBe(true);
        expect(receiver.isInside).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  it('refuses a packet left out, doubled or swapped with CHUNK or PROTOCOL', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 200, maxLength: 400 }),
        fc.nat(),
        fc.constantFrom('drop', 'double'),
        (payload, where, how) => {
          const packets = splitMessage(header, payload, 64);
          const at = 1 + (where % (packets.length - 2));
          const packet = packets[at];
          if (packet === undefined) return;
          packets.splice(at, how === 'drop' ? 1 : 0, ...(how === 'drop' ? [] : [packet]));
          const receiver = new MessageReceiver('server', 64, WIDE, new InFlightIds());
          expect(() => {
            for (const next of packets) receiver.accept(next);
          }).toThrow(NetipcSocketError);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('allocates nothing for a declared size above the limit', () => {
    const receiver = new MessageReceiver(
      'server',
      64,
      { ...WIDE, requestPayloadBytesMax: 10 },
      new InFlightIds(),
    );
    const packet = encodeHeader({ ...header, payloadBytes: 0xffff_ffff });
    expect(() => receiver.accept(packet)).toThrow(/LIMIT_EXCEEDED/);
  });

  it('does not leave a refused id in flight', () => {
    const inFlight = new InFlightIds();
    expect(() =>
      admitForSending('client', header, 11, { ...WIDE, requestPayloadBytesMax: 10 }, inFlight),
    ).toThrow(/LIMIT/);
    expect(inFlight.size).toBe(0);
    admitForSending('client', header, 10, { ...WIDE, requestPayloadBytesMax: 10 }, inFlight);
    expect(() => admitForSending('client', header, 1, WIDE, inFlight)).toThrow(/DUPLICATE_MSG_ID/);
  });
});

describe('netipc handshake', () => {
  const offer = {
    supportedProfiles: 3,
    preferredProfiles: 2,
    requestPayloadBytesMax: 4_096,
    responsePayloadBytesMax: 65_536,
    packetBytes: 65_536,
    authToken: 5n,
  };
  const hello = {
    flags: 0,
    supportedProfiles: 3,
    preferredProfiles: 2,
    requestPayloadBytesMax: 1_024,
    requestItemsMax: 1,
    responsePayloadBytesMax: 1_024,
    responseItemsMax: 1,
    authToken: 5n,
    packetBytes: 40_000,
  };

  it('agrees, and the client reads what the server meant', () => {
    const decision = decideHello(helloPacket(hello), offer, 7n);
    expect(decision.type).toBe('accept');
    if (decision.type !== 'accept') return;
    expect(readHelloAck(decision.packet, 65_536)).toEqual(decision.ack);
    expect(decision.ack).toMatchObject({ selectedProfile: 2, packetBytes: 40_000, sessionId: 7n });
  });

  it('tells the client why it was refused', () => {
    const verdict = (change: object): string => {
      const decision = decideHello(helloPacket({ ...hello, ...change }), offer, 1n);
      if (decision.type !== 'reject') return decision.type;
      try {
        readHelloAck(decision.packet, 65_536);
        return 'OK';
      } catch (error) {
        return error instanceof NetipcSocketError ? error.wire : 'bug';
      }
    };
    expect(verdict({ authToken: 6n })).toBe('AUTH_FAILED');
    expect(verdict({ supportedProfiles: 8 })).toBe('NO_PROFILE');
    expect(verdict({ requestPayloadBytesMax: 5_000 })).toBe('LIMIT_EXCEEDED');
    expect(verdict({ packetBytes: 32 })).toBe('INCOMPATIBLE');
  });

  it('never throws on an arbitrary first packet', () => {
    fc.assert(
      fc.property(bytes(120), (packet) => {
        expect(['accept', 'reject', 'close']).toContain(decideHello(packet, offer, 1n).type);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('snapshot index', () => {
  it('finds what a linear search finds, the first of equals first', () => {
    const small = fc.record({
      hash: fc.nat({ max: 3 }),
      options: fc.nat({ max: 1_000 }),
      enabled: fc.constant(1),
      name: fc.uint8Array({ maxLength: 2, max: 2 }),
      path: fc.constant(new Uint8Array(0)),
    });
    fc.assert(
      fc.property(fc.array(small, { maxLength: 60 }), small, (items, wanted) => {
        const index = new SnapshotIndex(items);
        const same = (item: typeof wanted): boolean =>
          item.hash === wanted.hash && Buffer.compare(Buffer.from(item.name), Buffer.from(wanted.name)) === 0;
        expect(index.get(wanted.hash, wanted.name)).toBe(items.find(same) ?? null);
      }),
      { numRuns: 5_000 },
    );
  });
});
