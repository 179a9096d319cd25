/** The Feed view when things go wrong or take long: a full disk, a source that was down, an export and a search that are stopped. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright/test';
import { openEventStore } from '../../electron/store/open-event-store.ts';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import type { ServeProcess } from '../kit/serve-process.ts';
import { mountRefusal, mountSmallDisk, takeAllRoom, unmountSmallDisk } from '../kit/small-disk.ts';
import { makeEvents, steppedClock } from '../kit/store-kit.ts';
import { expect, test } from './fixture.ts';
import { eventBody, post, postMany } from './send-events.ts';

const REFUSED_TRIES_MAX = 2_000;
const BIG_STORE_ROWS = 300_000;
const ROWS_AT_ONCE = 10_000;
const SEARCH = 'body.payload.name=nowhere';

const rows = (page: Page): Locator => page.locator('#feed [data-seq]');
const gap = (page: Page): Locator => page.locator('#feed [data-kind="gap"]');

async function open(page: Page, serve: ServeProcess): Promise<void> {
  await page.goto(serve.link());
  await page.waitForURL(`${serve.origin}/`);
}

/** Until the store has turned `wanted` events away; gives how many it did. */
async function sendUntilRefused(mimoPort: number, wanted: number): Promise<number> {
  const pad = 'x'.repeat(8_000);
  let refused = 0;
  for (let n = 0; n < REFUSED_TRIES_MAX && refused < wanted; n += 1) {
    const status = await post(mimoPort, eventBody('bdev_ready', { n, pad }));
    expect([204, 503]).toContain(status);
    if (status === 503) refused += 1;
  }
  return refused;
}

/**
 * Keeps the page's request for step `step` of the search back, so that the search stands in its middle on a
 * machine of any speed; everything else passes. Gives what lets the request go.
 */
async function holdSearch(page: Page, step: number): Promise<() => void> {
  let asked = 0;
  let send: (() => void) | null = null;
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      const text = message.toString('latin1');
      if (text.includes('feed.page') && text.includes(SEARCH)) asked += 1;
      if (asked === step && send === null) send = () => server.send(message);
      else server.send(message);
    });
  });
  return () => send?.();
}

test('a full disk: each event turned away is in the ledger and in a gap row, and the feed goes on by itself', async ({
  page,
}) => {
  const refusal = mountRefusal();
  test.skip(refusal !== null, refusal ?? '');
  const base = mkdtempSync(join(tmpdir(), 'signalbox-full-'));
  const disk = join(base, 'disk');
  mountSmallDisk(disk, 3);
  let serve: ServeProcess | null = null;
  try {
    serve = await startServe({ dataFolder: join(disk, 'data'), netipc: false });
    await open(page, serve);
    await postMany(serve.mimoPort, 20);
    await expect(rows(page)).toHaveCount(20);
    // From before the trouble: a store that frees itself meanwhile takes gap rows along, the list keeps them.
    const filter = page.getByRole('combobox', { name: 'Filter' });
    await filter.fill('kind:gap');
    await filter.press('Enter');
    await expect(rows(page)).toHaveCount(0);
    const ballast = takeAllRoom(disk);
    let refused = await sendUntilRefused(serve.mimoPort, 20);
    expect(refused).toBe(20);
    rmSync(ballast);
    const { mimoPort } = serve;
    const sendAfter = async (): Promise<number> => {
      const status = await post(mimoPort, eventBody('bdev_created', { name: 'after' }));
      if (status === 503) refused += 1;
      return status;
    };
    await expect.poll(sendAfter).toBe(204);
    await expect(gap(page).first()).toContainText(
      /\d+ events? turned away, .* the store could not take them/,
    );
    // Then there is more than one row, and together they tell of all.
    const told = (): Promise<number> =>
      gap(page).evaluateAll((all) =>
        all.reduce(
          (sum, row) => sum + Number(/(\d+) events? turned away/.exec(row.textContent)?.[1] ?? 0),
          0,
        ),
      );
    await expect.poll(told).toBe(refused);
    await filter.fill('');
    await filter.press('Enter');
    await expect(rows(page).filter({ hasText: '"after"' }).first()).toBeVisible();
    const ledger = page.getByRole('contentinfo').getByRole('button', { name: /Ledger/ });
    await ledger.click();
    await expect(page.getByRole('dialog').getByText('Dropped: answered with 503')).toBeVisible();
    const line = page.getByRole('dialog').locator('tr', { has: page.locator('th', { hasText: /^mimo$/ }) });
    await expect(line.locator('td').last()).toHaveText(String(refused));
  } finally {
    await serve?.stop();
    unmountSmallDisk(disk);
    rmSync(base, { recursive: true, force: true });
  }
});

