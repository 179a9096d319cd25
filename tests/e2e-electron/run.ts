/**
 * Drives a real Electron with the built console. Where no binary or no display exists it says so and ends well: the same main.ts and
 * preload are covered by the stand-in (electron/hosts/desktop/main.test.ts, tests/e2e/desktop.spec.ts).
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright';
import type { ElectronApplication, Page } from 'playwright';
import { electronBinary } from '../../scripts/lib/electron-binary.mjs';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { ROOT, removeFolder } from '../kit/serve-process.ts';

declare global {
  interface Window {
    readonly signalbox?: SignalboxApi;
  }
}

function skipReason(): string | null {
  if (electronBinary() === null) return 'no Electron binary (node_modules/electron/dist, or ELECTRON_OVERRIDE_DIST_PATH)';
  const needsDisplay = process.platform === 'linux';
  if (needsDisplay && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'no display';
  if (process.getuid?.() === 0) return 'Electron does not run as root with its sandbox on';
  return null;
}

type Check = readonly [string, (page: Page, app: ElectronApplication) => Promise<boolean>];

const CHECKS: readonly Check[] = [
  ['the page comes by its own scheme', async (page) => page.url() === 'signalbox://app/'],
  ['the page has nothing of Node', (page) => page.evaluate(() => !['require', 'process', 'module', 'Buffer'].some((name) => name in window))],
  ['a call is answered by the core', (page) => page.evaluate(async () => (await window.signalbox?.call('app.hello', {}))?.ok === true)],
  ['an unknown call is refused', (page) => page.evaluate(async () => {
    const answer = await window.signalbox?.call('__proto__' as 'app.hello', {});
    return answer?.ok === false && answer.failure.code === 'E_CALL_UNKNOWN';
  })],
  ['a stream gives items', (page) => page.evaluate(() => new Promise<boolean>((resolve) => {
    window.signalbox?.subscribe('links.state', {}, { onItems: (items) => resolve(items.length > 0), onEnd: () => resolve(false) });
  }))],
  ['navigation is denied', async (page) => {
    await page.evaluate(() => { location.href = 'https://example.org/'; });
    await page.waitForTimeout(500);
    return page.url() === 'signalbox://app/';
  }],
  ['windows are denied', async (page, app) => {
    await page.evaluate(() => { window.open('https://example.org/'); });
    await page.waitForTimeout(500);
    return app.windows().length === 1;
  }],
  ['paths outside the bundle are 404', (page) => page.evaluate(async () => (await fetch('signalbox://app/package.json')).status === 404)],
  ['inline script does not run', (page) => page.evaluate(() => {
    try {
      const script = document.createElement('script');
      script.textContent = 'window.injected = 1';
      document.head.append(script);
    } catch {
      // Trusted Types throws before the policy is asked.
    }
    return !('injected' in window);
  })],
];

async function runChecks(executablePath: string): Promise<{ passed: number; failed: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-electron-'));
  const app = await _electron.launch({ executablePath, args: [ROOT, `--data=${folder}`, '--mimo-port=0'] });
  const counts = { passed: 0, failed: 0 };
  try {
    const page = await app.firstWindow();
    await page.waitForLoadState('load');
    for (const [name, check] of CHECKS) {
      const holds = await check(page, app);
      counts[holds ? 'passed' : 'failed'] += 1;
      process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${name}\n`);
    }
  } finally {
    await app.close();
    await removeFolder(folder);
  }
  return counts;
}

const reason = skipReason();
const binary = electronBinary();
if (reason !== null || binary === null) {
  process.stdout.write(`skipped: ${reason}\n0 passed, 0 failed, ${CHECKS.length} skipped\n`);
} else {
  const { passed, failed } = await runChecks(binary);
  process.stdout.write(`${passed} passed, ${failed} failed, 0 skipped\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}
