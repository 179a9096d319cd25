/** The keys an operator works with, in Feed and Cache; and that none of them fires while typing. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright/test';
import { ROOT } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import { item, startProvider } from './netipc-peers.ts';
import { postMany } from './send-events.ts';

const run = promisify(execFile);
const rows = (page: Page): Locator => page.locator('#feed [data-seq]');
const chosen = (page: Page): Locator => page.locator('#feed [aria-selected="true"]');
const filterBox = (page: Page): Locator => page.getByRole('combobox', { name: 'Filter' });

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test.describe('Feed', () => {
  test.use({ netipc: false });

  test('e and E go from error to error, o and x narrow, Esc and End let go', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 60, { withErrors: true });
    const page = await openPage();
    await expect(rows(page).filter({ hasText: '"nvme59n1"' })).toBeVisible();
    await page.keyboard.press('E');
    await expect(chosen(page)).toContainText('error_occurred');
    const last = Number(await chosen(page).getAttribute('data-seq'));
    await page.keyboard.press('E');
    await expect.poll(async () => Number(await chosen(page).getAttribute('data-seq'))).toBeLessThan(last);
    await page.keyboard.press('e');
    await expect(chosen(page)).toHaveAttribute('data-seq', String(last));
    await page.keyboard.press('o');
    await expect(filterBox(page)).toHaveValue('type:error_occurred');
    await expect(rows(page)).toHaveCount(6);
    await page.keyboard.press('x');
    await expect(filterBox(page)).toHaveValue('type:error_occurred -type:error_occurred');
    await expect(rows(page)).toHaveCount(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('End');
    await expect(page.getByRole('group', { name: 'Time' })).toContainText('LIVE');
  });

  test('no letter fires while typing; Esc leaves the field', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 10);
    const page = await openPage();
    await expect(rows(page)).toHaveCount(10);
    await page.keyboard.press('k');
    const before = await chosen(page).getAttribute('data-seq');
    await page.keyboard.press('/');
    const letters = '"oxjkbcieE[]?gfC /"';
    await page.keyboard.type(letters);
    await expect(filterBox(page)).toHaveValue(letters);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('region', { name: 'Inspector' })).toHaveCount(0);
    await filterBox(page).fill('');
    await page.keyboard.press('Enter');
    await expect(chosen(page)).toHaveAttribute('data-seq', before ?? '');
    await page.locator('#feed').focus();
    await page.keyboard.press('i');
    await expect(page.getByRole('region', { name: 'Inspector' })).toBeVisible();
  });
});

test('Cache: g c and Ctrl+digits change views, o and x narrow, C copies a line that runs', async ({
  openPage,
}) => {
  const provider = await startProvider([item('alpha'), item('beta'), item('gamma')]);
  try {
    const page = await openPage();
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('button', { name: 'Watch a service …' }).first().click();
    await page.getByLabel('Run folder').fill(provider.folder);
    await page.getByRole('button', { name: 'Watch', exact: true }).click();
    await page.getByRole('option', { name: new RegExp(provider.folder) }).click();
    const list = page.locator('#cache-grid [data-key]');
    await expect(list).toHaveCount(3);
    await list.filter({ hasText: 'beta' }).click();
    await page.keyboard.press('Shift+C');
    await expect(page.getByText('Copied as CLI line')).toBeVisible();
    const line = await page.evaluate(() => navigator.clipboard.readText());
    expect(line).toContain('signalbox snapshot lookup --run ');
    const script = join(ROOT, 'scripts/signalbox.mjs');
    const { stdout } = await run('sh', ['-c', line.replace(/^signalbox /, `exec node ${script} `)]);
    expect(stdout).toContain('beta');
    await page.keyboard.press('c');
    await expect(page.getByText('Copied as JSON')).toBeVisible();
    expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({
      name: 'beta',
    });
    await page.keyboard.press('o');
    await expect(filterBox(page)).toHaveValue('type:beta');
    await expect(list).toHaveCount(1);
    await filterBox(page).fill('');
    await filterBox(page).press('Enter');
    await page.locator('#cache-grid').focus();
    await page.keyboard.press('x');
    await expect(filterBox(page)).toHaveValue('-type:beta');
    await expect(list).toHaveCount(2);
    provider.items = [item('alpha'), item('beta'), item('gamma'), item('delta')];
    await expect(list).toHaveCount(3);
    await page.keyboard.press('[');
    await expect(list).toHaveCount(2);
    await page.keyboard.press(']');
    await expect(list).toHaveCount(3);
    await page.keyboard.press('Control+2');
    await expect(page.locator('#feed')).toBeVisible();
    await page.keyboard.press('Control+3');
    await expect(list.first()).toBeVisible();
  } finally {
    await provider.close();
  }
});
