/** The Dispatch view as a newcomer meets it, against the lab: three agents, two reply and one is silent. */
import { axeFindings, openDispatchView as open, shot } from './dispatch-page.ts';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';

test('a newcomer dispatches to the lab, retries the silent agent and finds the job after a restart', async ({
  page,
}) => {
  let serve = await startServe({ lab: true });
  try {
    await open(page, serve);
    await expect(page.getByRole('combobox', { name: 'Profile' })).toContainText(/lab/i);
    await page.getByRole('button', { name: 'The lab’s agents' }).click();
    await expect(page.getByText('3 valid')).toBeVisible();
    await page.getByLabel('Content', { exact: true }).fill('{"hello":"lab"}');
    await expect(page.getByText('15 bytes')).toBeVisible();
    await page.getByRole('textbox', { name: 'Reply within, s' }).fill('3');
    const bar = page.getByRole('region', { name: 'Send', exact: true });
    await expect(bar).toContainText('Dispatch to 3 agents in 1 batch, profile Lab (simulated)');
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeEnabled();
    await shot(page, '1-form');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Control+Enter');

    const job = page.getByRole('region', { name: 'Job', exact: true });
    await expect(job.getByRole('button', { name: 'Undo' })).toBeVisible();
    await shot(page, '2-armed');
    await expect(job.getByRole('heading', { name: 'done' })).toBeVisible();
    await expect(job.getByRole('button', { name: /^replied 2$/ })).toBeVisible();
    await expect(job.getByRole('button', { name: /^silent 1$/ })).toBeVisible();
    await shot(page, '3-job');
    expect(await axeFindings(page)).toEqual([]);
    await job.getByRole('button', { name: /Open the reply of 0:10.0.0.1/ }).click();
    await expect(page.getByRole('complementary', { name: 'Reply' })).toContainText('hello');
    await shot(page, '4-reply');

    await job.getByRole('button', { name: 'Retry silent: 1' }).click();
    const dialog = page.getByRole('dialog', { name: 'Confirm the retry' });
    const confirm = dialog.getByRole('button', { name: 'Send to 1 agent' });
    await expect(confirm).toBeDisabled();
    await dialog.getByRole('switch', { name: /may get the message twice/ }).click({ force: true });
    await shot(page, '5-confirm');
    await confirm.click();
    await expect(job.getByText('Repeats silent of')).toBeVisible();
    await job.getByRole('button', { name: 'Send now' }).click();
    await expect(job.getByRole('button', { name: /^silent 1$/ })).toBeVisible();

    const { dataFolder } = serve;
    await serve.stop();
    serve = await startServe({ lab: true, dataFolder });
    await open(page, serve);
    const library = page.getByRole('complementary', { name: 'Templates, targets and jobs' });
    const jobs = library.getByRole('button', { name: /done/ });
    await expect(jobs).toHaveCount(2);
    await jobs.last().click();
    await expect(job.getByRole('button', { name: /^replied 2$/ })).toBeVisible();
    await expect(job.getByRole('button', { name: /^silent 1$/ })).toBeVisible();
    await shot(page, '6-restart');
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

test('profiles, in Chinese and dark, and a start without a lab', async ({ page }) => {
  const serve = await startServe();
  try {
    await open(page, serve);
    await expect(page.getByText('No profile yet')).toBeVisible();
    await shot(page, '10-no-profile');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Profiles …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Profiles' });
    await dialog.getByLabel('Id', { exact: true }).fill('prod');
    await dialog.getByLabel('Name', { exact: true }).fill('Prod east');
    await dialog.getByRole('radio', { name: 'production' }).check({ force: true });
    await dialog.getByLabel('Gateway root').fill('http://127.0.0.1:9/gw');
    await dialog.getByRole('button', { name: 'Save the profile' }).click();
    const canary = 'canary-secret-4711';
    await dialog.getByLabel('New value of Token of slot 1').fill(canary);
    await dialog.getByRole('button', { name: 'Set', exact: true }).nth(2).click();
    await expect(dialog.getByText('set', { exact: true })).toHaveCount(1);
    await dialog.getByRole('button', { name: 'Test', exact: true }).click();
    await expect(dialog.getByText(/Broken at/)).toBeVisible();
    await shot(page, '11-profiles');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.content()).not.toContain(canary);
    await page.getByLabel(/Agent ids or cloud/).fill('0:10.0.0.1 0:10.0.0.1\n0:10.0.0.999\n0:10.0.0.2');
    await expect(page.getByText('2 valid')).toBeVisible();
    await expect(page.getByText('1 invalid')).toBeVisible();
    await expect(page.getByText('Line 2')).toBeVisible();
    await page.getByLabel('Content', { exact: true }).fill('ping');
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeEnabled();
    await page.keyboard.press('Control+Enter');
    const confirm = page.getByRole('dialog', { name: 'Confirm the dispatch' });
    await expect(confirm.getByRole('button', { name: 'Send to 2 agents' })).toBeDisabled();
    await confirm.getByLabel('Name of the profile').fill('Prod east');
    await confirm.getByRole('button', { name: 'Send to 2 agents' }).click();
    const job = page.getByRole('region', { name: 'Job', exact: true });
    await job.getByRole('button', { name: 'Undo' }).click();
    await expect(job.getByRole('heading', { name: 'undone, nothing sent' })).toBeVisible();
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.keyboard.press('Control+k');
    await page.keyboard.type('中文');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: '新建下发' })).toBeVisible();
    await shot(page, '12-zh-dark-job');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: '填入表单' }).click();
    await expect(page.getByText(/有效 2/)).toBeVisible();
    await shot(page, '13-zh-dark-form');
    expect(await axeFindings(page)).toEqual([]);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});

