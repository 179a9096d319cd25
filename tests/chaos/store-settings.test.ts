/** Promise G5: settings are old or new, never mixed, wherever the process dies. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SettingsFile } from '../../electron/store/settings-file.ts';
import { SYSTEM_CLOCK as clock } from '../../electron/net/system-clock.ts';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';

const SCRIPT = fileURLToPath(new URL('./settings-child.ts', import.meta.url));
const ROUNDS = Math.ceil(Number(process.env['SIGNALBOX_CHAOS_ROUNDS'] ?? 40) / 2);
/** The process dies at the first, second, … of these calls. */
const KILLS = [
  // What only the saving thread calls; two saves make at least four of them.
  { calls: 'fsync,fdatasync,rename,unlink', callsMax: 10, killsMin: 4 },
  // Others write too, to wake each other; some of these are the settings themselves.
  { calls: 'write,pwrite64', callsMax: 30, killsMin: 10 },
] as const;
/** strace counts the calls of each thread by itself. */
const ONE_THREAD = { ...process.env, UV_THREADPOOL_SIZE: '1' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function expectWhole(): Promise<void> {
  const { settings, notice } = await new SettingsFile(folder, clock).load();
  expect(notice).toBeNull();
  const filters = { 90: 0, 100: 0, 110: 150 }[settings.zoomPercent];
  expect(settings.savedFilters.length).toBe(filters);
}

describe('settings of a process that is killed', () => {
  it(`are whole after ${ROUNDS} kills at random moments`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = spawn(process.execPath, [SCRIPT, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      const gone = new Promise((resolve) => child.once('close', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      child.kill('SIGKILL');
      await gone;
      await expectWhole();
    }
  });

  const traced = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (traced.status !== 0)
    console.warn(`skipped: strace does not work here: ${(traced.stderr ?? String(traced.error)).trim()}`);

  it.skipIf(traced.status !== 0).each(KILLS)(
    'are whole at each $calls of the process',
    async ({ calls, callsMax, killsMin }) => {
      let killed = 0;
      let killedInside = 0;
      for (let call = 1; call <= callsMax; call += 1) {
        await new SettingsFile(folder, clock).save(SETTINGS_DEFAULT);
        const inject = `inject=${calls}:signal=KILL:when=${call}`;
        const strace = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject];
        const run = spawnSync('strace', [...strace, process.execPath, SCRIPT, folder, '2'], {
          encoding: 'utf8',
          env: ONE_THREAD,
        });
        if (run.signal === 'SIGKILL' || run.status === 137) killed += 1;
        if (readdirSync(folder).some((name) => name.endsWith('.new'))) killedInside += 1;
        await expectWhole();
      }
      expect(killed).toBeGreaterThanOrEqual(killsMin);
      expect(killedInside).toBeGreaterThan(0);
    },
  );
});
