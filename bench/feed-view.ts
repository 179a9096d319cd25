/**
 * The feed in a real browser: 10 000 events a second with 1 kB bodies over HTTP, then 50 000 a second
 * through the core. Needs the built page and a Chromium. BENCH_SECONDS shortens the first part,
 * BENCH_BURST_SECONDS the second.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { ROOT, removeFolder, startServe } from '../tests/kit/serve-process.ts';
import type { BenchLine } from './bench-line.ts';
import { idleFps, withPage } from './feed-view/bench-page.ts';
import { frameLines } from './feed-view/frame-lines.ts';
import { heapBytes, readProbe, startProbe } from './feed-view/page-probe.ts';

export const name = 'feed-view';

const RATE = 10_000;
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 60);
const BURST_RATE = 50_000;
const BURST_SECONDS = Number(process.env['BENCH_BURST_SECONDS'] ?? 10);
const FPS_MIN = 55;
const TASK_MS_MAX = 100;
const HEAP_BYTES_MAX = 80 * 1024 * 1024;
const CLICK_MS_MAX = 100;
const LINK = /http:\/\/127\.0\.0\.1:\d+\/open\?ticket=[\w-]+/;

type Report = (line: BenchLine) => void;

interface Sent {
  readonly sent: number;
  readonly accepted: number;
  readonly busy: number;
  readonly other: number;
  readonly ratePerSecond: number;
}

function textOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`the sender ended with ${code}: ${text}`)),
    );
  });
}

function sentOf(text: string): Sent {
  const value: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '');
  if (typeof value !== 'object' || value === null || !('sent' in value))
    throw new Error(`no counts: ${text}`);
  return value as Sent;
}

/** The counters the page shows, once they stand still. */
async function ledger(
  page: Page,
): Promise<{ received: number; stored: number; refused: number; dropped: number }> {
  const read = async (): Promise<number[]> => {
    const label = await page.locator('footer button', { hasText: 'received' }).first().innerText();
    return label.replaceAll('\u202f', '').match(/\d+/g)?.slice(0, 4).map(Number) ?? [];
  };
  let before = await read();
  for (let round = 0; round < 20; round += 1) {
    await page.waitForTimeout(1_500);
    const now = await read();
    if (now.join() === before.join()) break;
    before = now;
  }
  // The console's own notices are rows, too; the sender is compared with its own line.
  await page.locator('footer button', { hasText: 'received' }).first().click();
  const cells = await page
    .locator('tr', { has: page.locator('th', { hasText: /^mimo$/ }) })
    .locator('td')
    .allInnerTexts();
  await page.keyboard.press('Escape');
  const [received = -1, stored = -1, refused = -1, dropped = -1] = cells.map((cell) =>
    Number(cell.replace(/\D/g, '')),
  );
  return { received, stored, refused, dropped };
}

function countsText(counted: Awaited<ReturnType<typeof ledger>>, sent: Sent): string {
  const { received, stored, refused, dropped } = counted;
  const own = `received ${received} = stored ${stored} + refused ${refused} + dropped ${dropped}`;
  return `${own}; sent ${sent.sent}, answered 204 ${sent.accepted}, 503 ${sent.busy}`;
}