test('a source that was down leaves a gap row that says from when to when', async ({ page }) => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const serve = await startServe({ mimoPort: address.port, netipc: false });
  try {
    await open(page, serve);
    await expect(page.getByRole('button', { name: /MIMO \d+ failed/ })).toBeVisible();
    await expect(rows(page).filter({ hasText: 'link_failed' })).toContainText('is held by pid');
    await new Promise((resolve) => holder.close(resolve));
    await expect(page.getByRole('button', { name: /MIMO \d+ up/ })).toBeVisible();
    await expect(gap(page)).toContainText(/Nothing could be received from .* to .*: the link was not up/);
    await post(serve.mimoPort, eventBody('bdev_ready', { name: 'back' }));
    await expect(rows(page).filter({ hasText: '"back"' })).toBeVisible();
  } finally {
    holder.close();
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

test.describe('a store of many rows', () => {
  let dataFolder = '';
  let serve: ServeProcess;

  test.beforeAll(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'signalbox-many-'));
    const clock = steppedClock();
    clock.nowMs = Date.now();
    const store = await openEventStore({
      folder: dataFolder,
      clock,
      retentionDays: 30,
      retentionBytes: 2 ** 30,
    });
    const body = Buffer.from(eventBody('bdev_ready', { name: 'nvme0n1', pad: 'x'.repeat(200) }));
    for (let at = 0; at < BIG_STORE_ROWS; at += ROWS_AT_ONCE)
      await store.append(makeEvents(ROWS_AT_ONCE, { receivedAtMs: clock.nowMs, body }));
    await store.close();
    serve = await startServe({ dataFolder, netipc: false });
  });
  test.afterAll(async () => {
    await serve.stop();
    await removeFolder(dataFolder);
  });

  test('an export that is cancelled leaves no file and can be started again', async ({ page }) => {
    // The whole of a large store on a busy machine: it may take long, it must not stop.
    test.slow();
    await open(page, serve);
    await expect(rows(page).first()).toBeVisible();
    await page.getByRole('button', { name: 'Export' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByRole('button', { name: 'Export' }).click();
    await expect(dialog.getByText(/[1-9].* events, .* written …/)).toBeVisible();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog.getByRole('button', { name: 'Export' })).toBeVisible();
    await expect(dialog.getByText(/written/)).toHaveCount(0);
    const exports = join(dataFolder, 'exports');
    await expect.poll(() => readdirSync(exports)).toEqual([]);
    await dialog.getByRole('radio', { name: 'CSV' }).check();
    await dialog.getByRole('switch', { name: 'With bodies' }).click();
    await dialog.getByRole('button', { name: 'Export' }).click();
    await expect(dialog.getByText(/300.00\d events, .* written to/)).toBeVisible({ timeout: 0 });
    expect(readdirSync(exports)).toHaveLength(1);
  });

  test('a long search tells how far it is, stops when told, and goes on from there', async ({ page }) => {
    const letGo = await holdSearch(page, 3);
    await open(page, serve);
    await expect(rows(page).first()).toBeVisible();
    const filter = page.getByRole('combobox', { name: 'Filter' });
    await filter.fill(SEARCH);
    await filter.press('Enter');
    const progress = page.getByRole('progressbar', { name: 'Search in the store' });
    await expect(progress).toBeVisible();
    await expect(page.getByText(/scanned .* of .* rows/).first()).toBeVisible();
    await page
      .getByRole('contentinfo')
      .or(page.locator('main'))
      .getByRole('button', { name: 'Cancel' })
      .first()
      .click();
    await expect(progress).toHaveCount(0);
    await expect(page.getByText('Search stopped; older rows may match.').first()).toBeVisible();
    await page.getByRole('button', { name: 'Search on' }).first().click();
    await expect(page.getByText('Search stopped; older rows may match.')).toHaveCount(0);
    letGo();
    await expect(page.getByText('No event matches the filter')).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText('Search stopped; older rows may match.')).toHaveCount(0);
  });
});
