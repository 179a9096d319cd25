/** A peer may cut a mapped file short at any moment; that is a result and never a signal (docs/THREATS.md D5, D6). */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNative } from './index.ts';

const loaded = loadNative();
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sb-cut-'));
  mkdirSync(join(folder, 'w'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...words: readonly string[]): ReturnType<typeof spawnSync> {
  if (loaded.native === null) throw new Error(loaded.reason);
  const script = join(import.meta.dirname, 'test', 'truncate.ts');
  return spawnSync(process.execPath, [script, loaded.path, folder, ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

describe.skipIf(process.platform !== 'linux')('a region file cut short', () => {
  it('is told to whoever reads, writes or waits, on the main thread and in a worker', () => {
    const done = run();
    expect(done.stderr).toBe('');
    expect([done.stdout, done.signal]).toEqual(['done\n', null]);
  });

  it('leaves every other SIGBUS as deadly as it was', () => {
    expect(run('signal').signal).toBe('SIGBUS');
  });
});
