/** The desktop host end to end: the built main process in Node, the built preload and page in Chromium (see tests/kit/electron-stand-in). */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, removeFolder } from '../kit/serve-process.ts';
import { expect, test } from './fixture.ts';

function runScenario(dataFolder: string): Promise<{ stdout: string; stderr: string }> {
  const kit = join(ROOT, 'tests/kit/electron-stand-in');
  const args = ['--import', join(kit, 'register.ts'), join(kit, 'scenario-chromium.ts'), `--data=${dataFolder}`, '--mimo-port=0'];
  // The test runner sets one colour variable and the caller may have set the other; Node warns of the pair on stderr.
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env, timeout: 100_000 }, (_error, stdout, stderr) => resolve({ stdout, stderr }));
  });
}

test('the page in the desktop window reaches the core by call and subscribe, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-desktop-e2e-'));
  try {
    const { stdout, stderr } = await runScenario(folder);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      globals: [],
      keys: ['call', 'subscribe'],
      frozen: true,
      hello: { ok: true, value: expect.objectContaining({ host: 'desktop' }) },
      refused: { ok: false, failure: expect.objectContaining({ code: 'E_CALL_UNKNOWN' }) },
      received: 1,
      evalBlocked: expect.stringMatching(/trusted types|require-trusted-types-for|script-src/),
      injected: false,
      title: 'Signalbox',
      rendered: true,
      exitCode: 0,
    });
  } finally {
    await removeFolder(folder);
  }
});
