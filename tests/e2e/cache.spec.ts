/** The Cache view on a real console with real netipc providers. */
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright/test';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import { item, manyItems, startProvider, startRefuser } from './netipc-peers.ts';
import type { TestProvider } from './netipc-peers.ts';

const STATUS_INCOMPATIBLE = 3;
const STATUS_LIMIT_EXCEEDED = 5;
const rows = (page: Page): Locator => page.locator('#cache-grid [data-key]');
const rowNamed = (page: Page, name: string): Locator =>
  rows(page).filter({ has: page.locator('[data-column="name"]', { hasText: new RegExp(`^${name}$`) }) });
const fact = (page: Page, name: string): Locator =>
  page
    .getByRole('region', { name: 'Generation' })
    .locator('div', { has: page.getByText(name, { exact: true }) })
    .last();

async function openCache(page: Page): Promise<void> {
  await expect(page.getByRole('option', { name: /This host/ }).or(page.locator('#feed'))).toBeVisible();
  await page.keyboard.press('Control+3');
  await expect(page.getByRole('listbox', { name: 'netipc services' })).toBeVisible();
}

/** Through the form, as an operator would. */
async function watch(page: Page, folder: string): Promise<void> {
  await page.getByRole('button', { name: 'Watch a service …' }).first().click();
  await page.getByLabel('Run folder').fill(folder);
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await page.getByRole('option', { name: new RegExp(folder) }).click();
}

async function withProvider(provider: TestProvider, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } finally {
    await provider.close();
  }
}

