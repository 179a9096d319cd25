/** The Feed view on a real console with real senders. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright/test';
import { ROOT } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import { eventBody, post, postMany } from './send-events.ts';

test.use({ netipc: false });

/** Pipelines events of 1 kB: PORT RATE SECONDS. */
const SENDER = join(ROOT, 'bench/feed-view/sender.ts');

const rows = (page: Page): Locator => page.locator('#feed [data-seq]');
const pill = (page: Page): Locator => page.getByTestId('pill');
const filterBox = (page: Page): Locator => page.getByRole('combobox', { name: 'Filter' });
/** The highest number a sender gave its events, of those in view; the console's own rows have none. */
const lastRow = (page: Page): Promise<string> =>
  rows(page).evaluateAll((all) => {
    const numbers = all.map((row) => Number(/"n":(\d+)/.exec(row.textContent)?.[1] ?? 0));
    return String(Math.max(...numbers));
  });

async function setFilter(page: Page, filter: string): Promise<void> {
  await filterBox(page).fill(filter);
  await filterBox(page).press('Enter');
}

/** What axe has to say, in short. The debugger puts it in, past the page's own policy. */
async function faults(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  await session.detach();
  const results = await page.evaluate<AxeResults>('axe.run()');
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** Where each visible row stands on the screen. */
function places(page: Page): Promise<Record<string, number>> {
  return rows(page).evaluateAll((all) =>
    Object.fromEntries(
      all.map((row) => [row.getAttribute('data-seq') ?? '', Math.round(row.getBoundingClientRect().top)]),
    ),
  );
}

test.describe('live list', () => {
  test('shows what arrives, newest at the end, and how to send when there is nothing', async ({
    serve,
    openPage,
  }) => {
    const page = await openPage();
    await expect(page.getByText(/Listening .*, no event yet/)).toBeVisible();
    await expect(
      page.locator('code', { hasText: `http://127.0.0.1:${serve.mimoPort}/mimo/events` }),
    ).toBeVisible();
    await postMany(serve.mimoPort, 100);
    await expect(rows(page).filter({ hasText: 'nvme100n1' })).toBeVisible();
    await expect(page.getByText(/no event yet/)).toHaveCount(0);
    await expect.poll(() => lastRow(page)).toBe('100');
  });

  test('selection pauses, the pill counts, nothing moves, End resumes', async ({ serve, openPage }) => {
    const page = await openPage();
    await setFilter(page, 'src:mimo');
    await postMany(serve.mimoPort, 100);
    await expect.poll(() => lastRow(page)).toBe('100');
    await rows(page).filter({ hasText: 'nvme90n1' }).click();
    const before = await places(page);
    await postMany(serve.mimoPort, 40, { from: 101, withErrors: true });
    await expect(pill(page)).toHaveText(/\+40.*\(4 errors\).*End to resume/);
    expect(await places(page)).toEqual(before);
    await page.keyboard.press('End');
    await expect.poll(() => lastRow(page)).toBe('140');
    await expect(pill(page)).toHaveCount(0);
  });

  test('scrolling up pauses and pages in older rows without moving what is looked at', async ({
    serve,
    openPage,
  }) => {
    await postMany(serve.mimoPort, 900);
    const page = await openPage();
    await setFilter(page, 'src:mimo');
    await expect.poll(() => lastRow(page)).toBe('900');
    await page.mouse.move(700, 500);
    await page.mouse.wheel(0, -600);
    await expect(pill(page)).toBeVisible();
    await page.waitForTimeout(500);
    const before = await places(page);
    await postMany(serve.mimoPort, 60, { from: 901 });
    await expect(pill(page)).toHaveText(/\+60/);
    expect(await places(page)).toEqual(before);
    for (
      let step = 0;
      step < 60 && !(await rows(page).filter({ hasText: '"nvme1n1"' }).isVisible());
      step += 1
    ) {
      await page.mouse.wheel(0, -1_500);
      await page.waitForTimeout(60);
    }
    await expect(rows(page).filter({ hasText: '"nvme1n1"' })).toBeVisible();
    await page.locator('#feed').focus();
    await page.keyboard.press('Space');
    await expect.poll(() => lastRow(page)).toBe('960');
  });

  test('a window that is made larger or smaller goes on following', async ({ serve, openPage }) => {
    const page = await openPage();
    await setFilter(page, 'src:mimo');
    await postMany(serve.mimoPort, 200);
    await expect.poll(() => lastRow(page)).toBe('200');
    // A list that stood still once has a place to fall back to.
    await rows(page).first().click();
    await page.keyboard.press('End');
    await expect(page.getByText('LIVE', { exact: true })).toBeVisible();
    for (const [index, height] of [1_000, 500, 900].entries()) {
      await page.setViewportSize({ width: 1_280, height });
      await page.waitForTimeout(300);
      await postMany(serve.mimoPort, 1, { from: 201 + index });
      await expect.poll(() => lastRow(page)).toBe(String(201 + index));
      await expect(page.getByText('LIVE', { exact: true })).toBeVisible();
    }
    await page.mouse.move(700, 500);
    await page.mouse.wheel(0, -300);
    await expect(pill(page)).toBeVisible();
    await page.setViewportSize({ width: 1_280, height: 1_100 });
    await postMany(serve.mimoPort, 1, { from: 300 });
    await expect(pill(page)).toHaveText(/\+1/);
    await expect(page.getByText('PAUSED')).toBeVisible();
  });

  test('keys: j k move, e finds the error wherever it is, b marks, c copies, i opens', async ({
    serve,
    openPage,
    context,
  }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await post(serve.mimoPort, eventBody('error_occurred', { error: 'the first of all' }));
    await postMany(serve.mimoPort, 600);
    const page = await openPage();
    await setFilter(page, 'src:mimo');
    await expect.poll(() => lastRow(page)).toBe('600');
    await page.locator('#feed').focus();
    const shown = Object.keys(await places(page)).map(Number);
    const [lastButOne, last] = shown.toSorted((a, b) => a - b).slice(-2);
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await expect(page.locator('#feed [aria-selected="true"]')).toHaveAttribute(
      'data-seq',
      String(lastButOne),
    );
    await page.keyboard.press('j');
    await expect(page.locator('#feed [aria-selected="true"]')).toHaveAttribute('data-seq', String(last));
    await page.keyboard.press('E');
    await expect(page.locator('#feed [aria-selected="true"]')).toContainText('the first of all');
    const first = await page.locator('#feed [aria-selected="true"]').getAttribute('data-seq');
    await page.keyboard.press('b');
    await expect(page.locator('#feed [aria-selected="true"]')).toContainText('⚑');
    await page.keyboard.press('i');
    await expect(
      page.getByRole('region', { name: 'Inspector' }).getByRole('heading', { name: 'error_occurred' }),
    ).toBeVisible();
    await page.keyboard.press('c');
    await expect(page.getByText('Copied as JSON')).toBeVisible();
    const copied: unknown = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(copied).toMatchObject({
      seq: Number(first),
      type: 'error_occurred',
      body: { payload: { error: 'the first of all' } },
    });
    await page.keyboard.press('Shift+C');
    await expect(
      page.getByRole('dialog').getByText(/curl -sS -H 'Content-Type: application\/json'/),
    ).toBeVisible();
    await expect(
      page
        .getByRole('dialog')
        .getByText(
          `signalbox notify --endpoint http://127.0.0.1:${serve.mimoPort}/mimo/events error_occurred`,
        ),
    ).toBeVisible();
  });
});

test.describe('too fast to read', () => {
  test('samples are said to be samples; the pause shows every row around', async ({ serve, openPage }) => {
    const page = await openPage();
    const sender = spawn(process.execPath, [SENDER, String(serve.mimoPort), '3000', '6'], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => sender.once('exit', resolve));
    await expect(page.getByText(/newest screenful 10 times a second/)).toBeVisible();
    await page.keyboard.press('Space');
    await expect(pill(page)).toBeVisible();
    await page.mouse.move(700, 500);
    for (let step = 0; step < 5; step += 1) await page.mouse.wheel(0, -800);
    await page.waitForTimeout(500);
    const before = await places(page);
    await ended;
    expect(await places(page)).toEqual(before);
    const seqs = Object.keys(before).map(Number);
    expect(Math.max(...seqs) - Math.min(...seqs)).toBe(seqs.length - 1);
    await page.keyboard.press('End');
    await expect.poll(async () => Number(await lastRow(page))).toBeGreaterThanOrEqual(18_000);
  });
});

test.describe('for everybody', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`no accessibility fault in list, inspector and dialogs, ${colorScheme}`, async ({
      serve,
      openPage,
    }) => {
      const page = await openPage();
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await postMany(serve.mimoPort, 60, { withErrors: true });
      await post(serve.mimoPort, 'none');
      await expect.poll(() => lastRow(page)).toBe('60');
      await expect(rows(page).filter({ hasText: 'E_JSON' })).toBeVisible();
      expect(await faults(page)).toEqual([]);
      await page.keyboard.press('k');
      await page.keyboard.press('i');
      for (const tab of ['Summary', 'JSON', 'Wire', 'Around']) {
        await page.getByRole('tab', { name: tab }).click();
        await expect(page.getByRole('tab', { name: tab })).toHaveAttribute('aria-selected', 'true');
        expect(await faults(page), tab).toEqual([]);
      }
      await filterBox(page).fill('sev>=warn nosuch:1');
      await expect(page.locator('[data-wrong="true"]')).toBeVisible();
      expect(await faults(page), 'filter').toEqual([]);
      await page.getByRole('button', { name: 'Export' }).click();
      expect(await faults(page), 'export').toEqual([]);
    });
  }
});

