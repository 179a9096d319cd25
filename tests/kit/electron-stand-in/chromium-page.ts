/**
 * Shows a window of the stand-in in the system's Chromium: the page's files come from the real scheme handler with its real headers,
 * the preload is the built file, and its ports and invokes are carried to the real bridge.
 */
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright';
import { CHROMIUM_ARGS, CHROMIUM_PATH } from '../../e2e/chromium-launch.ts';
import { eventFrom } from './electron.ts';
import { stage } from './stage.ts';
import type { PageHandle } from './stage.ts';

/** Chromium knows no foreign schemes, so the scheme's address is mapped to a host that exists nowhere. */
const MAPPED = 'https://app.signalbox.test/';

/** Runs in the page before anything else: what a sandboxed preload finds as `require('electron')`. */
const SHIM = `
  const ports = new Map();
  let lastPort = 0;
  globalThis.__fromMain = (id, bytes) => ports.get(id)?.postMessage(Uint8Array.from(bytes));
  globalThis.__closeFromMain = (id) => ports.get(id)?.close();
  const toMain = globalThis.__toMain, invoke = globalThis.__invoke;
  delete globalThis.__toMain; delete globalThis.__invoke;
  const electron = {
    contextBridge: { exposeInMainWorld: (name, api) => Object.defineProperty(globalThis, name, { value: api }) },
    ipcRenderer: {
      invoke: async (channel, ...args) => JSON.parse(await invoke(channel, JSON.stringify(args))),
      postMessage: (channel, message, [port]) => {
        const id = ++lastPort;
        ports.set(id, port);
        port.onmessage = ({ data }) => toMain(channel, id, Array.from(data));
        toMain(channel, id, null);
      },
    },
  };
  const require = (name) => { if (name !== 'electron') throw new Error(name); return electron; };
`;

export async function openChromiumPage(address: string, preload: string): Promise<PageHandle> {
  const browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: CHROMIUM_ARGS });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const lines = new Map<number, MessagePort>();
  await context.route('**/*', async (route) => {
    const url = route.request().url();
    if (!url.startsWith(MAPPED)) return route.abort();
    const request = new Request(address + url.slice(MAPPED.length), { method: route.request().method() });
    const response = await stage.schemeHandlers.get('signalbox')?.(request);
    if (response === undefined) return route.abort();
    const body = Buffer.from(await response.arrayBuffer());
    return route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body });
  });
  await page.exposeFunction('__invoke', async (channel: string, args: string) => {
    const handler = stage.invokeHandlers.get(channel);
    const list: unknown = JSON.parse(args);
    return JSON.stringify(await handler?.(eventFrom(), ...(Array.isArray(list) ? list : [])));
  });
  await page.exposeFunction('__toMain', (channel: string, id: number, bytes: number[] | null) => {
    if (bytes !== null) {
      lines.get(id)?.postMessage(Uint8Array.from(bytes));
      return;
    }
    const { port1, port2 } = new MessageChannel();
    lines.set(id, port1);
    port1.addEventListener('message', ({ data }: MessageEvent<Uint8Array>) => {
      // The page may be gone while the core still sends: nobody is left to tell.
      page.evaluate(([line, list]) => Reflect.get(globalThis, '__fromMain')(line, list), [id, [...data]] as const).catch(() => undefined);
    });
    port1.start();
    stage.mainEvents.emit(channel, eventFrom(undefined, undefined, [port2]));
  });
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.stack ?? error.message}\n`));
  const bundle = readFileSync(preload, 'utf8');
  await page.addInitScript(`(() => { ${SHIM} (function (require, module, exports) { ${bundle}\n})(require, { exports: {} }, {}); })();`);
  await page.goto(MAPPED);
  return { evaluate: (code) => page.evaluate(code), close: () => browser.close() };
}
