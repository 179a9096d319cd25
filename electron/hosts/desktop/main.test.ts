/**
 * Runs the real main.ts, bridge and preload in a child process on the stand-in for `electron`, with the real core in a temporary data
 * folder, and checks Electron's security checklist and promises A1 to A8 against what they did.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../../tests/kit/serve-process.ts';
import { PAGE_POLICY } from '../serve/page-policy.ts';
import { FUSES } from './fuses.ts';
import { WEB_PREFERENCES } from './window-options.ts';

interface Report {
  readonly log: readonly string[];
  readonly schemes: readonly { scheme: string; privileges: Record<string, boolean> }[];
  readonly url: string;
  readonly webPreferences: Record<string, unknown>;
  readonly userData: string;
  readonly senders: Record<string, { ok: boolean; value?: { host: string }; failure?: { code: string } }>;
  readonly ports: Record<string, string>;
  readonly navigation: Record<string, boolean>;
  readonly popups: Record<string, string>;
  readonly questions: readonly { detail: string; cancelId: number; defaultId: number; buttons: string[] }[];
  readonly openedWithoutYes: readonly string[];
  readonly opened: readonly string[];
  readonly granted: readonly string[];
  readonly device: boolean;
  readonly media: unknown;
  readonly downloadPrevented: boolean;
  readonly files: Record<string, number>;
  readonly policy: string;
  readonly exposed: readonly string[];
  readonly apiKeys: readonly string[];
  readonly apiFrozen: boolean;
  readonly hello: { ok: boolean; value: { host: string } };
  readonly unknown: { failure: { code: string } };
  readonly uncloneable: { failure: { code: string } };
  readonly received: number;
  readonly ends: readonly { code: string }[];
  readonly exitCode: number;
  readonly handlersLeft: readonly string[];
}

const KIT = join(ROOT, 'tests/kit/electron-stand-in');
const folder = mkdtempSync(join(tmpdir(), 'signalbox-desktop-'));
const appFolder = join(folder, 'app');
const source = (name: string): string => readFileSync(join(ROOT, 'electron/hosts/desktop', name), 'utf8');
let report: Report;

/** Exit code and output of one run; the page is a small one of the test's own, so no bundle is needed. */
function runDesktop(script: string, data: string, env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = ['--import', join(KIT, 'register.ts'), join(KIT, script), `--data=${data}`, '--mimo-port=0'];
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, STAND_IN_APP_FOLDER: appFolder, ...env }, timeout: 60_000, maxBuffer: 16e6 };
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });
}