test.describe('filter, values, time', () => {
  test('an invalid filter is underlined and named while the last valid one stays', async ({
    serve,
    openPage,
  }) => {
    await postMany(serve.mimoPort, 100, { withErrors: true });
    const page = await openPage();
    await setFilter(page, 'sev>=error');
    await expect(rows(page)).toHaveCount(10);
    await filterBox(page).fill('sev>=error nosuch:1');
    await expect(page.locator('[data-wrong="true"]')).toHaveText('nosuch');
    await expect(page.getByText(/There is no field of this name/)).toBeVisible();
    await expect(page.getByText(/Still in force/)).toContainText('sev>=error');
    await expect(rows(page)).toHaveCount(10);
    await postMany(serve.mimoPort, 10, { from: 201, withErrors: true });
    await expect(rows(page)).toHaveCount(11);
    await setFilter(page, '"no such text"');
    await expect(page.getByText('No event matches the filter')).toBeVisible();
    await page.getByRole('button', { name: 'Clear the filter' }).last().click();
    await expect.poll(() => lastRow(page)).toBe('210');
  });

  test('completion offers fields and values that exist', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 30, { withErrors: true });
    const page = await openPage();
    await expect(
      page.getByRole('complementary', { name: 'Values' }).getByText('error_occurred'),
    ).toBeVisible();
    await page.locator('#feed').focus();
    await page.keyboard.press('/');
    await page.keyboard.type('ty');
    await expect(page.getByRole('option', { name: /^type/ })).toBeVisible();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.type('err');
    await expect(page.getByRole('option', { name: 'error_occurred' })).toBeVisible();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await expect(filterBox(page)).toHaveValue('type:error_occurred');
    await expect(rows(page)).toHaveCount(3);
  });

  test('a value adds itself to the filter, with Alt it is left out', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 40, { withErrors: true });
    const page = await openPage();
    const values = page.getByRole('complementary', { name: 'Values' });
    await values.getByRole('button', { name: /^error_occurred/ }).click();
    await expect(filterBox(page)).toHaveValue('type:error_occurred');
    await expect(rows(page)).toHaveCount(4);
    await setFilter(page, '');
    await values.getByRole('button', { name: /^error_occurred/ }).click({ modifiers: ['Alt'] });
    await expect(filterBox(page)).toHaveValue('-type:error_occurred');
    await expect(rows(page).filter({ hasText: 'error_occurred' })).toHaveCount(0);
  });

  test('dragging over the chart sets a range, a click goes to the moment', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 50);
    const page = await openPage();
    await page.getByLabel('Span of the chart').selectOption('60000');
    const chart = page.getByRole('slider', { name: 'Events over time' });
    const box = (await chart.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await expect(rows(page).first()).toBeVisible();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.999, box.y + 20, { steps: 5 });
    await page.mouse.up();
    const time = page.getByRole('group', { name: 'Time' });
    await expect(time).toContainText('RANGE');
    await postMany(serve.mimoPort, 20, { from: 51 });
    await page.waitForTimeout(1_000);
    expect(Number(await lastRow(page))).toBeLessThanOrEqual(50);
    await time.getByRole('button', { name: /Clear the range/ }).click();
    await expect(time).toContainText('LIVE');
    await expect.poll(() => lastRow(page)).toBe('70');
    await chart.click({ position: { x: box.width * 0.5, y: 20 } });
    await expect(time).toContainText('PAUSED');
  });
});

