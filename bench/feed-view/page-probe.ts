/** Measures inside the page: frames, long tasks, how fast presses were answered, heap. */
import type { Page } from 'playwright';

export interface Probe {
  readonly framesPerSecond: number;
  /** The worst second. */
  readonly framesPerSecondMin: number;
  readonly longestTaskMs: number;
  /** From the press to the frame that shows its effect; event timing counts in steps of 8 ms. */
  readonly slowestPressMs: number;
}

declare global {
  interface Window {
    benchFrameTimes?: Uint32Array;
    benchProbe?: { frames: number[]; longestTaskMs: number; slowestPressMs: number; startedMs: number };
  }
}

export async function startProbe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const probe = {
      frames: [] as number[],
      longestTaskMs: 0,
      slowestPressMs: 0,
      startedMs: performance.now(),
    };
    window.benchProbe = probe;
    const count = (): void => {
      const second = Math.floor((performance.now() - probe.startedMs) / 1_000);
      probe.frames[second] = (probe.frames[second] ?? 0) + 1;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        probe.longestTaskMs = Math.max(probe.longestTaskMs, entry.duration);
    }).observe({ type: 'longtask' });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.name === 'pointerdown')
          probe.slowestPressMs = Math.max(probe.slowestPressMs, entry.duration);
      }
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  });
}

/** The second that is not over yet is left out. */
export async function readProbe(page: Page): Promise<Probe> {
  return page.evaluate(() => {
    const probe = window.benchProbe;
    if (probe === undefined) throw new Error('no probe was started');
    const whole = Array.from(probe.frames.slice(0, -1), (frames) => frames ?? 0);
    return {
      framesPerSecond: whole.reduce((sum, frames) => sum + frames, 0) / Math.max(1, whole.length),
      framesPerSecondMin: Math.min(...whole),
      longestTaskMs: probe.longestTaskMs,
      slowestPressMs: probe.slowestPressMs,
    };
  });
}

/** Used bytes of the page's JavaScript heap after a full collection. */
export async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

/** Counts in steps of a tenth of a millisecond: it takes the same room however long it runs. */
const FRAME_STEPS = 2_000;
const STEPS_PER_MS = 10;

export async function startFrameTimes(page: Page): Promise<void> {
  await page.evaluate(
    ({ steps, perMs }) => {
      const counts = new Uint32Array(steps);
      window.benchFrameTimes = counts;
      let last = performance.now();
      const count = (nowMs: number): void => {
        const step = Math.min(steps - 1, Math.max(0, Math.round((nowMs - last) * perMs)));
        counts[step] = (counts[step] ?? 0) + 1;
        last = nowMs;
        if (window.benchFrameTimes === counts) requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
    },
    { steps: FRAME_STEPS, perMs: STEPS_PER_MS },
  );
}

/** The time between two frames that 95 of 100 keep within. */
export async function readFrameTimes(page: Page): Promise<{ readonly p95Ms: number }> {
  const counts = await page.evaluate(() => Array.from(window.benchFrameTimes ?? []));
  const wanted = 0.95 * counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  const step = counts.findIndex((count) => (seen += count) >= wanted);
  return { p95Ms: step / STEPS_PER_MS };
}