beforeAll(async () => {
  mkdirSync(join(appFolder, 'dist/renderer/assets'), { recursive: true });
  writeFileSync(join(appFolder, 'dist/renderer/index.html'), '<!doctype html><title>Signalbox</title>');
  writeFileSync(join(appFolder, 'dist/renderer/assets/page.js'), '0;');
  const { code, stdout, stderr } = await runDesktop('scenario-node.ts', join(folder, 'data'));
  expect(stderr).toBe('');
  expect(code).toBe(0);
  report = JSON.parse(stdout);
}, 90_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Numbers and titles follow Electron's published security checklist; each line is an own check of what main.ts did. */
const CHECKLIST: readonly [number, string, () => boolean][] = [
  [1, 'only secure content is loaded', () => report.url === 'signalbox://app/' && report.schemes[0]?.privileges['secure'] === true],
  [2, 'no Node for the page', () => ['nodeIntegration', 'nodeIntegrationInWorker', 'nodeIntegrationInSubFrames'].every((name) => report.webPreferences[name] === false)],
  [3, 'context isolation', () => report.webPreferences['contextIsolation'] === true],
  [4, 'process sandbox', () => report.webPreferences['sandbox'] === true && report.log.indexOf('app.enableSandbox') < report.log.indexOf('app.whenReady')],
  [5, 'permission requests are handled', () => JSON.stringify(report.granted) === '["clipboard-sanitized-write"]' && !report.device],
  [6, 'web security stays on', () => report.webPreferences['webSecurity'] === true],
  [7, 'a Content-Security-Policy', () => report.policy === PAGE_POLICY && report.policy.startsWith("default-src 'none'")],
  [8, 'no insecure content', () => report.webPreferences['allowRunningInsecureContent'] === false],
  [9, 'no experimental features', () => report.webPreferences['experimentalFeatures'] === false],
  [10, 'no Blink features switched on', () => !('enableBlinkFeatures' in report.webPreferences)],
  [11, 'no pop-ups from webviews', () => report.webPreferences['webviewTag'] === false],
  [12, 'webviews are stopped before they attach', () => report.navigation['will-attach-webview'] === true],
  [13, 'navigation is limited', () => ['will-navigate', 'will-frame-navigate', 'will-redirect'].every((name) => report.navigation[name] === true)],
  [14, 'new windows are denied', () => Object.values(report.popups).every((action) => action === 'deny')],
  [15, 'openExternal only for listed addresses', () => report.questions.every(({ detail }) => detail === 'https://spdk.io/doc/')],
  [16, 'a current Electron', () => /"electron": "4[5-9]\./.test(readFileSync(join(ROOT, 'package.json'), 'utf8'))],
  [17, 'the sender of every message is checked', () => Object.entries(report.senders).every(([name, { ok }]) => ok === (name === 'own'))],
  [18, 'an own scheme and not file:', () => report.schemes[0]?.scheme === 'signalbox' && !/loadFile|["'`]file:/.test(source('main.ts'))],
  [19, 'fuses are set', () => !FUSES.RunAsNode && !FUSES.EnableNodeOptionsEnvironmentVariable && !FUSES.EnableNodeCliInspectArguments],
  [20, 'no Electron API reaches the page', () => JSON.stringify(report.apiKeys) === '["call","subscribe"]' && report.exposed.length === 1],
];

describe("Electron's security checklist", () => {
  test.each(CHECKLIST)('%i %s', (_number, _title, holds) => expect(holds()).toBe(true));
  test('has all 20 items', () => expect(CHECKLIST.map(([number]) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1)));
});

test('A1: web preferences are the frozen list and nothing more', () => {
  expect(Object.isFrozen(WEB_PREFERENCES)).toBe(true);
  const { preload, devTools, ...rest } = report.webPreferences;
  expect(rest).toEqual(WEB_PREFERENCES);
  expect(rest['disableBlinkFeatures']).toBe('Auxclick'); // a middle click asks for no window
  expect(preload).toBe(join(appFolder, 'dist/preload/preload.cjs'));
  expect(devTools).toBe(true); // not packaged here
});

test('A2: the page gets two frozen functions', () => {
  expect(report.exposed).toEqual(['signalbox']);
  expect(report.apiKeys).toEqual(['call', 'subscribe']);
  expect(report.apiFrozen).toBe(true);
});

test('A3: every other frame gets E_SENDER, and its port is closed', () => {
  expect(report.senders['own']).toMatchObject({ ok: true, value: { host: 'desktop' } });
  for (const name of ['gone', 'inner', 'foreign', 'lookalike', 'file', 'navigated', 'other window']) {
    expect(report.senders[name]?.failure?.code, name).toBe('E_SENDER');
  }
  expect(report.ports).toEqual({ inner: 'closed', foreign: 'closed', gone: 'closed' });
});

test('calls and streams run through preload, bridge, dispatcher and core', () => {
  expect(report.hello).toMatchObject({ ok: true, value: { host: 'desktop' } });
  expect(report.unknown.failure.code).toBe('E_CALL_UNKNOWN');
  expect(report.uncloneable.failure.code).toBe('E_INPUT');
  expect(report.received).toBeGreaterThan(0);
});

test('A6: an address is opened only after a yes', () => {
  expect(report.openedWithoutYes).toEqual([]);
  expect(report.opened).toEqual(['https://spdk.io/doc/']);
  expect(report.questions[0]).toMatchObject({ defaultId: 0, cancelId: 0, buttons: ['Cancel', 'Open'] });
  expect(report.downloadPrevented).toBe(true);
  expect(report.media).toEqual({});
});

test('A7: only the served set is answered', () => {
  const { '': root, 'index.html': index, 'assets/page.js': script, ...others } = report.files;
  expect([root, index, script]).toEqual([200, 200, 200]);
  expect(new Set(Object.values(others))).toEqual(new Set([404]));
  expect(Object.keys(others).length).toBeGreaterThan(8);
});

test('A8: every fuse name exists, and each has the state promised', () => {
  for (const name of Object.keys(FUSES)) expect(Object.hasOwn(FuseV1Options, name), name).toBe(true);
  expect(FUSES).toEqual({
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    LoadBrowserProcessSpecificV8Snapshot: false,
    GrantFileProtocolExtraPrivileges: false,
  });
});

test('closing the window ends streams, bridge and core in good order', () => {
  expect(report.ends).toMatchObject([{ code: 'E_DISCONNECTED' }]);
  expect(report.handlersLeft).toEqual([]);
  expect(report.exitCode).toBe(0);
  expect(report.userData).toBe(join(folder, 'data', 'window'));
});

test('a second instance gives way with exit code 3 and opens nothing', async () => {
  const { code, stdout, stderr } = await runDesktop('scenario-refused.ts', join(folder, 'data'), { STAND_IN_NO_LOCK: '1' });
  expect(code).toBe(3);
  expect(stderr).toContain('E_STORE_LOCKED');
  expect(JSON.parse(stdout)).toMatchObject({ windows: 0, handlers: 0 });
});

test('a data folder that another host holds is refused with exit code 3 and a dialog', async () => {
  const { code, stdout, stderr } = await runDesktop('scenario-locked.ts', join(folder, 'held'));
  expect(stderr).toContain('E_STORE_LOCKED');
  expect(JSON.parse(stdout)).toMatchObject({ windows: 0, errorBoxes: [expect.stringContaining('E_STORE_LOCKED')] });
  expect(code).toBe(3);
});
