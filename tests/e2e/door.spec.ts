/** The serve host's door in a real browser: one-use links, foreign pages, paths (promises A6, A7, B2, B3, B4). */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { pathToFileURL } from 'node:url';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { clientOf, openWindowSocket } from '../kit/serve-client.ts';
import { expect, test } from './fixture.ts';

/** A hostile page on another port of the same machine: for a browser it is the same site. */
async function servePage(html: string): Promise<{ server: Server; origin: string }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { server, origin: `http://127.0.0.1:${address.port}` };
}

test('a link opens the console once; the second use gets a page that says so', async ({ serve, openPage, browser }) => {
  const link = serve.link();
  const page = await openPage();
  await expect(page).toHaveTitle('Signalbox');
  const other = await browser.newContext();
  try {
    const stranger = await other.newPage();
    const answer = await stranger.goto(link);
    expect(answer?.status()).toBe(410);
    await expect(stranger.locator('h1')).toHaveText('This link was used already');
    expect((await stranger.goto(`${serve.origin}/`))?.status()).toBe(401);
    expect(await other.cookies()).toEqual([]);
    await stranger.goto(serve.link());
    await stranger.waitForURL(`${serve.origin}/`);
    await expect(stranger).toHaveTitle('Signalbox');
  } finally {
    await other.close();
  }
});

test('a launch page on disk gets in, although it is another site', async ({ serve, page }) => {
  const launch = join(serve.dataFolder, 'launch-test.html');
  await writeFile(launch, `<!doctype html><meta http-equiv="refresh" content="0;url=${serve.link()}">`);
  await page.goto(pathToFileURL(launch).href);
  await page.waitForURL(`${serve.origin}/`);
  await expect(page).toHaveTitle('Signalbox');
});

test('the session cookie is out of reach of scripts and of other sites', async ({ serve, openPage, context }) => {
  const page = await openPage();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', name: `signalbox_${serve.pagePort}`, path: '/' });
  expect(await page.evaluate(() => document.cookie)).toBe('');
});

test('another server of this machine is sent the cookie and can do nothing with it', async ({ serve, openPage, context }) => {
  const page = await openPage();
  expect(page.url()).toBe(`${serve.origin}/`);
  const lamps = page.getByRole('navigation', { name: 'Links' }).getByRole('button');
  await expect(lamps.first()).toBeVisible();
  let seen = '';
  const spy = createServer((request, response) => {
    seen = request.headers.cookie ?? '';
    response.end('hello');
  });
  await new Promise<void>((resolve) => spy.listen(0, '127.0.0.1', resolve));
  try {
    const address = spy.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    const tab = await context.newPage();
    await tab.goto(`http://127.0.0.1:${address.port}/`);
    expect(seen).toContain(`signalbox_${serve.pagePort}=`);
    const socket = new WebSocket(`${serve.origin.replace('http', 'ws')}/rpc`, 'signalbox.v1', { headers: { Cookie: seen, Origin: serve.origin } });
    const outcome = await new Promise((resolve) => socket.once('open', () => resolve('open')).once('unexpected-response', (_request, response) => resolve(response.statusCode)));
    expect(outcome).toBe(401);
    // The tab the link opened is loaded anew without a link, also after another link; a tab that has only the cookie is told what to do.
    await page.reload();
    await expect(lamps.first()).toBeVisible();
    await tab.goto(serve.link());
    await expect(tab.getByRole('navigation', { name: 'Links' }).getByRole('button').first()).toBeVisible();
    await page.reload();
    await expect(lamps.first()).toBeVisible();
    await tab.evaluate(() => sessionStorage.clear());
    await tab.goto(`${serve.origin}/`);
    await expect(tab.getByRole('alert').filter({ hasText: 'does not know this window' })).toBeVisible();
  } finally {
    spy.close();
  }
});

