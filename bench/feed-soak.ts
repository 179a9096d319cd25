/**
 * Promise F4: the feed stays smooth and does not grow while events come in, 2 000 a second with 1 kB bodies over HTTP.
 * Short by itself; BENCH_SOAK_SECONDS=600 is the ten minutes of the promise. Needs the built page and a Chromium.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { ROOT, removeFolder, startServe } from '../tests/kit/serve-process.ts';
import type { BenchLine } from './bench-line.ts';
import { withPage } from './feed-view/bench-page.ts';
import { heapBytes, readFrameTimes, startFrameTimes } from './feed-view/page-probe.ts';

export const name = 'feed-soak';

const RATE = 2_000;
const SECONDS = Number(process.env['BENCH_SOAK_SECONDS'] ?? 30);
/** The list, the chart and the ring have then what they will hold; growth is counted from here. */
const WARM_SECONDS = 10;
const FRAME_MS_MAX = 16.7;
const DRIFT_MAX = 0.05;
const IDLE_MS = 5_000;

type Report = (line: BenchLine) => void;

export async function run(report: Report): Promise<void> {
  const serve = await startServe({ netipc: false });
  try {
    await withPage(serve.link(), async (page) => {
      await startFrameTimes(page);
      await page.waitForTimeout(IDLE_MS);
      const idle = await readFrameTimes(page);
      await soak(page, serve.mimoPort, idle.p95Ms, report);
    });
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
}

async function soak(page: Page, mimoPort: number, idleMs: number, report: Report): Promise<void> {
  const file = join(ROOT, 'bench/feed-view/sender.ts');
  const args = [file, String(mimoPort), String(RATE), String(WARM_SECONDS + SECONDS)];
  const sender = spawn(process.execPath, args, { stdio: 'ignore' });
  const ended = once(sender, 'exit');
  try {
    await page.waitForTimeout(WARM_SECONDS * 1_000);
    const heapBefore = await heapBytes(page);
    await startFrameTimes(page);
    await ended;
    const frames = await readFrameTimes(page);
    const heapAfter = await heapBytes(page);
    const what = `${RATE}/s of 1 kB for ${SECONDS} s`;
    report({
      what: `${what}: 95 of 100 frames within`,
      figure: frames.p95Ms,
      unit: 'ms',
      ratio: frames.p95Ms / idleMs,
      against: `the page at rest, ${idleMs.toFixed(1)}`,
      bar: `≤ ${FRAME_MS_MAX}, or as at rest`,
      holds: frames.p95Ms <= Math.max(FRAME_MS_MAX, idleMs),
    });
    report({
      what: `${what}: heap after collection`,
      figure: heapAfter / 1024 / 1024,
      unit: 'MiB',
      ratio: heapAfter / heapBefore,
      against: `after ${WARM_SECONDS} s, ${(heapBefore / 1024 / 1024).toFixed(1)}`,
      bar: `drift ≤ ${DRIFT_MAX * 100} %`,
      holds: heapAfter <= heapBefore * (1 + DRIFT_MAX),
    });
  } finally {
    sender.kill();
  }
}
