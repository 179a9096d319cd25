// Where Electron's binary is, and fetching it the way its own package does. Never imports `electron`: in plain Node that downloads.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, node24, say } from '../setup.mjs';

const NAMES = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' };
const FETCH_DEADLINE_MS = 180_000;

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}

/** @returns {string | null} ELECTRON_OVERRIDE_DIST_PATH wins when set */
export function electronBinary(env = process.env) {
  const name = NAMES[process.platform] ?? 'electron';
  const folder = env.ELECTRON_OVERRIDE_DIST_PATH || join(ROOT, 'node_modules', 'electron', 'dist');
  const path = join(folder, name);
  return isExecutable(path) ? path : null;
}

/** Runs the electron package's own installer for a bounded time. @returns {string | null} what went wrong, one line */
export function fetchElectron() {
  const installer = join(ROOT, 'node_modules', 'electron', 'install.js');
  if (!existsSync(installer)) return 'the electron package is not installed';
  say('fetching Electron (about 120 MB, once) …');
  const node = node24();
  const done = spawnSync(node.binary, [installer], { encoding: 'utf8', timeout: FETCH_DEADLINE_MS, stdio: ['ignore', 'ignore', 'pipe'] });
  if (done.status === 0 && electronBinary()) return null;
  if (done.error?.code === 'ETIMEDOUT') return `no answer within ${FETCH_DEADLINE_MS / 1000} s`;
  const line = (done.stderr ?? '').split('\n').find((text) => /error/i.test(text)) ?? 'the download failed';
  say(`Electron could not be fetched: ${line.trim()}. The console runs in a browser window instead.`);
  return line.trim().slice(0, 120);
}
