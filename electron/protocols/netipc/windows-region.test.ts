import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { putU32 } from './bytes.ts';
import { NetipcRegionError } from './errors.ts';
import {
  WINDOWS_REGION_HEADER_BYTES,
  encodeWindowsRegion,
  planWindowsRegion,
  readWindowsRegion,
} from './windows-region.ts';

const HYBRID = 2;

describe('windows section header', () => {
  it('stands where the table says', () => {
    const region = planWindowsRegion(HYBRID, 1_056, 65_568);
    const bytes = Buffer.from(encodeWindowsRegion(region));
    expect(bytes).toHaveLength(128);
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('HWSN');
    const words = Array.from({ length: 9 }, (_, index) => bytes.readUInt32LE(index * 4));
    expect(words.slice(1)).toEqual([3, 128, HYBRID, 128, 1_088, 1_216, 65_600, 1_024]);
    expect(bytes.subarray(36).every((byte) => byte === 0)).toBe(true);
  });

  it('reads what it wrote, for any capacities', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1 << 24 }),
        fc.integer({ min: 1, max: 1 << 24 }),
        (request, response) => {
          const region = planWindowsRegion(HYBRID, request, response);
          const mappingBytes = region.responseOffset + region.responseCapacityBytes;
          expect(readWindowsRegion(encodeWindowsRegion(region), mappingBytes, HYBRID)).toMatchObject(region);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it.each([
    [0, 0, 'BAD_MAGIC'],
    [4, 2, 'BAD_VERSION'],
    [8, 64, 'BAD_HEADER'],
    [12, 4, 'BAD_PARAM'],
    [16, 64, 'BAD_SIZE'],
    [16, 129, 'BAD_SIZE'],
    [20, 0, 'BAD_SIZE'],
    [20, 0xffff_ffc0, 'BAD_SIZE'],
    [24, 128, 'BAD_SIZE'],
    [28, 0, 'BAD_SIZE'],
    [28, 65_664, 'BAD_SIZE'],
  ])('refuses %i := %i with %s', (at, value, wire) => {
    const region = planWindowsRegion(HYBRID, 1_056, 65_568);
    const bytes = encodeWindowsRegion(region);
    putU32(bytes, at, value);
    const read = (): unknown =>
      readWindowsRegion(bytes, region.responseOffset + region.responseCapacityBytes, HYBRID);
    expect(read).toThrow(expect.objectContaining({ wire }));
  });

  it('refuses arbitrary bytes with a region error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, mappingBytes) => {
        const whole = new Uint8Array(Math.max(bytes.length, WINDOWS_REGION_HEADER_BYTES));
        whole.set(bytes);
        expect(() => readWindowsRegion(whole, mappingBytes, HYBRID)).toThrow(NetipcRegionError);
      }),
      { numRuns: 10_000 },
    );
  });
});
