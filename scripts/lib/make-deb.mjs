#!/usr/bin/env node
// What electron-builder asks of fpm, done by dpkg-deb: fpm itself is in no Debian package and is fetched from GitHub. Takes fpm's
// arguments as electron-builder gives them for `-s dir -t deb`; anything else is refused by name instead of being left out.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const KIB = 1024;
const text = { type: 'string' };
const list = { type: 'string', multiple: true };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'input-type': { ...text, short: 's' },
    'output-type': { ...text, short: 't' },
    force: { type: 'boolean' },
    log: text,
    depends: { ...list, short: 'd' },
    'deb-recommends': list,
    conflicts: list,
    'deb-compression': text,
    'deb-priority': text,
    architecture: text,
    'after-install': text,
    'after-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    category: text,
    license: text,
  },
});
if (values['input-type'] !== 'dir' || values['output-type'] !== 'deb') throw new Error('make-deb: only -s dir -t deb');

function bytesBelow(path) {
  const about = statSync(path);
  if (!about.isDirectory()) return about.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}

/** Folders open and files readable for all, whatever umask and checkout made of them. */
function openForAll(path) {
  const about = statSync(path);
  if (!about.isDirectory()) return chmodSync(path, about.mode & 0o111 ? 0o755 : 0o644);
  chmodSync(path, 0o755);
  for (const name of readdirSync(path)) openForAll(join(path, name));
}

/** `SOURCE=/TARGET`; a folder's source ends in a slash. */
function place(root, pair) {
  const [source, target] = pair.split('=/');
  const into = join(root, target);
  mkdirSync(dirname(into), { recursive: true });
  cpSync(source, into, { recursive: true });
}

function controlOf(installedBytes) {
  const [synopsis = '', ...rest] = (values.description ?? '').split('\n').map((line) => line.trim());
  const lines = {
    Package: values.name,
    Version: values.version,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    'Installed-Size': Math.ceil(installedBytes / KIB),
    Depends: values.depends?.join(', '),
    Recommends: values['deb-recommends']?.join(', '),
    Conflicts: values.conflicts?.join(', '),
    Section: values.category ?? 'admin',
    Priority: values['deb-priority'],
    Homepage: values.url,
    Description: [synopsis, ...rest.filter((line) => line !== '').map((line) => ` ${line}`)].join('\n'),
  };
  return Object.entries(lines).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`])).join('');
}

const root = mkdtempSync(join(tmpdir(), 'make-deb-'));
try {
  for (const pair of positionals) place(root, pair);
  openForAll(root);
  const installedBytes = bytesBelow(root);
  mkdirSync(join(root, 'DEBIAN'));
  writeFileSync(join(root, 'DEBIAN/control'), controlOf(installedBytes));
  const scripts = { postinst: values['after-install'], postrm: values['after-remove'] };
  for (const [name, from] of Object.entries(scripts))
    if (from !== undefined) writeFileSync(join(root, 'DEBIAN', name), readFileSync(from), { mode: 0o755 });
  const compression = { gz: 'gzip', xz: 'xz' }[values['deb-compression'] ?? 'xz'];
  const args = ['--root-owner-group', `-Z${compression}`, '--build', root, values.package];
  const built = spawnSync('dpkg-deb', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (built.error) throw built.error;
  process.exitCode = built.status ?? 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
