/** Acting as a plugin: from a lab agent to a reply that makes a job's row "replied"; and agents that cannot be reached. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { encodeDownlink, encodeKeepaliveAnswer } from '../../electron/protocols/gse/socket-messages.ts';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import type { ServeProcess } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import type { Page } from './fixture.ts';

async function open(page: Page, serve: ServeProcess): Promise<void> {
  await page.goto(serve.link());
  await page.waitForURL(`${serve.origin}/`);
  await expect(page.getByRole('button', { name: /Dispatch/ })).toBeVisible();
  await toPlugins(page, 'Plugin connections');
}

/** Pressed again where the page did not listen yet. */
async function toPlugins(page: Page, name: string): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await expect(page.getByRole('complementary', { name })).toBeVisible({ timeout: 2_000 });
  }).toPass();
}

async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(async () => {
    const runner: unknown = Reflect.get(window, 'axe');
    return (runner as { run(): Promise<AxeResults> }).run();
  });
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

const shot = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: `test-results/plugin-${name}.png` });

async function chinese(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: /Type a command/ })).toBeFocused();
  await page.keyboard.type('中文');
  await expect(page.getByRole('option').first()).toContainText('中文');
  await page.keyboard.press('Enter');
}

test('a newcomer takes the place of the silent plugin, gets a dispatch, and the reply makes the row replied', async ({
  page,
}) => {
  const serve = await startServe({ lab: true });
  try {
    await open(page, serve);
    await expect(page.getByText('Be a plugin on the socket of an agent')).toBeVisible();
    const aside = page.getByRole('complementary', { name: 'Plugin connections' });
    const places = aside.getByRole('region', { name: 'Agents to try' });
    await expect(places.getByRole('button', { name: /lab agent/ })).toHaveCount(3);
    await shot(page, '1-empty');
    expect(await axeFindings(page)).toEqual([]);

    await places.getByRole('button', { name: /nobody answers here/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a plugin connection' });
    await expect(dialog.getByLabel('Plugin name')).toHaveValue('lab_echo');
    await shot(page, '2-dialog');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save and connect' }).click();
    const head = page.getByRole('region', { name: 'Connection' });
    await expect(head).toContainText('running (2)');
    await expect(head.getByRole('list', { name: /Message socket/ })).toContainText('First answer');
    await shot(page, '3-connected');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('a');
    await expect(page.getByText('Keepalive sent')).toBeVisible();

    await head.getByRole('button', { name: 'Dispatch to this agent' }).click();
    await expect(page.getByText('1 valid')).toBeVisible();
    await page.getByLabel('Content', { exact: true }).fill('{"who":"are you"}');
    await page.getByRole('textbox', { name: 'Reply within, s' }).fill('60');
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeEnabled();
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Send now' }).click();
    const job = page.getByRole('region', { name: 'Job', exact: true });
    await expect(job.getByRole('heading', { name: 'awaiting replies' })).toBeVisible();

    await page.locator('body').press('g');
    await page.keyboard.press('p');
    const lines = page.getByRole('grid', { name: 'Messages of the connection' });
    await expect(lines.getByRole('row')).toHaveCount(2);
    await expect(lines).toContainText('{"who":"are you"}');
    await lines.focus();
    await page.keyboard.press('j');
    const frame = page.getByRole('region', { name: 'Frame', exact: true });
    await frame.getByRole('radio', { name: 'Wire and hex' }).check({ force: true });
    await expect(frame.getByRole('listbox', { name: 'Fields of the frame' })).toContainText(
      '0x9008 dispatch message',
    );
    await shot(page, '4-wire');
    expect(await axeFindings(page)).toEqual([]);
    await lines.focus();
    await page.keyboard.press('r');
    await expect(page.getByText('Answers line 1')).toBeVisible();
    const send = page.getByRole('region', { name: 'Send', exact: true });
    await expect(send.getByLabel('Content', { exact: true })).toBeFocused();
    await page.keyboard.type('a person');
    await expect(send.getByText('8 bytes', { exact: true })).toBeVisible();
    await expect(send.getByRole('button', { name: /^Send/ })).toBeEnabled();
    await shot(page, '5-reply');
    await page.keyboard.press('Control+Enter');
    await expect(send.getByText(/^Sent, \d+ bytes at/)).toBeVisible();
    await page.getByRole('button', { name: '+1 · End to follow' }).click();
    await expect(lines.getByRole('row')).toHaveCount(3);
    await shot(page, '6-sent');

    await page.getByRole('radio', { name: 'Dispatch', exact: true }).check({ force: true });
    await page
      .getByRole('complementary', { name: 'Templates, targets and jobs' })
      .getByRole('button', { name: /done|replies/ })
      .first()
      .click();
    await expect(job.getByRole('button', { name: /^replied 1$/ })).toBeVisible();

    await page.getByRole('radio', { name: 'Act as plugin' }).check({ force: true });
    await send.getByRole('tab', { name: 'Data report' }).click();
    await send.getByLabel('A second').fill('50');
    await send.getByLabel('How many').fill('100');
    await send.getByLabel('Content', { exact: true }).fill('cpu 42');
    await expect(send.getByRole('button', { name: /^Start/ })).toBeEnabled();
    await page.keyboard.press('Control+Enter');
    await expect(send.getByText(/Data id 1000: 100 sent, ended/)).toBeVisible();
    await shot(page, '7-report');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Show in the feed' }).click();
    const feed = page.getByRole('grid', { name: 'Events' });
    await feed.getByRole('row').filter({ hasText: 'lab_echo downlink' }).click();
    await page.keyboard.press('i');
    await page.getByRole('tab', { name: 'Wire' }).click();
    await expect(page.getByRole('listbox')).toContainText('0x9008 dispatch message');
    await shot(page, '9-feed-wire');
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await expect(head).toContainText('running (2)');

    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('body').press('Escape');
    await chinese(page);
    await expect(page.getByRole('radio', { name: '充当插件' })).toBeChecked();
    await lines.or(page.getByRole('grid', { name: '此连接的消息' })).focus();
    await page.keyboard.press('j');
    await shot(page, '8-zh-dark-connected');
    expect(await axeFindings(page)).toEqual([]);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

test('the broken step is named; an agent that comes is connected to, one that goes is told; remembered after a restart', async ({
  page,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'plugin-e2e-'));
  const file = join(folder, 'no-socket');
  await writeFile(file, '');
  const path = join(folder, 'agent.sock');
  let serve = await startServe();
  // It reads what comes and never answers.
  const agent = createServer((socket) => socket.on('error', () => undefined).resume());
  try {
    await open(page, serve);
    await shot(page, '10-empty-no-lab');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add a connection …' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Add a plugin connection' });
    await expect(dialog.getByRole('button', { name: 'Save and connect' })).toBeDisabled();
    await dialog.getByLabel('Plugin name').fill('probe');
    await dialog.getByLabel('Message socket').fill('relative');
    await expect(dialog.getByText('A path from the root')).toBeVisible();
    await dialog.getByLabel('Message socket').fill(file);
    await page.keyboard.press('Enter');
    const head = page.getByRole('region', { name: 'Connection' });
    await expect(head).toContainText('is a file, not a socket');
    await expect(head.getByText('Path broken')).toBeVisible();
    await expect(head).toContainText(/next try in \d+ s|trying now/);
    await shot(page, '11-failed');
    expect(await axeFindings(page)).toEqual([]);

    await head.getByRole('button', { name: 'Change …' }).click();
    const change = page.getByRole('dialog', { name: 'Change the plugin connection' });
    await change.getByLabel('Message socket').fill(path);
    await change.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(head).toContainText(`There is no ${path}`);
    await page.getByLabel('Content', { exact: true }).fill('hello');
    await page.keyboard.press('Control+Enter');
    await expect(page.getByText(/^Not sent at .*: not connected\./)).toBeVisible();
    await new Promise<void>((resolve) => agent.listen(path, resolve));
    await expect(head.getByText('First answer waiting')).toBeVisible({ timeout: 60_000 });
    await shot(page, '12-connecting');
    await expect(head.getByText('First answer broken')).toBeVisible({ timeout: 60_000 });
    await expect(head).toContainText('no answer to a keepalive');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('body').press('Escape');
    await chinese(page);
    await shot(page, '13-zh-dark-silent');
    expect(await axeFindings(page)).toEqual([]);

    const { dataFolder } = serve;
    await serve.stop();
    serve = await startServe({ dataFolder });
    await open2(page, serve);
    await expect(page.getByRole('option', { name: /probe/ })).toBeVisible();
    await shot(page, '14-zh-dark-off');
    expect(await axeFindings(page)).toEqual([]);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
    await new Promise((resolve) => agent.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
});

const FLOOD = 3_000;

test('a flood is followed to its end; a list that was scrolled stands still and counts; the bound is told', async ({
  page,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'plugin-flood-'));
  const path = join(folder, 'agent.sock');
  const sockets: Socket[] = [];
  const info = { agentId: 'a', version: 'v', cloudId: 0n, runMode: 1n, statusCode: 2n, status: 'running' };
  const agent = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).resume();
    socket.write(encodeKeepaliveAnswer(info, 1n));
  });
  const flood = (from: number, count: number): void => {
    for (let index = from; index < from + count; index += 1)
      sockets.at(-1)?.write(encodeDownlink(`flood-${index}`, Buffer.from(`message ${index}`), 1n));
  };
  const serve = await startServe();
  try {
    await new Promise<void>((resolve) => agent.listen(path, resolve));
    await open(page, serve);
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'Add a plugin connection' });
    await dialog.getByLabel('Plugin name').fill('flooded');
    await dialog.getByLabel('Message socket').fill(path);
    await dialog.getByRole('button', { name: 'Save and connect' }).click();
    const lines = page.getByRole('grid', { name: 'Messages of the connection' });
    await expect(page.getByRole('region', { name: 'Connection' })).toContainText('running (2)');
    flood(0, FLOOD);
    await expect(lines).toContainText(`message ${FLOOD - 1}`);
    await expect(lines).toHaveAttribute('aria-rowcount', '1001');
    expect(await lines.getByRole('row').count()).toBeLessThan(120);
    await lines.evaluate((node) => (node.scrollTop = 0));
    await expect(lines).toContainText(`message ${FLOOD - 1_000}`);
    flood(FLOOD, 10);
    await expect(page.getByRole('button', { name: '+10 · End to follow' })).toBeVisible();
    await expect(lines).toContainText(`message ${FLOOD - 1_000}`);
    await shot(page, '15-flood');
    expect(await axeFindings(page)).toEqual([]);
    await lines.focus();
    await page.keyboard.press('End');
    await expect(lines).toContainText(`message ${FLOOD + 9}`);
    await expect(page.getByRole('button', { name: /End to follow/ })).toHaveCount(0);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => agent.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
});

/** The page is in Chinese by now. */
async function open2(page: Page, serve: ServeProcess): Promise<void> {
  await page.goto(serve.link());
  await page.waitForURL(`${serve.origin}/`);
  await expect(page.getByRole('button', { name: '下发' })).toBeVisible();
  await toPlugins(page, '插件连接');
}