test.describe('inspector and export', () => {
  test('Wire: a field shows its bytes and a byte its field; JSON keeps digits; Around ignores the filter', async ({
    serve,
    openPage,
  }) => {
    await postMany(serve.mimoPort, 5);
    await post(
      serve.mimoPort,
      '{"event":"bdev_ready","payload":{"name":"big","size":15362991415296000001},"timestamp":5}',
    );
    await postMany(serve.mimoPort, 5, { from: 6 });
    const page = await openPage();
    await setFilter(page, 'big');
    await expect(rows(page)).toHaveCount(1);
    await rows(page).first().click();
    await page.keyboard.press('i');
    const inspector = page.getByRole('region', { name: 'Inspector' });
    await inspector.getByRole('tab', { name: 'Wire' }).click();
    await inspector.getByRole('option', { name: /^payload/ }).click();
    await page.mouse.move(5, 5);
    const marked = inspector
      .getByRole('region', { name: 'Bytes of the request' })
      .locator('span:last-child > [data-on="true"]');
    await expect
      .poll(async () => (await marked.allInnerTexts()).join(''))
      .toBe('"payload":{"name":"big","size":15362991415296000001}');
    await marked.first().hover();
    await expect(inspector.getByRole('option', { name: /^payload/ })).toHaveAttribute(
      'aria-selected',
      'true',
    );
    await inspector.getByRole('tab', { name: 'JSON' }).click();
    await expect(inspector.getByRole('treeitem').filter({ hasText: 'size' })).toContainText(
      '15362991415296000001',
    );
    await inspector.getByRole('treeitem').filter({ hasText: 'name' }).click();
    await inspector.getByRole('button', { name: 'Only this' }).click();
    await expect(filterBox(page)).toHaveValue('big body.payload.name=big');
    await inspector.getByRole('tab', { name: 'Around' }).click();
    const around = inspector.getByRole('listitem').filter({ hasNotText: 'loop_stalled' });
    await expect(around).toHaveCount(11);
  });

  test('exports what the filter shows', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 60, { withErrors: true });
    const page = await openPage();
    await setFilter(page, 'sev>=error');
    await expect(rows(page)).toHaveCount(6);
    await page.getByRole('button', { name: 'Export' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByRole('button', { name: 'Export' }).click();
    await expect(dialog.getByText(/6 events, .* written to/)).toBeVisible();
    const path = await dialog.locator('code').last().innerText();
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(6);
    const download = page.waitForEvent('download');
    await dialog.getByRole('link', { name: 'Download' }).click();
    expect((await readFile(await (await download).path(), 'utf8')).trim().split('\n')).toEqual(lines);
  });
});

