/** The Dispatch view for its browser tests. */
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { expect } from './fixture.ts';
import type { Page, ServeProcess } from './fixture.ts';

export async function openDispatchView(page: Page, serve: ServeProcess): Promise<void> {
  await page.goto(serve.link());
  await page.waitForURL(`${serve.origin}/`);
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Dispatch' }).click();
  await expect(page.getByRole('button', { name: 'New dispatch' })).toBeVisible();
}

export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(async () => {
    const runner: unknown = Reflect.get(window, 'axe');
    return (runner as { run(): Promise<AxeResults> }).run();
  });
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

export function shot(page: Page, name: string): Promise<Buffer> {
  return page.screenshot({ path: `test-results/dispatch-${name}.png` });
}
