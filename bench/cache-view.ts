/**
 * The Cache view in a real browser: a provider of 5 000 cgroups that change with every refresh, one refresh a second. The selected row must
 * stand where it stood in every single frame, while rows above it come and go. Needs the built page, the addon and a Chromium.
 * BENCH_SECONDS sets how long each part is watched.
 */
import type { Locator, Page } from 'playwright';
import type { SnapshotItem } from '../electron/protocols/netipc/cgroups-snapshot.ts';
import { item, startProvider } from '../tests/e2e/netipc-peers.ts';
import { removeFolder, startServe } from '../tests/kit/serve-process.ts';
import type { BenchLine } from './bench-line.ts';
import { readPlace, startPlace } from './cache-view/row-place.ts';
import { idleFps, withPage } from './feed-view/bench-page.ts';
import { frameLines } from './feed-view/frame-lines.ts';
import { readProbe, startProbe } from './feed-view/page-probe.ts';
import type { Probe } from './feed-view/page-probe.ts';

export const name = 'cache-view';

const ROWS = 5_000;
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);
const FPS_MIN = 55;
const REFRESH_MS = 1_000;
/** Of the refreshes that should have come in the time, so many must have. */
const REFRESH_SHARE_MIN = 0.8;
const CHANGED_EVERY = 25;
const SELECTED_ROW = 14;

type Report = (line: BenchLine) => void;

function rowName(at: number): string {
  return `row-${String(at).padStart(5, '0')}`;
}

/** Every generation misses other rows of the top, has others there instead, and switches every 25th row. */
function rowsOf(generation: number): SnapshotItem[] {
  const gone = (generation % 5) * 7;
  const others = (generation % 3) * 11;
  const fresh = Array.from({ length: others }, (_, at) => item(`${rowName(at * 10)}-${generation}`));
  const kept = Array.from({ length: ROWS - gone - others }, (_, index) => {
    const at = index + gone;
    return item(rowName(at * 10), (at + generation) % CHANGED_EVERY === 0 ? { enabled: 0 } : {});
  });
  return [...fresh, ...kept];
}

async function watchProvider(page: Page, folder: string): Promise<void> {
  await page.keyboard.press('Control+3');
  await page.getByRole('button', { name: 'Watch a service …' }).first().click();
  await page.getByLabel('Run folder').fill(folder);
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await page.getByRole('option', { name: new RegExp(folder) }).click();
  await page.locator('#cache-grid [data-key]').nth(SELECTED_ROW).waitFor();
}

/** A row in the middle of the list, so that what comes and goes above it would push it. */
async function selectMiddle(page: Page): Promise<string> {
  await page.locator('#cache-grid').hover();
  await page.mouse.wheel(0, 40_000);
  await page.waitForTimeout(500);
  const row: Locator = page.locator('#cache-grid [data-key]').nth(SELECTED_ROW);
  const key = await row.getAttribute('data-key');
  if (key === null) throw new Error('the list did not scroll');
  await row.click();
  await page.mouse.move(5, 400);
  return key;
}

async function measure(page: Page, work: () => Promise<void>): Promise<Probe> {
  await startProbe(page);
  await work();
  return readProbe(page);
}

async function scrollAbout(page: Page): Promise<void> {
  await page.locator('#cache-grid').hover();
  const endsMs = performance.now() + SECONDS * 1_000;
  for (let step = 0; performance.now() < endsMs; step += 1) {
    await page.mouse.wheel(0, Math.floor(step / 60) % 2 === 0 ? 300 : -300);
    await page.waitForTimeout(16);
  }
}

async function onPage(page: Page, report: Report, refreshes: () => number, folder: string): Promise<void> {
  const idle = await idleFps(page);
  await watchProvider(page, folder);
  await startPlace(page, await selectMiddle(page));
  const before = refreshes();
  const still = await measure(page, () => page.waitForTimeout(SECONDS * 1_000));
  const place = await readPlace(page);
  const count = refreshes() - before;
  const what = `${ROWS} rows, ${SECONDS} s`;
  const wanted = Math.floor((SECONDS * 1_000) / REFRESH_MS);
  report({
    what: `${what}: refreshes, each with rows that came, went and changed`,
    figure: count,
    unit: 'refreshes',
    ratio: null,
    against: '',
    bar: `${wanted}, at least ${Math.floor(wanted * REFRESH_SHARE_MIN)}`,
    holds: count >= Math.floor(wanted * REFRESH_SHARE_MIN),
  });
  for (const line of frameLines(what, still, idle, { fpsMin: FPS_MIN })) report(line);
  report({
    what: `${what}: selected row moved, at most, in ${place.frames} frames (${place.framesLost} without it)`,
    figure: place.movedPx,
    unit: 'px',
    ratio: null,
    against: '',
    bar: '0 and 0',
    holds: place.movedPx === 0 && place.framesLost === 0 && place.frames > 0,
  });
  const scrolled = await measure(page, () => scrollAbout(page));
  for (const line of frameLines(`${what}, scrolling all the time`, scrolled, idle)) report(line);
}

export async function run(report: Report): Promise<void> {
  let generation = 0;
  const provider = await startProvider(rowsOf(0));
  const rows = Array.from({ length: 15 }, (_, at) => rowsOf(at));
  // The provider asks for its rows once a snapshot; what it is handed is made before, so that the bench costs the machine little.
  Object.defineProperty(provider, 'items', { get: () => rows[(generation += 1) % rows.length] });
  const serve = await startServe();
  try {
    await withPage(serve.link(), (page) => onPage(page, report, () => generation, provider.folder));
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
    await provider.close();
  }
}
