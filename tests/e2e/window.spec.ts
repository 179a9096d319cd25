/** The window the host opens by itself, as under `npm start`; the browser is the system's, told to draw to nowhere. */
import { chmod, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, startServe } from '../kit/serve-process.ts';
import { CHROMIUM_PATH } from './chromium-launch.ts';
import { expect, test } from './fixture.ts';

let folder = '';
test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-window-'));
});
test.afterEach(() => removeFolder(folder));

async function script(name: string, line: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${line}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Children of a process and their command lines, from /proc. */
async function childrenOf(pid: number | undefined): Promise<{ pid: number; commandLine: string }[]> {
  const found: { pid: number; commandLine: string }[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    if (!status.includes(`\nPPid:\t${pid}\n`)) continue;
    found.push({ pid: Number(name), commandLine: (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ') });
  }
  return found;
}

test('the window signs in by itself, no ticket stands on a command line, and closing it stops the host', async () => {
  test.skip(process.platform !== 'linux', 'reads /proc');
  const browser = await script('browser', `exec ${CHROMIUM_PATH} --headless=new "$@"`);
  const serve = await startServe({ dataFolder: join(folder, 'data'), window: true, env: { CHROMIUM_PATH: browser, DISPLAY: ':99' } });
  try {
    expect(serve.stdout()).toContain('for another window:');
    expect(await readdir(join(folder, 'data', 'window'))).not.toContain('launch.html');
    const children = await childrenOf(serve.child.pid);
    const window = children.find(({ commandLine }) => commandLine.includes('--app=file://'));
    expect(window).toBeDefined();
    for (const { commandLine } of children) expect(commandLine).not.toContain('ticket');
    const exited = new Promise((resolve) => serve.child.once('exit', resolve));
    if (window !== undefined) process.kill(window.pid, 'SIGTERM');
    expect(await exited).toBe(0);
    expect(serve.stdout()).toContain('the window was closed: stopping');
  } finally {
    await serve.stop();
  }
});

test('a browser that cannot show anything leaves the console up and the link printed', async () => {
  const browser = await script('browser', 'exit 1');
  const serve = await startServe({ dataFolder: join(folder, 'data'), window: true, env: { CHROMIUM_PATH: browser, DISPLAY: ':99' } });
  try {
    expect(serve.stdout()).toContain('the window could not be opened');
    expect((await fetch(serve.link())).status).toBe(200);
  } finally {
    expect(await serve.stop()).toBe(0);
  }
});

test('a second host on the same data folder says who has it and ends with 3', async () => {
  const serve = await startServe({ dataFolder: join(folder, 'data') });
  try {
    await expect(startServe({ dataFolder: join(folder, 'data') })).rejects.toThrow(/exit 3[^]*E_STORE_LOCKED[^]*pid/);
  } finally {
    expect(await serve.stop('SIGINT')).toBe(0);
  }
});
