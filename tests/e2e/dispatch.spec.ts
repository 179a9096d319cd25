/** The Dispatch view as a newcomer meets it, against the lab: three agents, two that reply and one that is silent. */
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import type { ServeProcess } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import type { Page } from './fixture.ts';

async function open(page: Page, serve: ServeProcess): Promise<void> {
  await page.goto(serve.link());
  await page.waitForURL(`${serve.origin}/`);
  await page.keyboard.press('Control+4');
  await expect(page.getByRole('button', { name: 'New dispatch' })).toBeVisible();
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
  page.screenshot({ path: `test-results/dispatch-${name}.png` });

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
