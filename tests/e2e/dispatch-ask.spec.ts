/** A job that pauses and asks after a failure: it goes on only when told to, and gives up the rest when told to. */
import { simulatedAgentId } from '../../electron/lab/gse/agent-ids.ts';
import { axeFindings, openDispatchView as open, shot } from './dispatch-page.ts';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';

/** Of the lab's simulated agents every 50th fails: each batch of 50 has one. */
const TARGETS = 200;

test('after a failure the job asks; go on sends the next batch, cancel the rest sends no more', async ({
  page,
}) => {
  const serve = await startServe({ lab: true });
  try {
    await open(page, serve);
    const ids = Array.from({ length: TARGETS }, (_, index) => simulatedAgentId(index)).join('\n');
    await page.getByLabel(/Agent ids or cloud/).fill(ids);
    await expect(page.getByText('200 valid')).toBeVisible();
    await page.getByLabel('Content', { exact: true }).fill('ping');
    await page.getByRole('textbox', { name: 'Targets a batch' }).fill('50');
    await page.getByRole('textbox', { name: 'At the same time' }).fill('1');
    await page.getByRole('textbox', { name: 'Reply within, s' }).fill('0');
    await page.getByRole('radio', { name: 'pause and ask' }).check({ force: true });
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeEnabled();
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Send to 200 agents' }).click();
    const job = page.getByRole('region', { name: 'Job', exact: true });
    await job.getByRole('button', { name: 'Send now' }).click();

    const asks = job.getByRole('heading', { name: 'asks what to do' });
    await expect(asks).toBeVisible();
    await expect(job.getByRole('status').first()).toContainText('1 of 50 not accepted');
    await expect(job.getByRole('button', { name: /^failed 1$/ })).toBeVisible();
    await expect(job.getByRole('button', { name: /^waiting 150$/ })).toBeVisible();
    await shot(page, '50-asking');
    expect(await axeFindings(page)).toEqual([]);

    await job.getByRole('button', { name: 'Go on' }).click();
    await expect(job.getByRole('button', { name: /^failed 2$/ })).toBeVisible();
    await expect(asks).toBeVisible();
    await expect(job.getByRole('button', { name: /^waiting 100$/ })).toBeVisible();
    await job.getByRole('button', { name: 'Cancel the rest' }).click();
    await expect(job.getByRole('heading', { name: 'rest cancelled' })).toBeVisible();
    await expect(job.getByRole('button', { name: /^cancelled 100$/ })).toBeVisible();
    await expect(job.getByRole('button', { name: /^waiting/ })).toBeHidden();
    await job.getByRole('button', { name: /^Batches 4$/ }).click();
    const batches = job.getByRole('region', { name: 'Batches' });
    await expect(batches.getByText('1 of 50 not accepted')).toHaveCount(2);
  } finally {
    await serve.stop();
    await removeFolder(serve.dataFolder);
  }
});
