/** `serve` is a fresh console per test; `openPage` signs the browser in by the printed one-use link. */
import { expect, test as base } from 'playwright/test';
import type { Page } from 'playwright/test';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import type { ServeProcess } from '../kit/serve-process.ts';

interface Fixtures {
  /** See ServeProcessOptions.netipc; `test.use({ netipc: false })`. */
  readonly netipc: boolean;
  readonly serve: ServeProcess;
  readonly openPage: () => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  netipc: [true, { option: true }],
  serve: async ({ netipc }, use) => {
    const serve = await startServe({ netipc });
    try {
      await use(serve);
    } finally {
      await serve.stop();
      await removeFolder(serve.dataFolder);
    }
  },
  openPage: async ({ page, serve }, use) => {
    await use(async () => {
      await page.goto(serve.link());
      await page.waitForURL(`${serve.origin}/`);
      // Before it is drawn, a page hears no keys.
      await page.locator('main').waitFor();
      return page;
    });
  },
});

export { expect };
export type { Page, ServeProcess };