async function faults(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  await session.detach();
  const results = await page.evaluate<AxeResults>('axe.run()');
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

test('views are switched by keys and by the rail, and this host is there without set-up', async ({
  openPage,
}) => {
  const page = await openPage();
  await openCache(page);
  await expect(page.getByRole('option', { name: /This host.*ready/ })).toBeVisible();
  await expect(rows(page).first()).toBeVisible();
  await expect(fact(page, 'Transport')).toContainText(/shared memory|socket/);
  await expect(fact(page, 'Age')).toContainText(/just now|ago/);
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await expect(page.locator('#feed')).toBeVisible();
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Cache' }).click();
  await expect(page.locator('#cache-grid')).toBeVisible();
});

test('5 000 rows: neither selection nor scroll moves when refreshes bring and take rows', async ({
  openPage,
}) => {
  const provider = await startProvider(manyItems(5_000));
  await withProvider(provider, async () => {
    const page = await openPage();
    await openCache(page);
    await watch(page, provider.folder);
    await expect(page.getByText('5 000 rows')).toBeVisible();
    await page.locator('#cache-grid').hover();
    await page.mouse.wheel(0, 40_000);
    await expect(rowNamed(page, 'row-00000')).toHaveCount(0);
    const middle = rows(page).nth(14);
    const key = (await middle.getAttribute('data-key')) ?? '';
    await middle.click();
    await page.mouse.move(5, 400);
    const selected = page.locator(`[data-key="${key}"]`);
    const before = await selected.boundingBox();
    for (let round = 1; round <= 3; round += 1) {
      const fresh = Array.from({ length: 20 * round }, (_, index) => item(`row-00${index + 100}x${round}`));
      provider.items = [...manyItems(5_000).slice(7 * round), ...fresh];
      const count = String(5_000 - 7 * round + fresh.length);
      await expect(page.getByText(`${count[0]} ${count.slice(1)} rows`)).toBeVisible();
      expect(await selected.boundingBox()).toEqual(before);
      await expect(selected).toHaveAttribute('aria-selected', 'true');
    }
  });
});

test('filter, look-up, tree, comparison, steps, inspector and export', async ({ openPage }) => {
  const web = item('web');
  const provider = await startProvider([web, item('database'), item('worker')]);
  await withProvider(provider, async () => {
    const page = await openPage();
    await openCache(page);
    await watch(page, provider.folder);
    await expect(rows(page)).toHaveCount(3);
    await page.keyboard.press('/');
    await page.keyboard.type('type:w*');
    await page.keyboard.press('Enter');
    await expect(rows(page)).toHaveCount(2);
    await page.getByRole('button', { name: 'Clear the filter' }).click();

    await page.getByRole('form', { name: 'Look up' }).getByLabel('Name').fill('database');
    await page.keyboard.press('Enter');
    await expect(page.getByText(/HIT/)).toBeVisible();
    await page.getByLabel('Hash').fill('1');
    await page.keyboard.press('Enter');
    await expect(page.getByText(/MISS/)).toBeVisible();
    await page.getByLabel('Hash').fill(String(web.hash));
    await page.getByRole('form', { name: 'Look up' }).getByLabel('Name').fill('web');
    await page.keyboard.press('Enter');
    await expect(page.getByText(/HIT/)).toBeVisible();
    await expect(page.getByText(/\d µs in generation/)).toBeVisible();
    await page.getByRole('form', { name: 'Look up' }).getByLabel('Name').fill('wet');
    await page.keyboard.press('Enter');
    await expect(page.getByText(/MISS/)).toBeVisible();

    await page.getByRole('button', { name: 'Compare' }).click();
    provider.items = [item('web', { enabled: 0 }), item('worker'), item('newcomer')];
    await expect(page.getByText('≠ 1 changed')).toBeVisible();
    await page.getByRole('button', { name: 'Refresh now' }).focus();
    await page.keyboard.press(' ');

    await page.getByRole('button', { name: 'Table' }).click();
    await rowNamed(page, 'web').click();
    await page.keyboard.press('i');
    const inspector = page.getByRole('region', { name: 'Inspector' });
    await inspector.getByRole('tab', { name: 'Wire' }).click();
    await inspector.getByRole('option', { name: 'item.hash' }).click();
    await expect(inspector.locator('[data-at][data-on="true"]')).toHaveCount(8);
    const path = inspector.getByRole('option', { name: /item\.path .*web/ });
    const byte = inspector.getByRole('region', { name: 'Bytes of the answer' }).getByText('/test.slice');
    await expect(byte.or(path).first()).toBeVisible();
    await inspector.getByRole('tab', { name: 'History' }).click();
    await expect(inspector.getByText('changed').first()).toBeVisible();

    await page.keyboard.press('Escape');
    await page.locator('#cache-grid').focus();
    await page.keyboard.press('[');
    await expect(page.getByText(/Standing still on generation/)).toBeVisible();
    for (let step = 0; step < 40 && (await rowNamed(page, 'database').count()) === 0; step += 1) {
      await page.keyboard.press('[');
      await page.waitForTimeout(150);
    }
    await expect(rowNamed(page, 'database')).toBeVisible();
    await page.keyboard.press('End');
    await expect(rowNamed(page, 'newcomer')).toBeVisible();

    await page.getByRole('button', { name: 'Tree' }).click();
    await expect(page.getByRole('treegrid').getByText(/below/).first()).toBeVisible();
    await page.getByRole('button', { name: 'Export rows' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click();
    await expect(page.getByRole('dialog').getByText(/3 rows/)).toBeVisible();
  });
});

test('a service is watched, read, searched and compared by keyboard alone', async ({ openPage }) => {
  const provider = await startProvider([item('web'), item('database')]);
  await withProvider(provider, async () => {
    const page = await openPage();
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await expect(page.getByRole('option', { name: /This host.*ready/ })).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Watch a netipc');
    await page.keyboard.press('Enter');
    await expect(page.getByLabel('Run folder')).toBeFocused();
    await page.keyboard.type(provider.folder);
    await page.keyboard.press('Enter');
    const option = page.getByRole('option', { name: new RegExp(provider.folder) });
    await expect(option).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.keyboard.type(`Service cgroups-snapshot in ${provider.folder}`);
    await page.keyboard.press('Enter');
    await expect(option).toHaveAttribute('aria-selected', 'true');
    await expect(rows(page)).toHaveCount(2);
    await page.keyboard.press('j');
    await page.keyboard.press('i');
    await expect(page.getByRole('region', { name: 'Inspector' })).toBeVisible();
    await page.keyboard.press('l');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('database');
    await page.keyboard.press('Enter');
    await expect(page.getByText(/HIT/)).toBeVisible();
  });
});

test('absent, refused, incompatible and lost each say what, why, what now', async ({ openPage }) => {
  const locked = await startProvider([item('web')], 42n);
  const refuser = await startRefuser(STATUS_INCOMPATIBLE);
  const crowded = await startRefuser(STATUS_LIMIT_EXCEEDED);
  const provider = await startProvider([item('web')]);
  try {
    const page = await openPage();
    await openCache(page);
    await watch(page, '/nowhere/at/all');
    await expect(page.getByText(/Nobody serves .* yet/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible();
    await watch(page, locked.folder);
    await expect(page.getByText('The provider refused the token')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Connect anew' })).toBeVisible();
    await watch(page, refuser.folder);
    await expect(page.getByText('The provider speaks another version')).toBeVisible();
    await watch(page, provider.folder);
    await expect(rows(page)).toHaveCount(1);
    provider.stop();
    await expect(page.getByText(/Showing generation \d+ from .*; refresh failed \d+×: /)).toBeVisible();
    await expect(rows(page)).toHaveCount(1);
    provider.again();
    await expect(page.getByText(/refresh failed/)).toHaveCount(0);
    await watch(page, crowded.folder);
    await expect(page.getByText('LIMIT_EXCEEDED: the server has no room for another client')).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('中文');
    await page.keyboard.press('Enter');
    await expect(page.getByText('LIMIT_EXCEEDED: 服务器无法再容纳客户端')).toBeVisible();
  } finally {
    await Promise.all([locked.close(), refuser.close(), crowded.close(), provider.close()]);
  }
});

test('without the addon the view says so and the rest works', async ({ page }) => {
  const serve = await startServe({ env: { NODE_OPTIONS: '--no-addons' } });
  try {
    await page.goto(serve.link());
    await page.waitForURL(`${serve.origin}/`);
    await openCache(page);
    await expect(page.getByText('SEQPACKET sockets are not available here')).toBeVisible();
    await page.getByRole('main').getByRole('button', { name: 'Diagnostics' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

test('axe finds nothing in either language and theme', async ({ openPage }) => {
  const provider = await startProvider([item('web'), item('off', { enabled: 0 })]);
  await withProvider(provider, async () => {
    const page = await openPage();
    await openCache(page);
    await watch(page, provider.folder);
    await rowNamed(page, 'web').click();
    await page.keyboard.press('i');
    for (const language of ['en', 'zh-CN']) {
      await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const name of [/Table|表格/, /Tree|树/, /Compare|比较/]) {
          await page.getByRole('button', { name, exact: false }).first().click();
          expect(await faults(page), `${language} ${colorScheme} ${name.source}`).toEqual([]);
        }
      }
      if (language === 'zh-CN') break;
      await page.keyboard.press('Control+k');
      await page.keyboard.type('中文');
      await page.keyboard.press('Enter');
    }
  });
});
