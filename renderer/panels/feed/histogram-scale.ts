/** Geometry of the rate chart, without a document. */
import type { FeedHistogram } from '../../../shared/contract/feed.ts';

export interface ChartSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface ChartPaths {
  readonly rest: string;
  readonly warnings: string;
  readonly errors: string;
}

/** 1, 2 or 5 times a power of ten, at least `value`: the top of the scale. */
export function niceCeiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5]) if (step * power >= value) return step * power;
  return 10 * power;
}

export function largestBucket(histogram: FeedHistogram): number {
  return histogram.buckets.reduce(
    (most, bucket) => Math.max(most, bucket.rest + bucket.warnings + bucket.errors),
    0,
  );
}

/**
 * Bars stacked from below: errors stand on the line, where even one is seen, then warnings, then the rest.
 */
export function chartPaths(histogram: FeedHistogram, topCount: number, size: ChartSize): ChartPaths {
  const paths = { rest: '', warnings: '', errors: '' };
  const stepPx = size.widthPx / Math.max(1, histogram.buckets.length);
  const barPx = Math.max(1, stepPx - (stepPx > 4 ? 1 : 0));
  histogram.buckets.forEach((bucket, index) => {
    let floorPx = size.heightPx;
    for (const kind of ['errors', 'warnings', 'rest'] as const) {
      const count = bucket[kind];
      if (count === 0) continue;
      const tallPx = Math.max(1.5, (count / topCount) * size.heightPx);
      floorPx -= tallPx;
      paths[kind] +=
        `M${round(index * stepPx)} ${round(floorPx)}h${round(barPx)}v${round(tallPx)}h-${round(barPx)}z`;
    }
  });
  return paths;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Moment at a share of the width, 0 to 1. */
export function timeAt(histogram: FeedHistogram, share: number): number {
  const clamped = Math.min(1, Math.max(0, share));
  return Math.round(histogram.fromMs + clamped * (histogram.toMs - histogram.fromMs));
}

export function shareOf(histogram: FeedHistogram, atMs: number): number {
  return (atMs - histogram.fromMs) / Math.max(1, histogram.toMs - histogram.fromMs);
}

export interface Tick {
  readonly share: number;
  readonly atMs: number;
}

/** Evenly spaced inner moments for the labels below. */
export function timeTicks(histogram: FeedHistogram, count: number): readonly Tick[] {
  return Array.from({ length: count + 1 }, (_, index) => {
    const share = index / count;
    return { share, atMs: timeAt(histogram, share) };
  });
}
