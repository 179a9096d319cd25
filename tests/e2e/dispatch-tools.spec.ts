/** What stands around the dispatch form: templates as files, target lists, senders, agents that do not run, the audit log, the listener. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { axeFindings, openDispatchView as open, shot } from './dispatch-page.ts';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import type { Page } from './fixture.ts';

test('templates are files in folders that go out and come in; lists filter by tag; all of it is in the audit', async ({
  page,
}) => {
  const serve = await startServe({ lab: true });
  try {
    await open(page, serve);
    const library = page.getByRole('complementary', { name: 'Templates, targets and jobs' });
    await page.getByLabel('Content', { exact: true }).fill('{"run":"fstrim {{disk}}"}');
    await page.getByRole('button', { name: 'Add a variable' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('disk');
    await page.getByRole('textbox', { name: 'Value', exact: true }).fill('sda');
    await library.getByRole('button', { name: 'Save the form as a template …' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).last().fill('disks/fstrim');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(library.getByRole('list', { name: 'disks' }).getByText('fstrim')).toBeVisible();
    const onDisk = await readFile(join(serve.dataFolder, 'templates', 'disks', 'fstrim.sbt'), 'utf8');
    expect(onDisk).toContain('variable: disk text sda\n');

    await library.getByRole('button', { name: 'More for disks/fstrim' }).click();
    await page.getByRole('menuitem', { name: 'Save as a file' }).click();
    const written = page.getByRole('dialog', { name: 'File written' });
    const download = page.waitForEvent('download');
    await written.getByRole('link', { name: 'Download' }).click();
    const file = await (await download).path();
    expect(await readFile(file, 'utf8')).toBe(onDisk);
    await page.keyboard.press('Escape');

    await library.getByRole('button', { name: 'More for templates' }).click();
    await page.getByRole('menuitem', { name: 'Import templates …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import templates' });
    await dialog.getByLabel('Into the folder').fill('from-a-friend');
    const field = dialog.getByLabel('Choose a file …');
    const bad = {
      name: 'x.sbt',
      mimeType: 'text/plain',
      buffer: Buffer.from('signalbox-template: 9\n---\n'),
    };
    await field.setInputFiles(bad);
    await expect(dialog.getByRole('alert')).toContainText('newer console');
    await shot(page, '30-import');
    expect(await axeFindings(page)).toEqual([]);
    await field.setInputFiles({ name: 'y.sbt', mimeType: 'text/plain', buffer: Buffer.from(onDisk) });
    await expect(library.getByRole('list', { name: 'from-a-friend' }).getByText('fstrim')).toBeVisible();

    await page.getByRole('button', { name: 'The lab’s agents' }).click();
    await expect(page.getByText('3 valid')).toBeVisible();
    for (const [name, tags] of [
      ['all three', 'east, disks'],
      ['again', 'west'],
    ] as const) {
      await library.getByRole('button', { name: 'Save the targets as a list …' }).click();
      await page.getByRole('textbox', { name: 'Name', exact: true }).last().fill(name);
      await page.getByRole('textbox', { name: 'Tags' }).fill(tags);
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await expect(library.getByText(name)).toBeVisible();
    }
    await library.getByRole('button', { name: 'west', exact: true }).click();
    await expect(library.getByText('all three')).toBeHidden();
    await expect(library.getByText('again')).toBeVisible();
    await shot(page, '31-library');
    expect(await axeFindings(page)).toEqual([]);

    await page.keyboard.press('Control+k');
    await page.keyboard.type('Audit log');
    await page.keyboard.press('Enter');
    const audit = page.getByRole('dialog', { name: 'Audit log' });
    await expect(audit.getByText('templates imported refused')).toBeVisible();
    await shot(page, '32-audit');
    expect(await axeFindings(page)).toEqual([]);
    await audit.getByRole('textbox', { name: 'Words that must be there' }).fill('list west');
    await expect(audit.getByText('No line has these words')).toBeVisible();
    await audit.getByRole('textbox', { name: 'Words that must be there' }).fill('list again');
    await expect(audit.getByRole('row')).toHaveCount(2);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

test('agents that do not run are said before sending and left out; uplink senders become targets', async ({
  page,
}) => {
  const serve = await startServe({ lab: true });
  try {
    await open(page, serve);
    // Number 49 of the lab's simulated agents is damaged: electron/lab/gse/simulated-agents.ts.
    const simulated = (index: number): string =>
      `02000000005254${index.toString(16).padStart(8, '0')}1700000000000n`;
    const ids = ['0:10.0.0.1', simulated(49), simulated(3), '0:10.9.9.9'];
    await page.getByLabel(/Agent ids or cloud/).fill(ids.join('\n'));
    await page.getByLabel('Content', { exact: true }).fill('hello {{agent_id}}');
    await expect(page.getByText('4 valid')).toBeVisible();
    await page.getByRole('switch', { name: /Many agents in one request/ }).check({ force: true });
    const bar = page.getByRole('region', { name: 'Send', exact: true });
    await expect(bar).toContainText('Dispatch to 4 agents in 1 batch');
    await expect(page.getByText(/dispatch_multi_message$/).first()).toBeVisible();
    await page.getByRole('button', { name: 'Check agents' }).click();
    await expect(bar).toContainText('2 of 4 targets are not running');
    await expect(page.getByText('1 unknown to the server')).toBeVisible();
    await expect(page.getByRole('list', { name: 'those not running' })).toContainText('damaged');
    await shot(page, '33-check');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Leave them out' }).click();
    await expect(bar).toContainText('Dispatch to 2 agents in 1 batch');
    await expect(page.getByText('2 excluded')).toBeVisible();
    await page.getByRole('textbox', { name: 'Reply within, s' }).fill('5');
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeEnabled();
    await page.keyboard.press('Control+Enter');
    const job = page.getByRole('region', { name: 'Job', exact: true });
    await job.getByRole('button', { name: 'Send now' }).click();
    await expect(job.getByRole('button', { name: /^replied 2$/ })).toBeVisible();
    await expect(job.getByRole('heading', { name: 'done' })).toBeVisible();
    await job.getByRole('button', { name: 'Check agents' }).click();
    await expect(job.getByRole('row').nth(1)).toContainText('running');
    await job.getByRole('button', { name: /^Batches/ }).click();
    const batches = job.getByRole('region', { name: 'Batches' });
    await expect(batches.getByRole('row').nth(1)).toContainText('accepted for 2');
    await expect(batches.getByRole('row').nth(1)).toContainText('200');
    await batches.getByText('What the peer said').click();
    await expect(batches).toContainText('"message":"OK"');
    await shot(page, '38-batches');
    expect(await axeFindings(page)).toEqual([]);
    await job.getByRole('button', { name: /^All/ }).click();
    await job.getByRole('grid').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await expect(page.getByRole('complementary', { name: 'Agent 0:10.0.0.1' })).toContainText('bk_os_type');
    await shot(page, '34-agent');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'New dispatch' }).click();
    await page.getByRole('button', { name: 'From uplink senders …' }).click();
    const senders = page.getByRole('dialog', { name: 'Targets from uplink senders' });
    await expect(senders.getByRole('checkbox')).toHaveCount(3);
    await senders.getByRole('textbox', { name: 'Filter by id' }).fill('0:10');
    await senders.getByRole('checkbox', { name: /0:10.0.0.1/ }).check();
    await shot(page, '35-senders');
    expect(await axeFindings(page)).toEqual([]);
    await senders.getByRole('button', { name: 'Add 1 agent' }).click();
    await expect(page.getByLabel(/Agent ids or cloud/)).toHaveValue(/0:10\.9\.9\.9\n0:10\.0\.0\.1$/);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

test('an uplink is answered under its id by one key; what was refused says why', async ({ page }) => {
  const serve = await startServe({ lab: true });
  try {
    await open(page, serve);
    await page.getByRole('button', { name: 'The lab’s agents' }).click();
    await page.getByLabel('Content', { exact: true }).fill('ping');
    await page.getByLabel('Message id').fill('ask-4711');
    await page.getByRole('radio', { name: 'one that holds' }).check({ force: true });
    await expect(page.getByText('A field of the form is not right')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
    await page.getByRole('textbox', { name: 'one that holds' }).fill('ping');
    await page.getByRole('textbox', { name: 'Reply within, s' }).fill('3');
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeEnabled();
    await shot(page, '40-matcher');
    const preview = page.getByRole('region', { name: 'What will be sent' });
    await preview.getByRole('radio', { name: 'Hex' }).check({ force: true });
    await expect(preview.getByText(/000000 {2}7b 22 73 6c 6f 74/)).toBeVisible();
    await page.keyboard.press('Control+Enter');
    const job = page.getByRole('region', { name: 'Job', exact: true });
    await job.getByRole('button', { name: 'Send now' }).click();
    await expect(job.getByRole('button', { name: /^replied 2$/ })).toBeVisible();
    await job.getByRole('button', { name: /Open the reply of 0:10.0.0.1/ }).click();
    await page.getByRole('button', { name: 'Show in the feed' }).click();
    const feed = page.locator('#feed');
    await expect(feed.locator('[data-seq]')).toHaveCount(2);
    await feed.locator('[data-seq]').first().click();
    await page.keyboard.press('r');
    await expect(page.getByLabel('Message id')).toHaveValue('ask-4711');
    await expect(page.getByLabel(/Agent ids or cloud/)).toHaveValue(/^(?:0:10\.0\.0\.1|0200\w+)$/);
    await expect(page.getByText('1 valid')).toBeVisible();
    await shot(page, '41-answer');

    const url = await callbackUrl(page);
    await fetch(url, { method: 'POST', body: 'no JSON' });
    await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Feed' }).click();
    await page.getByRole('combobox', { name: 'Filter' }).fill('kind:refused');
    await page.keyboard.press('Enter');
    await expect(feed.locator('[data-seq]')).toHaveCount(1);
    await feed.locator('[data-seq]').first().click();
    await page.getByRole('button', { name: 'Show or hide the inspector' }).click();
    await expect(page.getByText('Why refused')).toBeVisible();
    await shot(page, '42-refused');
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

/** Of the lab's profile, as the window of profiles shows it. */
async function callbackUrl(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Profiles …' }).click();
  const url = await page
    .getByRole('dialog', { name: 'Profiles' })
    .getByText(/^http:.*callback/)
    .innerText();
  await page.keyboard.press('Escape');
  return url;
}

