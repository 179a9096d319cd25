/**
 * What a Linux machine can say about named pipes (docs/protocols/netipc.md section 13): the files compile without a warning, and under
 * Wine they do what SEQPACKET sockets do. Nothing here was run on Windows. Without the tools the tests are left out and say so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crossCompilerMissing, endWine, runInWine, wineMissing, winePath } from '../kit/windows-tools.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));
const HEADERS = [dirname(dirname(process.execPath)), dirname(process.execPath)].find((folder) =>
  existsSync(join(folder, 'include', 'node', 'node_api.h')),
);
/** A node.exe that this Wine can start; Wine 8 starts Node 22 and not 24. */
const WINDOWS_NODE = process.env['SIGNALBOX_WINDOWS_NODE'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sb-windows-'));
});
afterAll(() => {
  endWine(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function compile(): void {
  const made = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts/lib/cross-addon.mjs'), HEADERS ?? '', folder],
    {
      encoding: 'utf8',
    },
  );
  expect(made.stderr).toBe('');
  expect(made.status).toBe(0);
}

function missing(): string | null {
  return crossCompilerMissing() ?? (HEADERS === undefined ? 'no headers beside this Node' : null);
}

/** The reason stands in the output, so that nobody takes silence for success. */
function leaveOut(reason: string | null, skip: (note: string) => void): void {
  if (reason === null) return;
  process.stdout.write(`left out: ${reason}\n`);
  skip(reason);
}

it('compiles and links for Windows without a warning', { timeout: 120_000 }, ({ skip }) => {
  leaveOut(missing(), skip);
  compile();
  expect(existsSync(join(folder, 'signalbox.node'))).toBe(true);
});

it('keeps message borders, ends and limits over real pipes in Wine', ({ skip }) => {
  leaveOut(missing() ?? wineMissing(), skip);
  if (!existsSync(join(folder, 'pipe-test.exe'))) compile();
  const run = runInWine(folder, join(folder, 'pipe-test.exe'));
  expect(run.stdout.split('\n').filter((line) => line.startsWith('FAILED'))).toEqual([]);
  expect(run.stdout).toContain('\n0 failed\n');
  expect(run.status).toBe(0);
});

it('holds whole sessions with a Node of Windows in Wine', ({ skip }) => {
  const noNode = WINDOWS_NODE === undefined ? 'SIGNALBOX_WINDOWS_NODE names no node.exe' : null;
  leaveOut(missing() ?? wineMissing() ?? noNode, skip);
  if (!existsSync(join(folder, 'signalbox.node'))) compile();
  const result = join(folder, 'session.txt');
  const args = [join(HERE, 'netipc-windows-session.ts'), join(folder, 'signalbox.node'), result].map(
    winePath,
  );
  const run = runInWine(folder, WINDOWS_NODE ?? '', args);
  const lines = readFileSync(result, 'utf8').trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('ok '))).toEqual(['done']);
  expect(lines).toHaveLength(10);
  expect(run.status).toBe(0);
});
