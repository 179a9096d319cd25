import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateWindow } from './rate-window.ts';

test('counts what came in the last full second, sliced to a tenth, as a list of times does', () => {
  const gapsMs = fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 700 }), count: fc.nat(5) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), gapsMs, (startMs, gaps) => {
      const window = new RateWindow(startMs);
      const all: { atMs: number; count: number }[] = [];
      let nowMs = startMs;
      for (const { gapMs, count } of gaps) {
        nowMs += gapMs;
        window.add(count, nowMs);
        all.push({ atMs: nowMs, count });
        const slice = Math.floor(nowMs / 100);
        const sum = (from: number, to: number): number =>
          all.reduce((total, one) => {
            const at = Math.floor(one.atMs / 100);
            return at >= from && at <= to ? total + one.count : total;
          }, 0);
        expect(window.lastFull(nowMs)).toBe(sum(slice - 10, slice - 1));
        expect(window.running(nowMs)).toBe(sum(slice - 10, slice));
      }
    }),
    { numRuns: 10_000 },
  );
});

test('a long silence empties it', () => {
  const window = new RateWindow(0);
  window.add(7, 50);
  expect(window.lastFull(1e12)).toBe(0);
});
