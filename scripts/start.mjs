// npm start: all set-up, then the console on the best host this machine has. Runs on the system's Node >= 20 without dependencies.
// The first line on stdout says which host runs and why. SIGINT and SIGTERM are handed on, the exit code is the host's.
import { spawn } from 'node:child_process';
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { electronBinary, fetchElectron } from './lib/electron-binary.mjs';
import { findChromium } from './lib/chromium.mjs';
import { ROOT, childEnv, ensure, node24, say } from './setup.mjs';

const FETCH_AGAIN_AFTER_MS = 24 * 60 * 60 * 1000;
const STARTUP_MS = 10_000;
const EXIT_LOCKED = 3;
const MISSING = {
  native: { what: 'native addon', why: 'it could not be built here', fix: 'install build-essential and python3, then npm run setup' },
  libnotify: { what: 'libnotify', why: 'it could not be built here', fix: 'install build-essential, then npm run setup' },
};

function hasDisplay() {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** A machine that cannot fetch Electron should not wait for it at every start. */
function triedLately(stampPath) {
  try {
    return Date.now() - statSync(stampPath).mtimeMs < FETCH_AGAIN_AFTER_MS;
  } catch {
    return false; // ENOENT: never tried
  }
}

function desktopObstacle() {
  if (!hasDisplay()) return 'there is no display';
  if (process.getuid?.() === 0) return 'Electron does not run as root with its sandbox on';
  if (electronBinary()) return null;
  const stamp = join(ROOT, 'node_modules', '.signalbox', 'electron-tried');
  if (process.env.SIGNALBOX_NO_FETCH === '1' || triedLately(stamp)) return 'Electron\'s binary is not here (asked for within the last day)';
  const problem = fetchElectron();
  if (problem === null) return null;
  mkdirSync(join(ROOT, 'node_modules', '.signalbox'), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, new Date(), new Date());
  return `Electron's binary could not be fetched (${problem})`;
}

/** Which host, why, and how it is started. */
function chooseHost(common) {
  const obstacle = process.env.SIGNALBOX_HOST === 'serve' ? 'SIGNALBOX_HOST=serve asks for it' : desktopObstacle();
  if (obstacle !== null) return serveHost(obstacle, common);
  const reason = 'Electron is here';
  return { isDesktop: true, line: `desktop host: ${reason}`, command: electronBinary(), args: [ROOT, `--reason=${reason}`, ...common] };
}

function serveHost(obstacle, common) {
  const browser = hasDisplay() && findChromium() ? 'the window is opened in Chromium' : 'a one-use link is printed';
  const reason = `${obstacle}, so ${browser}`;
  const script = join(ROOT, 'electron', 'hosts', 'serve', 'main.ts');
  return { isDesktop: false, line: `serve host: ${reason}`, command: node24().binary, args: [script, `--reason=${reason}`, ...common] };
}

const missing = ensure(['native', 'libnotify', 'bundle']).flatMap((name) => (MISSING[name] ? [MISSING[name]] : []));
const dataFolder = process.env.SIGNALBOX_DATA ?? join(ROOT, '.signalbox', 'data');
mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
const common = [`--data=${dataFolder}`, '--lab', `--missing=${JSON.stringify(missing)}`, ...process.argv.slice(2)];
const host = chooseHost(common);
process.stdout.write(`${host.line}\n`);
const startedMs = Date.now();
let stopping = false;
let child = launch(host);

function launch({ isDesktop, command, args }) {
  const launched = spawn(command, args, { cwd: ROOT, env: childEnv(), stdio: 'inherit' });
  launched.on('error', (error) => {
    say(`the host could not be started: ${error.message}`);
    process.exit(1);
  });
  launched.on('exit', (code, signal) => {
    const gaveUpAtOnce = code !== 0 && code !== EXIT_LOCKED && Date.now() - startedMs < STARTUP_MS && !stopping;
    if (!isDesktop || !gaveUpAtOnce) process.exit(code ?? (signal ? 1 : 0));
    // A kernel without user namespaces, a missing library: Electron ends before it shows anything, and a browser may still do.
    const instead = serveHost(`Electron ended at once (${code ?? signal})`, common);
    process.stdout.write(`${instead.line}\n`);
    child = launch(instead);
  });
  return launched;
}

// A terminal sends Ctrl-C to the whole group, so the child has it already and a second one would end it at once.
process.on('SIGINT', () => {
  stopping = true;
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
process.on('SIGTERM', () => {
  stopping = true;
  child.kill('SIGTERM');
});
