import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';
import { createToken, isSameToken, presentedToken, TokenGate } from './token.ts';

describe('token', () => {
  test('carries 256 bits and never repeats', () => {
    const tokens = new Set(Array.from({ length: 1_000 }, createToken));
    expect(tokens.size).toBe(1_000);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  test('only the same text is the same token', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(isSameToken(a, b)).toBe(a.toWellFormed() === b.toWellFormed());
      }),
    );
  });

  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    [`Basic ${Buffer.from('any:s3cret:x').toString('base64')}`, 's3cret:x'],
    [`Basic ${Buffer.from('nocolon').toString('base64')}`, null],
    ['Digest abc', null],
    ['abc', null],
    [undefined, null],
  ])('%j presents %j', (header, token) => {
    expect(presentedToken(header)).toBe(token);
  });

  test('the fifth wrong try in a row waits a second, parallel ones queue up, the right one never waits', () => {
    let nowMs = 0;
    const gate = new TokenGate('right', { wallMs: () => 0, monotonicMs: () => nowMs });
    const waits = Array.from({ length: 7 }, () => gate.check('wrong').waitMs);
    expect(waits).toEqual([0, 0, 0, 0, 1_000, 2_000, 3_000]);
    nowMs = 10_000;
    expect(gate.check(null)).toEqual({ accepted: false, waitMs: 1_000 });
    expect(gate.check('right')).toEqual({ accepted: true, waitMs: 0 });
    expect(gate.check('wrong').waitMs).toBe(0);
  });
});

test('back-off doubles from 250 ms to 30 s and spreads over all of it', () => {
  expect([1, 2, 3, 7, 8, 100].map((failures) => backoffMs(failures, 0.999_999))).toEqual([
    249, 499, 999, 15_999, 29_999, 29_999,
  ]);
  expect(backoffMs(5, 0)).toBe(0);
  fc.assert(
    fc.property(
      fc.nat(1_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, chance) => {
        const waitMs = backoffMs(failures, chance);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThan(30_000);
      },
    ),
  );
});