test('a page of another port can neither post, read, connect nor frame', async ({ serve, openPage, page: _page, context }) => {
  await openPage();
  const { server, origin } = await servePage('<!doctype html><title>hostile</title><body></body>');
  try {
    const hostile = await context.newPage();
    await hostile.goto(origin);
    const outcomes = await hostile.evaluate(async ({ console: target, mimo }) => {
      const outcome: Record<string, string> = {};
      const attempt = async (name: string, work: () => Promise<string>): Promise<void> => {
        outcome[name] = await work().catch((error: unknown) => `refused ${String(error)}`);
      };
      const event = JSON.stringify({ event: 'forged', payload: {} });
      const post = async (headers: Record<string, string>, mode: RequestMode): Promise<string> => {
        const answer = await fetch(`${mimo}/mimo/events`, { method: 'POST', body: event, headers, mode });
        return answer.ok ? 'accepted' : `${answer.type} ${answer.status}`;
      };
      await attempt('post text', () => post({ 'Content-Type': 'text/plain' }, 'no-cors'));
      await attempt('post form', () => post({ 'Content-Type': 'application/x-www-form-urlencoded' }, 'no-cors'));
      await attempt('post json', () => post({ 'Content-Type': 'application/json' }, 'cors'));
      await attempt('form', () => {
        const frame = Object.assign(document.createElement('iframe'), { name: 'answer' });
        const form = Object.assign(document.createElement('form'), { method: 'post', enctype: 'text/plain', target: 'answer' });
        form.action = `${mimo}/mimo/events`;
        // Sent as {"event":"forged","payload":"="}
        form.append(Object.assign(document.createElement('input'), { name: '{"event":"forged","payload":"', value: '"}' }));
        document.body.append(frame, form);
        form.submit();
        return new Promise((resolve) => frame.addEventListener('load', () => resolve('answered')));
      });
      await attempt('read page', async () => {
        const answer = await fetch(`${target}/`, { credentials: 'include' });
        return `read ${(await answer.text()).length}`;
      });
      await attempt('read session', async () => {
        const answer = await fetch(`${target}/session`, { credentials: 'include', mode: 'no-cors' });
        return answer.type === 'opaque' ? 'opaque' : `read ${answer.status}`;
      });
      await attempt('socket', () => {
        const socket = new WebSocket(`${target.replace('http', 'ws')}/rpc`, 'signalbox.v1');
        return new Promise((resolve) => {
          socket.addEventListener('open', () => resolve('connected'));
          socket.addEventListener('error', () => resolve('refused'));
        });
      });
      await attempt('script', () => {
        const script = document.createElement('script');
        script.src = `${target}/index.html`;
        return new Promise((resolve) => {
          script.addEventListener('load', () => resolve('loaded'));
          script.addEventListener('error', () => resolve('refused'));
          document.body.append(script);
        });
      });
      return outcome;
    }, { console: serve.origin, mimo: `http://127.0.0.1:${serve.mimoPort}` });
    expect(outcomes['socket']).toBe('refused');
    expect(outcomes['script']).toBe('refused');
    expect(outcomes['read page']).toMatch(/^refused/);
    expect(outcomes['post json']).toMatch(/^refused/);
    // no-cors hides the answer from the page; that nothing was taken is asked of the console below.
    for (const name of ['post text', 'post form']) expect(outcomes[name]).not.toBe('accepted');

    const frame = await hostile.evaluate(async (target) => {
      const element = document.createElement('iframe');
      element.src = `${target}/`;
      document.body.append(element);
      await new Promise((resolve) => element.addEventListener('load', resolve));
      try {
        return element.contentDocument === null ? 'closed' : `open ${element.contentDocument.title}`;
      } catch {
        return 'closed';
      }
    }, serve.origin);
    expect(frame).toBe('closed');
  } finally {
    server.close();
  }
  // What a page cannot see, the console knows: nothing was taken as an event.
  const client = clientOf(await openWindowSocket(serve.link()));
  const stored = async (): Promise<string[]> => {
    const range = { fromMs: null, toMs: null };
    const page = await client.api.call('feed.page', { filter: 'src=mimo', range, direction: 'after', anchorSeq: 0, rowsMax: 100 });
    if (!page.ok) throw new Error(page.failure.message);
    return page.value.rows.map(({ kind }) => kind).filter((kind) => kind === 'event' || kind === 'refused');
  };
  const kinds = await stored();
  expect(kinds).not.toContain('event');
  // Two posts by script and the form; the browser itself stops the third post before it is sent.
  expect(kinds.length).toBeGreaterThanOrEqual(3);
  // A program without Origin is served: the refusals above were refusals and not a dead listener.
  const answer = await fetch(`http://127.0.0.1:${serve.mimoPort}/mimo/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: 'e2e-1', event: 'bdev_ready', timestamp: 1, payload: {} }),
  });
  expect(answer.status).toBe(204);
  expect(await stored()).toContain('event');
  client.close('done');
});

test('names that another server could own are not answered', async ({ serve, openPage, context }) => {
  await openPage();
  for (const host of ['evil.example', `evil.example:${serve.pagePort}`, '127.0.0.1', `127.0.0.1.evil.example:${serve.pagePort}`]) {
    const answer = await context.request.get(`${serve.origin}/`, { headers: { Host: host } });
    expect(answer.status(), host).toBe(421);
  }
});

test('no path leads out of the served set', async ({ serve, openPage, context }) => {
  await openPage();
  const paths = ['/package.json', '/%2e%2e/package.json', '/assets/../../../package.json', '/assets/%2e%2e%2findex.html', '/index.html%00', '//etc/passwd', '/constructor', '/__proto__'];
  for (const path of paths) {
    const answer = await context.request.get(`${serve.origin}${path}`);
    expect(answer.status(), path).toBe(404);
  }
  const index = await context.request.get(`${serve.origin}/index.html?x=1`);
  expect(index.status()).toBe(200);
});