test.describe('what the operator sets', () => {
  test('a bookmark takes a note, which is there again for another window', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 5);
    const page = await openPage();
    await rows(page).filter({ hasText: '"nvme3n1"' }).click();
    await page.keyboard.press('i');
    const note = page.getByRole('region', { name: 'Inspector' }).getByRole('textbox', { name: 'Note' });
    await expect(note).toHaveCount(0);
    await page.keyboard.press('b');
    await note.fill('look at <b>this</b> one');
    await note.press('Enter');
    await page.reload();
    await rows(page).filter({ hasText: '"nvme3n1"' }).click();
    await page.keyboard.press('i');
    await expect(note).toHaveValue('look at <b>this</b> one');
  });

  test('a colour rule marks its rows with a sign, not by colour alone', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 6);
    const page = await openPage();
    const ready = rows(page).filter({ hasText: 'bdev_ready' }).first();
    const plain = await ready.innerText();
    await page.keyboard.press('Control+,');
    await page.getByRole('tab', { name: 'Colour rules' }).click();
    await page.getByRole('button', { name: 'Add rule' }).click();
    const filter = page.getByRole('dialog').getByRole('textbox', { name: 'Filter' });
    await filter.fill('type:bdev_ready');
    await filter.press('Enter');
    await page.keyboard.press('Escape');
    await expect.poll(() => ready.innerText()).not.toBe(plain);
  });

  test('the time zone of the rows changes at once', async ({ serve, openPage, page: _page, context }) => {
    await post(serve.mimoPort, eventBody('bdev_ready', { name: 'zone' }));
    const page = await openPage();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kolkata' });
    await page.reload();
    const row = rows(page).filter({ hasText: 'zone' });
    const minutes = async (): Promise<string> => /:(\d\d):\d\d/.exec(await row.innerText())?.[1] ?? '';
    await expect(row).toBeVisible();
    const local = await minutes();
    await page.keyboard.press('Control+,');
    await page.getByRole('tab', { name: 'Times and storage' }).click();
    await page.getByRole('radio', { name: 'UTC', exact: true }).check();
    await page.keyboard.press('Escape');
    // India is half an hour off: whole hours alone would not show the change.
    await expect.poll(minutes).not.toBe(local);
  });

  test('a column is as wide as it was made, also after a reload', async ({ serve, openPage }) => {
    await postMany(serve.mimoPort, 3);
    const page = await openPage();
    await expect(rows(page).first()).toBeVisible();
    const handle = page.getByRole('separator', { name: /Type/ });
    const box = (await handle.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 80, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const wide = ((await handle.boundingBox())?.x ?? 0) - box.x;
    expect(wide).toBeGreaterThan(40);
    await page.reload();
    await expect(rows(page).first()).toBeVisible();
    expect(Math.abs(((await handle.boundingBox())?.x ?? 0) - box.x - wide)).toBeLessThan(3);
  });
});
