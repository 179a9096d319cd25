/** The console's page in a real browser, for benches. */
import { chromium } from 'playwright';
import type { Page } from 'playwright';
import { CHROMIUM_ARGS, CHROMIUM_PATH } from '../../tests/e2e/chromium-launch.ts';
import { readProbe, startProbe } from './page-probe.ts';

const IDLE_MS = 3_500;

/** Opens the one-use link, and closes the browser whatever becomes of the work. */
export async function withPage<T>(link: string, work: (page: Page) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: CHROMIUM_ARGS });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(link);
    await page.locator('#feed').waitFor();
    return await work(page);
  } finally {
    await browser.close();
  }
}

/** An idle page on the same machine: what the browser can do at all without a GPU. */
export async function idleFps(page: Page): Promise<number> {
  await startProbe(page);
  await page.waitForTimeout(IDLE_MS);
  return (await readProbe(page)).framesPerSecond;
}
