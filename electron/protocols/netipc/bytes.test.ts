import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigOfNumber, numberOfBig, putU64, u64 } from './bytes.ts';
import { InFlightIds } from './packets.ts';

const EDGES = [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 53n - 1n, 2n ** 63n];
const id = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(...EDGES, 2n ** 64n - 1n));

describe('numbers of 64 bits', () => {
  it('are the eight bytes they were written as, low byte first', () => {
    fc.assert(
      fc.property(id, fc.nat(9), (value, at) => {
        const bytes = new Uint8Array(20).fill(0xee);
        putU64(bytes, at, value);
        expect(u64(bytes, at)).toBe(value);
        expect(new DataView(bytes.buffer).getBigUint64(at, true)).toBe(value);
        expect(bytes.filter((byte, index) => (index < at || index >= at + 8) && byte !== 0xee)).toHaveLength(
          0,
        );
      }),
    );
  });

  it('become numbers and come from numbers as the language says', () => {
    const whole = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 0xffff_ffff, 0x1_0000_0000));
    fc.assert(
      fc.property(id, whole, (big, number) => {
        expect(numberOfBig(big)).toBe(Number(big));
        expect(bigOfNumber(number)).toBe(BigInt(number));
      }),
    );
  });
});

it('ids in flight are told apart in all 64 bits', () => {
  // The same low half, and neighbours that are one number when rounded.
  const alike = id.chain((value) =>
    fc.constantFrom(value, value ^ 1n, value ^ (1n << 32n), value ^ (1n << 63n)),
  );
  fc.assert(
    fc.property(fc.uniqueArray(alike, { maxLength: 8 }), alike, (ids, other) => {
      const inFlight = new InFlightIds();
      for (const one of ids) inFlight.add(one);
      expect(inFlight.size).toBe(ids.length);
      for (const one of ids) expect(() => inFlight.add(one)).toThrow(/DUPLICATE_MSG_ID/);
      expect(inFlight.take(other)).toBe(ids.includes(other));
      const left = ids.filter((one) => one !== other);
      expect(left.map((one) => inFlight.take(one))).toEqual(left.map(() => true));
      expect(inFlight.size).toBe(0);
    }),
  );
});
