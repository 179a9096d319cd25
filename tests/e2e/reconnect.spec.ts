/** The line breaks: the page says so, comes back when the host does, and knows when its sign-in is gone. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';

test('after a restart of the host the page needs a new link, and works again with it', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-reconnect-'));
  let serve = await startServe({ dataFolder: join(folder, 'data') });
  try {
    const sockets: { isClosed(): boolean }[] = [];
    page.on('websocket', (socket) => sockets.push(socket));
    await page.goto(serve.link());
    await page.waitForURL(`${serve.origin}/`);
    await expect.poll(() => sockets.filter((socket) => !socket.isClosed()).length).toBe(1);
    const { pagePort, mimoPort } = serve;
    expect(await serve.stop()).toBe(0);
    await expect.poll(() => sockets.every((socket) => socket.isClosed())).toBe(true);

    serve = await startServe({ dataFolder: join(folder, 'data'), pagePort, mimoPort });
    const tries = sockets.length;
    await expect.poll(() => sockets.length).toBeGreaterThan(tries);
    await expect.poll(() => page.evaluate(() => fetch('/session').then(({ status }) => status, () => 0))).toBe(401);
    await page.goto(serve.link());
    await page.waitForURL(`${serve.origin}/`);
    await expect.poll(() => sockets.filter((socket) => !socket.isClosed()).length).toBe(1);
  } finally {
    await serve.stop();
    await removeFolder(folder);
  }
});
