/** The frame in a real browser on a real serve host: what is always visible, and what opens over it. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { SETTINGS_DEFAULT, type Settings } from '../../shared/contract/app.ts';
import { freePort, removeFolder, startServe } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import type { Page } from './fixture.ts';
import { post } from './send-events.ts';

declare global {
  interface Window {
    /** Set by a test to see that the page was not loaded anew. */
    frameTestMark?: string;
  }
}

async function ready(page: Page): Promise<void> {
  await expect(
    page
      .getByRole('navigation', { name: /Links|链路/ })
      .getByRole('button')
      .first(),
  ).toBeVisible();
}

async function choose(page: Page, tab: RegExp, option: string): Promise<void> {
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: tab }).click();
  await page.getByRole('radio', { name: option, exact: true }).check();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

const LOOK = /Look and language|外观与语言/;

test('the palette finds a command by a few letters and runs it', async ({ openPage }) => {
  const page = await openPage();
  await ready(page);
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: /Type a command/ });
  await expect(field).toBeFocused();
  await page.keyboard.type('kbmap');
  await expect(page.getByRole('option', { selected: true })).toContainText('Keyboard map');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Keyboard map' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('no such command at all');
  await expect(page.getByRole('status').filter({ hasText: 'No command matches' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(field).toHaveCount(0);
});

test('the keyboard map opens with ? and no letter fires while typing', async ({ openPage }) => {
  const page = await openPage();
  await ready(page);
  await page.keyboard.press('?');
  const map = page.getByRole('dialog', { name: 'Keyboard map' });
  await expect(map.getByText('Command palette')).toBeVisible();
  await expect(map.getByText('Go to the filter')).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: /Type a command/ })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the reasons of the core follow the language, its codes and addresses do not', async ({ page }) => {
  const { server, port } = await holdPort();
  const serve = await startServe({ mimoPort: port, netipc: false });
  try {
    await page.goto(serve.link());
    await ready(page);
    await choose(page, LOOK, '简体中文');
    await page.getByRole('button', { name: new RegExp(`MIMO ${port} 失败`) }).click();
    const drawer = page.getByRole('complementary', { name: `MIMO ${port}` });
    await expect(drawer.getByText(new RegExp(`端口 ${port} 被进程 \\d+`)).first()).toBeVisible();
    await expect(drawer.getByText('请停止该程序，或让 Signalbox 改用其他端口。')).toBeVisible();
    await expect(drawer.getByText(`127.0.0.1:${port}`)).toBeVisible();
    await page.keyboard.press('Escape');
    const row = page.locator('#feed [data-seq]').filter({ hasText: 'link_failed' });
    await expect(row).toContainText(`端口 ${port} 被进程`);
    await page.getByRole('banner').getByRole('button', { name: '诊断' }).click();
    await expect(page.getByRole('dialog').getByText('数据目录').first()).toBeVisible();
    await page.keyboard.press('Escape');
    await choose(page, LOOK, 'English');
    await expect(row).toContainText(`Port ${port} is held by pid`);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
    server.close();
  }
});

test('the language changes without a restart and stays after one', async ({ openPage }) => {
  const page = await openPage();
  await ready(page);
  await page.evaluate(() => (window.frameTestMark = 'same page'));
  await choose(page, LOOK, '简体中文');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByRole('contentinfo').getByText('接收')).toBeVisible();
  expect(await page.evaluate(() => window.frameTestMark)).toBe('same page');
  await page.reload();
  await expect(page.getByRole('contentinfo').getByText('接收')).toBeVisible();
  await choose(page, LOOK, 'English');
  await expect(page.getByRole('contentinfo').getByText('received')).toBeVisible();
});

test('theme, density and zoom change what is drawn', async ({ openPage }) => {
  const page = await openPage();
  await ready(page);
  const background = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const seen = new Set<string>();
  for (const [name, theme] of [
    ['Dark', 'dark'],
    ['Light', 'light'],
    ['High contrast', 'high-contrast'],
  ] as const) {
    await choose(page, LOOK, name);
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    seen.add(await background());
  }
  expect(seen.size).toBe(3);
  await choose(page, LOOK, 'As the system');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await choose(page, LOOK, 'Compact');
  await expect(page.locator('html')).toHaveAttribute('data-density', 'compact');

  const fontPixels = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).fontSize);
  expect(await fontPixels()).toBe('13px');
  for (const step of [110, 125, 150, 175, 200]) {
    await page.keyboard.press('Control+=');
    await expect.poll(fontPixels).toBe(`${(13 * step) / 100}px`);
  }
  const isWide = (): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(await isWide()).toBe(false);
  await page.getByRole('banner').getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+0');
  await expect.poll(fontPixels).toBe('13px');
});

