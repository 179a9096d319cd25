/** The netipc commands as processes, against each other. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCli, type CliDone, type CliProcess } from '../../../tests/kit/cli-process.ts';

const TOKEN = '18446744073709551615';
let folder = '';

/** Without a token of whoever runs the tests. */
function start(...args: readonly string[]): CliProcess {
  return startCli(args, { SIGNALBOX_NETIPC_TOKEN: '' });
}

const endpoint = (): string[] => ['--run', folder, '--token-file', join(folder, 'token')];

function ask(...args: readonly string[]): Promise<CliDone> {
  return start(...args, ...endpoint()).done;
}

describe.skipIf(process.platform !== 'linux')('netipc commands', () => {
  let provider: CliProcess;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sb-cli-netipc-'));
    writeFileSync(join(folder, 'token'), TOKEN, { mode: 0o600 });
    provider = start('netipc', 'serve', '--simulated', '--test-services', ...endpoint());
    await provider.seen('serving in');
  });
  afterAll(async () => {
    provider.stop();
    const { code, stderr } = await provider.done;
    const left = readdirSync(folder);
    rmSync(folder, { recursive: true, force: true });
    expect({ code, stderr, left }).toEqual({ code: 0, stderr: '', left: ['token'] });
  });

  it.each(['socket', 'shm'])('gets five thousand rows over %s', async (transport) => {
    const { code, stdout, stderr } = await ask('snapshot', 'get', '--transport', transport, '--json');
    expect(code).toBe(0);
    expect(stderr).toContain(transport === 'shm' ? 'over shared-memory' : 'over socket');
    const rows = stdout.trim().split('\n');
    expect(rows).toHaveLength(5_000);
    expect(JSON.parse(rows[0] ?? '')).toMatchObject({ options: 2 });
  });

  it('filters as the window does', async () => {
    const { code, stdout } = await ask('snapshot', 'get', 'type:lab-unit-*', '--json');
    expect(code).toBe(0);
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { name: string }).name);
    expect(names.filter((name) => !/^lab-unit-\d+\.service$/.test(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(1_000);
    expect(names.length).toBeLessThan(4_000);
    expect((await ask('snapshot', 'get', 'nonsense:=')).code).toBe(2);
  });

  it('sees the churn', async () => {
    const { code, stdout } = await ask('snapshot', 'diff', '--seconds', '5', '--json');
    expect(code).toBe(0);
    const kinds = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(expect.arrayContaining(['added', 'removed']));
  });

  it('calls the test services', async () => {
    expect((await ask('netipc', 'call', 'increment', TOKEN)).stdout.trim()).toBe('0');
    expect(
      (await ask('netipc', 'call', 'string-reverse', 'abc', '--transport', 'socket')).stdout.trim(),
    ).toBe('cba');
    expect((await ask('netipc', 'call', 'increment', '1', '2', '41')).stdout.trim().split('\n')).toEqual([
      '2',
      '3',
      '42',
    ]);
    expect((await ask('netipc', 'call', 'increment', 'x')).code).toBe(2);
    expect((await ask('netipc', 'call', 'increment', '1', '18446744073709551616')).code).toBe(2);
  });

  it('tells wrong tokens and missing providers apart, and never shows the token', async () => {
    const wrong = await start('snapshot', 'get', '--run', folder).done;
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('E_AUTH');
    const missing = await start('snapshot', 'get', '--run', join(folder, 'none')).done;
    expect(missing.code).toBe(4);
    const wrongName = await start('snapshot', 'get', '--run', folder, '--service', '../x').done;
    expect(wrongName.code).toBe(2);
    expect(wrongName.stderr).toContain('E_INPUT: BAD_PARAM: service name "../x". Use letters,');
    expect(wrong.stderr + missing.stderr).not.toContain(TOKEN);
  });

  it('ends with 1 when something was not found', async () => {
    const { code, stdout } = await ask('snapshot', 'lookup', 'no-such-cgroup', '--json');
    expect({ code, found: (JSON.parse(stdout) as { found: boolean }).found }).toEqual({
      code: 1,
      found: false,
    });
  });
});
