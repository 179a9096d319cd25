/**
 * A job of 50 000 targets watched in a real browser: the real page against the real host and its lab, from Send until every reply is
 * at its row, while somebody scrolls. Needs the built page and a Chromium.
 */
import type { Page } from 'playwright';
import { simulatedAgentId } from '../electron/lab/gse/agent-ids.ts';
import { simulatedFate, SIMULATED_DEFAULT } from '../electron/lab/gse/simulated-agents.ts';
import { removeFolder, startServe } from '../tests/kit/serve-process.ts';
import type { BenchLine } from './bench-line.ts';
import { idleFps, withPage } from './feed-view/bench-page.ts';
import { frameLines } from './feed-view/frame-lines.ts';
import { readProbe, startProbe } from './feed-view/page-probe.ts';

export const name = 'dispatch-view';

const TARGETS = 50_000;
const CONTENT = 'x'.repeat(1_024);
const FPS_MIN = 50;
const SENT_SECONDS_MAX = 15;
const REPLIES_MS_MAX = 180_000;
/**
 * 4 800 pixels a second, about 200 rows: a wheel spun as hard as it goes. A notch is 96 to 120 pixels, and a person who looks for
 * something turns ten to fifteen of them a second, a third of this.
 */
const SCROLL_PIXELS = 480;
const SCROLL_MS = 100;
const SCROLLS_A_LOOK = 3;

type Report = (line: BenchLine) => void;

export async function run(report: Report): Promise<void> {
  const serve = await startServe({ lab: true, netipc: false });
  try {
    await withPage(serve.link(), async (page) => {
      await fillForm(page);
      const idle = await idleFps(page);
      await watchJob(page, idle, report);
    });
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
}

async function fillForm(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Dispatch' }).click();
  const ids = Array.from({ length: TARGETS }, (_, index) => simulatedAgentId(index)).join('\n');
  const file = { name: 'fleet.txt', mimeType: 'text/plain', buffer: Buffer.from(ids) };
  await page.getByLabel('From a file …').first().setInputFiles(file);
  await page.getByText(/50\s000 valid/).waitFor();
  await page.getByLabel('Content', { exact: true }).fill(CONTENT);
  await page.getByRole('textbox', { name: 'Reply within, s' }).fill(String(REPLIES_MS_MAX / 1_000));
  await page.getByRole('button', { name: 'Send', exact: true, disabled: false }).click();
}

async function watchJob(page: Page, idle: number, report: Report): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm the dispatch' });
  await dialog.getByRole('button', { name: /Send to/ }).click();
  const sendNow = page.getByRole('button', { name: 'Send now' });
  await sendNow.waitFor();
  await startProbe(page);
  const startMs = performance.now();
  await sendNow.click();
  const sentSeconds = await scrollUntil(page, () => isSent(page), startMs);
  const wanted = wantedCounts();
  const repliedSeconds = await scrollUntil(
    page,
    async () => (await countOf(page, 'replied')) === wanted.replied,
    startMs,
  );
  const probe = await readProbe(page);
  const found = { replied: await countOf(page, 'replied'), failed: await countOf(page, 'failed') };
  const what = `a job of ${TARGETS} targets in the page, scrolled all the time`;
  const line = { ratio: null, against: '' } as const;
  report({
    ...line,
    what: `${what}: all requests answered`,
    figure: sentSeconds,
    unit: 's',
    bar: `≤ ${SENT_SECONDS_MAX}`,
    holds: sentSeconds <= SENT_SECONDS_MAX,
  });
  report({
    ...line,
    what: `${what}: all replies at their rows`,
    figure: repliedSeconds,
    unit: 's',
    bar: 'for information',
    holds: null,
  });
  const bars = { fpsMin: FPS_MIN, worstFpsMin: FPS_MIN };
  for (const frames of frameLines(what, probe, idle, bars)) report(frames);
  report({
    ...line,
    what: `${what}: replied ${found.replied}, failed ${found.failed}`,
    figure: found.replied + found.failed,
    unit: 'targets',
    bar: `replied ${wanted.replied}, failed ${wanted.failed}`,
    holds: found.replied === wanted.replied && found.failed === wanted.failed,
  });
}

function wantedCounts(): { replied: number; failed: number } {
  const fates = Array.from({ length: TARGETS }, (_, index) => simulatedFate(index, SIMULATED_DEFAULT));
  return {
    replied: fates.filter((fate) => fate === 'replies').length,
    failed: fates.filter((fate) => fate === 'fails').length,
  };
}

async function isSent(page: Page): Promise<boolean> {
  const waiting = (await countOf(page, 'waiting')) + (await countOf(page, 'under way'));
  return waiting === 0 && (await countOf(page, 'failed')) > 0;
}

/** As the button of the group says. Not by role: to compute the roles of a whole page would be what is measured. */
async function countOf(page: Page, outcome: string): Promise<number> {
  const words = await page.evaluate(() =>
    Array.from(
      document.querySelectorAll('[role="group"][aria-label="Results by outcome"] button'),
      ({ textContent }) => textContent,
    ),
  );
  const found = words.find((text) => text.trim().startsWith(outcome));
  return found === undefined ? 0 : Number(found.replaceAll(/\D/g, ''));
}

/** Seconds from the start until it is so. Up and down, as somebody does who looks for something. */
async function scrollUntil(page: Page, isSo: () => Promise<boolean>, startMs: number): Promise<number> {
  await page.mouse.move(700, 600);
  for (let turn = 0; !(await isSo()); turn += 1) {
    if (performance.now() - startMs > REPLIES_MS_MAX) throw new Error('the job did not come to its end');
    for (let scroll = 0; scroll < SCROLLS_A_LOOK; scroll += 1) {
      await page.mouse.wheel(0, turn % 8 < 5 ? SCROLL_PIXELS : -SCROLL_PIXELS);
      await page.waitForTimeout(SCROLL_MS);
    }
  }
  return (performance.now() - startMs) / 1_000;
}