test('colour rules are checked by the filter grammar before they are kept', async ({ openPage }) => {
  const page = await openPage();
  await ready(page);
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: 'Colour rules' }).click();
  await page.getByRole('button', { name: 'Add rule' }).click();
  const filter = page.getByRole('dialog').getByRole('textbox', { name: 'Filter' });
  await filter.fill('sev>=nope');
  await expect(page.getByRole('alert').filter({ hasText: 'Position' })).toBeVisible();
  await filter.fill('type:bdev_*');
  await filter.press('Enter');
  await expect(page.getByRole('dialog').getByRole('alert')).toHaveCount(0);
  await page.reload();
  await ready(page);
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: 'Colour rules' }).click();
  await expect(page.getByRole('dialog').getByRole('textbox', { name: 'Filter' })).toHaveValue('type:bdev_*');
});

async function holdPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { server, port: address.port };
}

test('a taken port says who has it, and another port is one press away', async ({ page }) => {
  const { server, port } = await holdPort();
  const serve = await startServe({ mimoPort: port });
  try {
    await page.goto(serve.link());
    const lamp = page.getByRole('button', { name: new RegExp(`MIMO ${port} failed`) });
    await lamp.click();
    const drawer = page.getByRole('complementary', { name: `MIMO ${port}` });
    await expect(drawer.getByText(`Port ${port} is held by pid ${process.pid} (node)`).first()).toBeVisible();
    const offer = await drawer.getByRole('textbox', { name: 'Port' }).inputValue();
    await drawer.getByRole('button', { name: 'Use another port' }).click();
    await expect(page.getByRole('button', { name: new RegExp(`MIMO ${offer} up`) })).toBeVisible();
    await expect(page.getByRole('complementary', { name: `MIMO ${offer}` })).toBeVisible();
    const answer = await fetch(`http://127.0.0.1:${offer}/mimo/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"event":"bdev_ready","payload":{},"timestamp":1}',
    });
    expect(answer.status).toBe(204);
    // The start named the port: the settings must not say that theirs are listened on.
    await page.keyboard.press('Control+,');
    await page.getByRole('tab', { name: 'Ports' }).click();
    const settings = page.getByRole('dialog', { name: 'Settings' });
    await expect(settings).toContainText(`it listens on 127.0.0.1:${offer}.`);
    await expect(settings).not.toContainText('Signalbox listens on these ports');
    await page.keyboard.press('Escape');
    await expect(
      page.getByRole('contentinfo').getByRole('button', { name: /received 1 stored 1 / }),
    ).toBeVisible();
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
    server.close();
  }
});

test('ports of the settings open and close at once, and none at all is said to be none', async ({ page }) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-ports-'));
  const [first, second] = [await freePort(), await freePort()];
  const settings: Settings = { ...SETTINGS_DEFAULT, mimoPorts: [first] };
  await writeFile(join(dataFolder, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  const serve = await startServe({ dataFolder, mimoPort: null });
  try {
    await page.goto(serve.link());
    await page.locator('main').waitFor();
    expect(await post(first, '{"event":"on_the_first"}')).toBe(204);
    await page.keyboard.press('Control+,');
    await page.getByRole('tab', { name: 'Ports' }).click();
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await expect(dialog).toContainText('Signalbox listens on these ports');
    await dialog.getByRole('textbox', { name: 'New port' }).fill(String(second));
    await dialog.getByRole('button', { name: 'Add port' }).click();
    await expect(page.getByText(`MIMO ${second}`)).toBeVisible();
    expect(await post(second, '{"event":"on_the_second"}')).toBe(204);
    for (const port of [first, second])
      await dialog.getByRole('button', { name: `Remove port ${port}` }).click();
    await expect(dialog).toContainText('listens on no port: no MIMO event can be received');
    await expect(post(second, '{"event":"too_late"}')).rejects.toThrow('fetch failed');
  } finally {
    await serve.stop();
    await removeFolder(dataFolder);
  }
});

test('a lost core is told with the age of the data, and a new one asks for its link', async ({ page }) => {
  const first = await startServe();
  try {
    await page.goto(first.link());
    await ready(page);
    await expect(page.getByRole('contentinfo').getByRole('button', { name: /Ledger/ })).toBeVisible();
  } finally {
    await first.stop();
  }
  await expect(page.getByRole('alert').filter({ hasText: 'Showing data as of' })).toBeVisible();
  await expect(page.getByRole('button', { name: /MIMO \d+ unknown/ })).toBeVisible();
  const second = await startServe({ pagePort: first.pagePort, dataFolder: first.dataFolder });
  try {
    await expect(page.getByRole('alert').filter({ hasText: 'does not know this window' })).toBeVisible();
    await page.goto(second.link());
    await ready(page);
    await expect(page.getByRole('alert')).toHaveCount(0);
  } finally {
    await second.stop();
    await removeFolder(first.dataFolder);
  }
});

test('a fault of the page is shown, told to the core, and can be tried again', async ({ openPage, page }) => {
  await openPage();
  // A core whose answers break the contract: only a bug of ours could do that.
  await page.addInitScript(() => {
    const reports: string[] = [];
    const api = {
      call: (name: string, input: object) => {
        if (name === 'app.report') reports.push(JSON.stringify(input));
        return Promise.resolve({ ok: true, value: { profile: null, bookmarks: [], facets: [], rows: [] } });
      },
      subscribe: () => () => undefined,
    };
    Object.defineProperty(window, 'signalbox', { value: api });
    Object.defineProperty(window, 'frameTestReports', { value: reports });
  });
  await page.reload();
  await expect(page.getByRole('alert').getByText('This part of the window failed')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reload the window' })).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert').getByText('This part of the window failed')).toBeVisible();
  const reports = await page.evaluate<string[]>('frameTestReports');
  expect(reports[0]).toContain('"kind":"error"');
});

/** Everything of the frame that opens, one after the other. */
async function tour(page: Page, at: (place: string) => Promise<void>): Promise<void> {
  await at('page');
  await page
    .getByRole('navigation', { name: /Links|链路/ })
    .getByRole('button')
    .first()
    .click();
  await at('drawer');
  await page.keyboard.press('Escape');
  for (const place of [/^(Ledger|账目)/, /^(Store|存储)/]) {
    await page.getByRole('contentinfo').getByRole('button', { name: place }).click();
    await at(String(place));
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  await page
    .getByRole('banner')
    .getByRole('button', { name: /^(Lab|实验室)/ })
    .click();
  await at('lab');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  for (const name of [/Command palette|命令面板/, /Keyboard map|键位图/, /Diagnostics|诊断/]) {
    await page.getByRole('banner').getByRole('button', { name }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await at(String(name));
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  await page.keyboard.press('Control+,');
  for (const tab of await page.getByRole('tab').all()) {
    if (!(await tab.isVisible())) continue;
    await tab.click();
    await at(`settings, ${await tab.innerText()}`);
  }
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('nothing the frame does offends the Content-Security-Policy or the console', async ({
  openPage,
  page,
}) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await openPage();
  await ready(page);
  await tour(page, () => Promise.resolve());
  expect(complaints).toEqual([]);
});

test.describe('axe', () => {
  // Only to put axe itself into the page.
  test.use({ bypassCSP: true });

  for (const [language, themes] of [
    ['English', ['Dark', 'Light', 'High contrast']],
    ['简体中文', ['深色', '浅色', '高对比度']],
  ] as const) {
    test(`finds nothing in ${language} in any theme`, async ({ openPage }) => {
      const page = await openPage();
      await ready(page);
      await page.evaluate(axe.source);
      await choose(page, LOOK, language);
      for (const theme of themes) {
        await choose(page, LOOK, theme);
        const faults: string[] = [];
        await tour(page, async (place) => {
          faults.push(...(await axeFaults(page)).map((fault) => `${theme}, ${place}: ${fault}`));
        });
        expect(faults).toEqual([]);
      }
    });
  }
});

async function axeFaults(page: Page): Promise<string[]> {
  // No import reaches into the page: the runner is the global that axe's source made there.
  const results = await page.evaluate<AxeResults>('axe.run()');
  return results.violations.map(
    ({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}
