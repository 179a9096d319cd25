import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(dirname(HERE), 'addon', 'src');
const HEADERS = join(dirname(dirname(process.execPath)), 'include', 'node');
const FILES = ['addon', 'arguments', 'seqpacket', 'seqpacket-watch', 'seqpacket-batch', 'folder-lock', 'region', 'region-guard', 'region-exchange', 'region-watch', 'tcp-door', 'tcp-door-watch'];

function libraryOf(name: string): string {
  const found = spawnSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' });
  const path = found.status === 0 ? found.stdout.trim() : '';
  return path !== '' && path !== name && existsSync(path) ? path : '';
}

const asan = process.platform === 'linux' ? libraryOf('libasan.so') : '';
const headers = [HEADERS, join(dirname(process.execPath), '..', 'include', 'node')].find((folder) =>
  existsSync(join(folder, 'node_api.h')),
);

function build(folder: string, includes: string): string {
  const file = join(folder, 'signalbox.node');
  const flags = ['-shared', '-fPIC', '-std=c11', '-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'];
  const defines = ['-DNAPI_VERSION=9', '-DNODE_API_NO_EXTERNAL_BUFFERS_ALLOWED', '-D_GNU_SOURCE', '-DNODE_GYP_MODULE_NAME=signalbox'];
  const sources = FILES.map((name) => join(SOURCES, `${name}.c`));
  const made = spawnSync('gcc', [...flags, ...defines, `-I${includes}`, '-o', file, ...sources, '-lpthread'], {
    encoding: 'utf8',
  });
  expect(made.stderr).toBe('');
  expect(made.status).toBe(0);
  return file;
}

describe('the addon under ASan and UBSan', () => {
  it.skipIf(asan === '' || headers === undefined)('does its rounds without a report', { timeout: 300_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sb-asan-'));
    try {
      const addon = build(folder, headers ?? '');
      mkdirSync(join(folder, 'w'));
      for (const script of ['exercise.ts', 'truncate.ts']) {
        const run = spawnSync(process.execPath, ['--expose-gc', join(HERE, script), addon, folder], {
          encoding: 'utf8',
          // Node itself keeps memory to its end: leaks are looked for by counting descriptors and mappings.
          env: { ...process.env, LD_PRELOAD: asan, ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:exitcode=99' },
          timeout: 140_000,
        });
        expect(run.stderr).not.toMatch(/AddressSanitizer|runtime error/);
        expect(run.stdout).toContain('done');
        expect(run.status).toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
