import { expect, it } from 'vitest';
import { chartPaths, largestBucket, niceCeiling, shareOf, timeAt, timeTicks } from './histogram-scale.ts';

const CHART = {
  fromMs: 1_000,
  toMs: 5_000,
  complete: true,
  buckets: [
    { rest: 0, warnings: 0, errors: 0 },
    { rest: 6, warnings: 3, errors: 1 },
  ],
};

it('rounds the top of the scale up to 1, 2 or 5', () => {
  expect([0, 1, 3, 7, 10, 11, 99, 500, 501].map(niceCeiling)).toEqual([1, 1, 5, 10, 10, 20, 100, 500, 1_000]);
});

it('stacks errors below warnings below the rest, to scale', () => {
  expect(largestBucket(CHART)).toBe(10);
  const paths = chartPaths(CHART, 10, { widthPx: 20, heightPx: 100 });
  expect(paths).toEqual({ errors: 'M10 90h9v10h-9z', warnings: 'M10 60h9v30h-9z', rest: 'M10 0h9v60h-9z' });
});

it('shows a single error among many', () => {
  const buckets = [{ rest: 99_999, warnings: 0, errors: 1 }];
  expect(chartPaths({ ...CHART, buckets }, 100_000, { widthPx: 10, heightPx: 40 }).errors).toContain('v1.5');
});

it('turns places into moments and back', () => {
  expect(timeAt(CHART, 0.5)).toBe(3_000);
  expect(timeAt(CHART, 7)).toBe(5_000);
  expect(shareOf(CHART, 2_000)).toBe(0.25);
  expect(timeTicks(CHART, 2).map((tick) => tick.atMs)).toEqual([1_000, 3_000, 5_000]);
});