test('the callback listener is set in the profile, and says who holds its port', async ({ page }) => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const serve = await startServe();
  try {
    await open(page, serve);
    await page.getByRole('button', { name: 'Profiles …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Profiles' });
    await dialog.getByLabel('Id', { exact: true }).fill('stage');
    await dialog.getByLabel('Name', { exact: true }).fill('Stage');
    await dialog.getByLabel('Gateway root').fill('http://127.0.0.1:9/gw');
    await dialog.getByRole('switch', { name: 'Listen for uplinks' }).check({ force: true });
    await dialog.getByLabel('Address', { exact: true }).fill('0.0.0.0');
    await dialog.getByLabel('Path', { exact: true }).fill('/gse/callback');
    await dialog.getByLabel('Allowed senders').fill('10.0.0.1, gse');
    await expect(dialog.getByText(/the path is all that keeps them out/)).toBeVisible();
    await expect(dialog.getByText(/Needed for a network address/)).toBeVisible();
    await expect(dialog.getByText('gse is no IP address.')).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Save the profile' })).toBeDisabled();
    await shot(page, '36-callback-faults');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel('Address', { exact: true }).fill('127.0.0.1');
    await dialog.getByLabel('Allowed senders').fill('');
    await dialog.getByLabel('Port', { exact: true }).fill(String(port));
    await dialog.getByRole('button', { name: 'Save the profile' }).click();
    const state = dialog.getByRole('status').filter({ hasText: 'Listener: failed' });
    await expect(state).toContainText(`${port}`);
    await expect(state).toContainText(/held by pid/);
    await dialog.getByText(/Listener: failed/).scrollIntoViewIfNeeded();
    await shot(page, '37-callback-taken');
    await new Promise((resolve) => holder.close(resolve));
    await dialog.getByLabel('Port', { exact: true }).fill('0');
    await dialog.getByRole('button', { name: 'Save the profile' }).click();
    await expect(dialog.getByText(/Listener: up/)).toBeVisible();
    await expect(dialog.getByText(/Register this URL/)).toContainText('/gse/callback');
  } finally {
    holder.close();
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});
