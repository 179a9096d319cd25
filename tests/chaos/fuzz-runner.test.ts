/** The fuzzer itself: it finds a fault that only coverage leads to, and an input that never comes back. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const RUNNER = join(import.meta.dirname, '../fuzz/run.ts');
const RESULTS = join(import.meta.dirname, '../../test-results/fuzz');
const SEED = '7';

function run(...args: string[]): { status: number | null; stdout: string } {
  const env = { ...process.env, SIGNALBOX_FUZZ_HANG_MS: '2000' };
  return spawnSync(process.execPath, [RUNNER, '--seed', SEED, ...args], { encoding: 'utf8', env });
}

afterEach(() => {
  for (const name of ['planted', 'planted-hang']) rmSync(join(RESULTS, `${name}-${SEED}`), { force: true });
});

test('a fault behind four bytes is found, made as small as it gets, and kept', () => {
  const { status, stdout } = run('--seconds', '60', 'planted');
  expect(stdout).toContain('the planted fault');
  expect(stdout).toMatch(/\n0 passed, 1 failed\n$/);
  expect(status).toBe(1);
  expect(readFileSync(join(RESULTS, `planted-${SEED}`), 'latin1')).toBe('SIG!');
});

test('an input that never comes back is a finding', () => {
  const { status, stdout } = run('--seconds', '60', 'planted-hang');
  expect(stdout).toContain('FAIL planted-hang');
  expect(stdout).toContain('no answer within');
  expect(status).toBe(1);
});

test('wrong arguments end with 2', () => {
  expect(run('no-such-target').status).toBe(2);
  expect(run('--seconds', 'soon').status).toBe(2);
});