async function steady(report: Report): Promise<void> {
  const serve = await startServe();
  try {
    await withPage(serve.link(), async (page) => {
      const idle = await idleFps(page);
      await startProbe(page);
      const sender = spawn(process.execPath, [
        join(ROOT, 'bench/feed-view/sender.ts'),
        String(serve.mimoPort),
        String(RATE),
        String(SECONDS),
      ]);
      const sent = sentOf(await textOf(sender));
      const probe = await readProbe(page);
      const heap = await heapBytes(page);
      const counted = await ledger(page);
      const what = `${RATE}/s of 1 kB for ${SECONDS} s`;
      report({
        what: `${what}: sent`,
        figure: sent.ratePerSecond,
        unit: 'events/s',
        ratio: null,
        against: '',
        bar: `${RATE}`,
        holds: sent.ratePerSecond >= RATE * 0.95,
      });
      const bars = { fpsMin: FPS_MIN, taskMsMax: TASK_MS_MAX };
      for (const line of frameLines(what, probe, idle, bars)) report(line);
      report({
        what: `${what}: heap after collection`,
        figure: heap / 1024 / 1024,
        unit: 'MiB',
        ratio: null,
        against: '',
        bar: '≤ 80 MB',
        holds: heap <= HEAP_BYTES_MAX,
      });
      const adds =
        counted.received === sent.sent &&
        counted.stored + counted.refused + counted.dropped === counted.received &&
        counted.stored === sent.accepted;
      report({
        what: `${what}: ${countsText(counted, sent)}`,
        figure: counted.stored,
        unit: 'events',
        ratio: null,
        against: '',
        bar: 'adds up exactly',
        holds: adds,
      });
    });
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
}

/** Waits for a text in what a child says. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const found = pattern.exec(text);
      if (found !== null) resolve(found[1] ?? found[0]);
    });
    child.once('exit', (code) =>
      reject(new Error(`ended with ${code} before saying ${pattern.source}: ${text}`)),
    );
  });
}

async function burst(report: Report): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const pageFolder = join(ROOT, 'dist', 'renderer');
  const args = [join(ROOT, 'bench/feed-view/burst-serve.ts'), dataFolder, pageFolder, String(BURST_SECONDS)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    const link = await said(child, LINK);
    await withPage(link, async (page) => {
      await startProbe(page);
      const done = said(child, /done (\d+)/);
      child.stdin.write('go\n');
      const openMsMax = await clickRows(page);
      const stored = Number(await done);
      const probe = await readProbe(page);
      const what = `${BURST_RATE}/s through the core for ${BURST_SECONDS} s`;
      report({
        what: `${what}: press on a row to its frame, slowest`,
        figure: probe.slowestPressMs,
        unit: 'ms',
        ratio: null,
        against: '',
        bar: `< ${CLICK_MS_MAX}`,
        holds: probe.slowestPressMs < CLICK_MS_MAX,
      });
      report({
        what: `${what}: press to the event's bytes in the inspector, slowest`,
        figure: openMsMax,
        unit: 'ms',
        ratio: null,
        against: '',
        bar: 'for information',
        holds: null,
      });
      report({
        what: `${what}: frames`,
        figure: probe.framesPerSecond,
        unit: 'fps',
        ratio: null,
        against: '',
        bar: 'for information',
        holds: null,
      });
      report({
        what: `${what}: stored`,
        figure: stored,
        unit: 'events',
        ratio: null,
        against: '',
        bar: `${BURST_RATE * BURST_SECONDS}`,
        holds: stored === BURST_RATE * BURST_SECONDS,
      });
    });
  } finally {
    child.kill('SIGTERM');
    await exited;
    await removeFolder(dataFolder);
  }
}

/** Presses a row, waits for its bytes, goes back to live; again and again while the burst lasts. */
async function clickRows(page: Page): Promise<number> {
  const endsMs = performance.now() + BURST_SECONDS * 1_000;
  let openMsMax = 0;
  await page.locator('#feed [data-seq]').nth(10).waitFor();
  await page.locator('#feed').focus();
  await page.keyboard.press('i');
  while (performance.now() < endsMs) {
    const startedMs = performance.now();
    await page.mouse.click(500, 500);
    await page.locator('section dl').first().waitFor();
    openMsMax = Math.max(openMsMax, performance.now() - startedMs);
    await page.waitForTimeout(300);
    await page.keyboard.press('End');
    await page.waitForTimeout(300);
  }
  return openMsMax;
}

export async function run(report: Report): Promise<void> {
  await steady(report);
  await burst(report);
}