const MANY = 50_000;
/** Ids of the lab's agents without sockets: electron/lab/gse/agent-ids.ts. */
const manyIds = (): string =>
  Array.from({ length: MANY }, (_, index) => {
    const digits = index.toString(16).padStart(8, '0');
    return `02000000005254${digits}1700000000000n`;
  }).join('\n');

test('50 000 targets: confirmed by their number, grouped, scrolled and picked without drawing them all', async ({
  page,
}) => {
  const serve = await startServe({ lab: true });
  try {
    await open(page, serve);
    await expect(page.getByRole('combobox', { name: 'Profile' })).toContainText(/lab/i);
    const file = { name: 'fleet.txt', mimeType: 'text/plain', buffer: Buffer.from(manyIds()) };
    await page.getByLabel('From a file …').first().setInputFiles(file);
    await expect(page.getByText('Begins with fleet.txt')).toBeVisible();
    await expect(page.getByText(/50\s000 valid/)).toBeVisible();
    await page.getByLabel('Content', { exact: true }).fill('ping');
    await page.getByRole('textbox', { name: 'Reply within, s' }).fill('10');
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeEnabled();
    await page.keyboard.press('Control+Enter');
    const confirm = page.getByRole('dialog', { name: 'Confirm the dispatch' });
    await expect(confirm).toContainText('More than 100 targets');
    await confirm.getByRole('button', { name: /Send to 50\s000 agents/ }).click();
    const job = page.getByRole('region', { name: 'Job', exact: true });
    await job.getByRole('button', { name: 'Send now' }).click();
    await expect(job.getByRole('heading', { name: /running|awaiting replies|done/ })).toBeVisible();
    await shot(page, '20-many-running');
    await expect(job.getByRole('heading', { name: 'done' })).toBeVisible({ timeout: 90_000 });
    const grid = job.getByRole('grid', { name: 'Targets of the job' });
    await expect(grid).toHaveAttribute('aria-rowcount', String(MANY + 1));
    expect(await grid.getByRole('row').count()).toBeLessThan(120);
    await grid.evaluate((node) => (node.scrollTop = node.scrollHeight));
    await expect(grid.locator(`[aria-rowindex="${MANY + 1}"]`)).toContainText('0200000000525400');
    await job.getByRole('button', { name: /^failed/ }).click();
    await expect(grid.locator('[data-index="0"]')).toContainText('failed');
    await grid.focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await expect(job.getByRole('button', { name: 'Retry picked: 1' })).toBeVisible();
    await shot(page, '21-many-failed');
    expect(await axeFindings(page)).toEqual([]);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});
