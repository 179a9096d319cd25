/** What the benches of the page say of frames and long tasks. */
import type { BenchLine } from '../bench-line.ts';
import type { Probe } from './page-probe.ts';

/** A bar that is not named is not set: the figure is for information. */
export interface FrameBars {
  readonly fpsMin?: number;
  readonly worstFpsMin?: number;
  readonly taskMsMax?: number;
}

/** `idleFps` is what the page did at rest on the same machine. */
export function frameLines(what: string, probe: Probe, idleFps: number, bars: FrameBars = {}): BenchLine[] {
  const { framesPerSecond, framesPerSecondMin, longestTaskMs } = probe;
  const { fpsMin, worstFpsMin, taskMsMax } = bars;
  return [
    {
      what: `${what}: frames`,
      figure: framesPerSecond,
      unit: 'fps',
      ratio: framesPerSecond / idleFps,
      against: `the page at rest, ${idleFps.toFixed(1)}`,
      ...barOf(
        fpsMin,
        (bar) => `≥ ${bar}`,
        (bar) => framesPerSecond >= bar,
      ),
    },
    {
      what: `${what}: frames, worst second`,
      figure: framesPerSecondMin,
      unit: 'fps',
      ratio: null,
      against: '',
      ...barOf(
        worstFpsMin,
        (bar) => `≥ ${bar}`,
        (bar) => framesPerSecondMin >= bar,
      ),
    },
    {
      what: `${what}: longest task (0: none above 50)`,
      figure: longestTaskMs,
      unit: 'ms',
      ratio: null,
      against: '',
      ...barOf(
        taskMsMax,
        (bar) => `≤ ${bar}`,
        (bar) => longestTaskMs <= bar,
      ),
    },
  ];
}

function barOf(
  bar: number | undefined,
  words: (bar: number) => string,
  holds: (bar: number) => boolean,
): Pick<BenchLine, 'bar' | 'holds'> {
  if (bar === undefined) return { bar: 'for information', holds: null };
  return { bar: words(bar), holds: holds(bar) };
}
