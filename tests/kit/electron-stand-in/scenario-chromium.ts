/** Runs the whole desktop host with its built main process, preload and page in the system's Chromium; tests/e2e/desktop.spec.ts reads the report. */
import { openChromiumPage } from './chromium-page.ts';
import { BUILT, quitDesktop, startDesktop } from './run-desktop.ts';
import { stage } from './stage.ts';

stage.openPage = openChromiumPage;
await startDesktop(BUILT);
const page = stage.windows[0]?.page;
if (page === null || page === undefined) throw new Error('no page');

const report = {
  globals: await page.evaluate(`['require', 'process', 'module', 'ipcRenderer', 'electron', 'Buffer', '__dirname'].filter((name) => name in window)`),
  keys: await page.evaluate(`Reflect.ownKeys(window.signalbox).map(String)`),
  frozen: await page.evaluate(`Object.isFrozen(window.signalbox)`),
  hello: await page.evaluate(`window.signalbox.call('app.hello', {})`),
  refused: await page.evaluate(`window.signalbox.call('__proto__', {})`),
  received: await page.evaluate(`new Promise((resolve) => {
    const stop = window.signalbox.subscribe('links.state', {}, {
      onItems(items) { stop(); resolve(items.length); },
      onEnd(failure) { resolve(failure); },
    });
  })`),
  evalBlocked: await page.evaluate(`new Promise((resolve) => {
    const script = document.createElement('script');
    document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
    try { script.textContent = 'window.injected = 1'; document.head.append(script); } catch (error) { resolve('trusted types'); }
  })`),
  injected: await page.evaluate(`'injected' in window`),
  title: await page.evaluate(`document.title`),
  rendered: await page.evaluate(`new Promise((resolve) => {
    const look = () => (document.getElementById('root').childElementCount > 0 ? resolve(true) : setTimeout(look, 50));
    look();
  })`),
};
await page.close();
const exitCode = await quitDesktop();
process.stdout.write(`${JSON.stringify({ ...report, exitCode })}\n`, () => process.exit(0));
