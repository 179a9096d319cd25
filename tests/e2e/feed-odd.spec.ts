/** The Feed view and what is no plain event: refused requests, hostile texts, and what a restart must bring back. */
import type { Locator, Page } from 'playwright/test';
import { HOSTILE_TEXTS } from '../kit/hostile-texts.ts';
import { startServe } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';
import { post, postMany } from './send-events.ts';

test.use({ netipc: false });

/** Twice in a body that the listener still takes. */
const TEXT_CHARACTERS_MAX = 10_000;

const rows = (page: Page): Locator => page.locator('#feed [data-seq]');

test.describe('what is not a plain event', () => {
  test('a refused request is a row with its code, reason and bytes', async ({ serve, openPage }) => {
    const page = await openPage();
    expect(await post(serve.mimoPort, '{"event":')).toBe(400);
    const row = rows(page).filter({ hasText: 'E_JSON' });
    await expect(row).toContainText('refused');
    await expect(row).toContainText('The body is not JSON.');
    await row.click();
    await page.keyboard.press('i');
    const inspector = page.getByRole('region', { name: 'Inspector' });
    await expect(inspector).toContainText('At byte 9 of the body, near {"event":');
    await expect(inspector).toContainText('Correct the payload where the sender makes it');
    await page.getByRole('tab', { name: 'Wire' }).click();
    await expect(page.getByRole('option', { name: /^body/ })).toContainText('{"event":');
  });

  test('a refused request says what came and what now, whatever was wrong', async ({ serve, openPage }) => {
    const page = await openPage();
    expect(await post(serve.mimoPort, '{"payload":1}')).toBe(400);
    expect(await post(serve.mimoPort, '{"event":"x"}', 'text/plain')).toBe(415);
    const inspector = page.getByRole('region', { name: 'Inspector' });
    await rows(page).filter({ hasText: 'E_SHAPE' }).dblclick();
    await expect(inspector).toContainText('The member “event” is missing or not a text.');
    await expect(inspector).toContainText('"payload": <any JSON value>');
    await rows(page).filter({ hasText: 'E_MEDIA_TYPE' }).click();
    await expect(inspector).toContainText('Content-Type: text/plain');
    await expect(inspector).toContainText('Send Content-Type: application/json, or no type at all.');
  });

  test('hostile text stays text', async ({ serve, openPage }) => {
    const page = await openPage();
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    const texts = [
      ...HOSTILE_TEXTS,
      '<img src=x onerror=alert(1)>',
      '<script>alert(1)</script>',
      '\u202Egnp.exe',
      '{{constructor}}',
    ];
    const named = texts.filter(
      (text) => text !== '' && text.isWellFormed() && text.length < TEXT_CHARACTERS_MAX,
    );
    for (const text of named) {
      expect(
        await post(serve.mimoPort, JSON.stringify({ event: text, payload: { [text]: text }, timestamp: 1 })),
      ).toBe(204);
    }
    await post(serve.mimoPort, new Uint8Array([0x7b, 0x22, 0x65, 0x22, 0x3a, 0xff, 0xfe, 0x7d]));
    // Sent last, so all others are here when it is.
    await expect(page.locator('#feed [data-kind="refused"]')).toBeVisible();
    await page.keyboard.press('k');
    await page.keyboard.press('i');
    for (const tab of ['Summary', 'JSON', 'Wire', 'Around']) {
      await page.getByRole('tab', { name: tab }).click();
      for (let step = 0; step < Math.min(12, named.length); step += 1) await page.keyboard.press('k');
      await page.waitForTimeout(150);
    }
    expect(dialogs).toBe(0);
    const strangers = await page.locator('main').evaluate((main) => {
      const hidden = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;
      return (
        [...main.querySelectorAll('img, script, iframe, a[href^="javascript"]')].length +
        (hidden.test(main.textContent) ? 1 : 0)
      );
    });
    expect(strangers).toBe(0);
  });

  test('events and bookmarks are there again after a restart of the console', async ({
    serve,
    openPage,
    page,
  }) => {
    await postMany(serve.mimoPort, 30);
    await openPage();
    await rows(page).filter({ hasText: '"nvme20n1"' }).click();
    await page.keyboard.press('b');
    await expect(page.locator('#feed [aria-selected="true"]')).toContainText('⚑');
    await serve.stop();
    await expect(
      page.getByText(/No connection to the core|Connection to the core lost/).first(),
    ).toBeVisible();
    const again = await startServe({ dataFolder: serve.dataFolder, mimoPort: serve.mimoPort });
    try {
      await page.goto(again.link());
      await expect(rows(page).filter({ hasText: '"nvme20n1"' })).toContainText('⚑');
      await expect(rows(page).filter({ hasText: 'the console was not running' })).toBeVisible();
    } finally {
      await again.stop();
    }
  });
});
