import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGoDuration } from './go-duration.ts';

const UNITS = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const part = fc.tuple(
  fc.bigInt({ min: 0n, max: 1_000n }),
  fc.constantFrom<keyof typeof UNITS>('ns', 'us', 'µs', 'ms', 's', 'm', 'h'),
);

test('whole numbers with units add up, with either sign', () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('', '+', '-'),
      (parts, sign) => {
        const text = sign + parts.map(([count, unit]) => `${count}${unit}`).join('');
        const sum = parts.reduce((total, [count, unit]) => total + count * UNITS[unit], 0n);
        expect(parseGoDuration(text)).toBe(sign === '-' ? -sum : sum);
      },
    ),
    { numRuns: 10_000 },
  );
});

test('fractions are cut off, not rounded', () => {
  fc.assert(
    fc.property(fc.nat(999), fc.integer({ min: 0, max: 999_999_999 }), (whole, fraction) => {
      const digits = String(fraction).padStart(9, '0');
      expect(parseGoDuration(`${whole}.${digits}s`)).toBe(BigInt(whole) * 1_000_000_000n + BigInt(fraction));
    }),
    { numRuns: 10_000 },
  );
  expect(parseGoDuration('0.9ns')).toBe(0n);
  expect(parseGoDuration('1.9999999999s')).toBe(1_999_999_999n);
});

test('never throws, and gives only 64-bit numbers', () => {
  const nearDuration = fc.array(
    fc.constantFrom('1', '0', '9', '.', '-', '+', 's', 'm', 'h', 'ns', ' ', 'µ', 'e'),
    { maxLength: 24 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        nearDuration.map((parts) => parts.join('')),
      ),
      (text) => {
        const ns = parseGoDuration(text);
        if (ns !== null) expect(BigInt.asIntN(64, ns)).toBe(ns);
      },
    ),
    { numRuns: 10_000 },
  );
});

test('the two ends of the range', () => {
  expect(parseGoDuration('9223372036854775807ns')).toBe(2n ** 63n - 1n);
  expect(parseGoDuration('9223372036854775808ns')).toBeNull();
  expect(parseGoDuration('-9223372036854775808ns')).toBe(-(2n ** 63n));
  expect(parseGoDuration('-9223372036854775809ns')).toBeNull();
  expect(parseGoDuration('9223372036.854775808s')).toBeNull();
  expect(parseGoDuration(`0.${'3'.repeat(100)}s`)).toBe(333_333_333n);
  expect(parseGoDuration(`${'0'.repeat(100)}1s`)).toBe(1_000_000_000n);
});
