// npm run package [-- desktop|serve [electron-builder's options]]: what this machine can pack, in release/. The desktop product needs
// Electron's binary, the serve host's Debian package needs Linux and dpkg-deb; what cannot be packed says why and what now.
// Exits with 1 when nothing was packed, or when what was asked for by name was not.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { electronBinary, fetchElectron } from './lib/electron-binary.mjs';
import { ROOT, childEnv, ensure, node24, say } from './setup.mjs';

const PRODUCTS = { desktop: packDesktop, serve: packServe };

/** True when it was packed. */
function packDesktop(options) {
  const problem = electronBinary() ? null : fetchElectron();
  if (problem !== null) {
    const now = 'run this where GitHub is reachable, or set ELECTRON_OVERRIDE_DIST_PATH to a folder with the unpacked Electron release.';
    return refuse('the desktop product', `it contains Electron's binary, and that could not be had (${problem}).`, now);
  }
  return build('the desktop product', [`-c.electronDist=${dirname(electronBinary())}`, ...options]);
}

function packServe(options) {
  if (process.platform !== 'linux' || spawnSync('dpkg-deb', ['--version']).error)
    return refuse('the serve host', 'its Debian package is made by dpkg-deb, which is not here.', 'run this on Debian or a relative of it.');
  const bundled = spawnSync(node24().binary, [join(ROOT, 'scripts/lib/bundle.mjs'), 'cli'], { cwd: ROOT, env: childEnv(), stdio: 'inherit' });
  if (bundled.status !== 0) return false;
  const host = join(ROOT, 'release', 'serve-host');
  rmSync(host, { recursive: true, force: true });
  mkdirSync(host, { recursive: true });
  copyFileSync(node24().binary, join(host, 'node'));
  // electron-builder gives what it takes for Electron the name of the product's command.
  copyFileSync(join(ROOT, 'packaging', 'serve', 'signalbox'), join(host, 'electron'));
  return build('the serve host', ['--linux', 'deb', '-c', 'electron-builder.serve.yml', ...options], { CUSTOM_FPM_PATH: join(ROOT, 'scripts/lib/make-deb.mjs') });
}

function build(what, args, more = {}) {
  const sevenZip = join(ROOT, 'node_modules', '7zip-bin', process.platform === 'win32' ? 'win' : process.platform, process.arch, '7za');
  if (existsSync(sevenZip)) chmodSync(sevenZip, 0o755);
  const env = childEnv({ ELECTRON_BUILDER_7ZIP_PATH: sevenZip, ...more });
  say(`packing ${what} with electron-builder …`);
  const builder = join(ROOT, 'node_modules', 'electron-builder', 'cli.js');
  return spawnSync(node24().binary, [builder, '--publish', 'never', ...args], { cwd: ROOT, env, stdio: 'inherit' }).status === 0;
}

function refuse(what, why, now) {
  process.stderr.write(`package: ${what} cannot be packed here.\n   why: ${why}\n   now: ${now}\n`);
  return false;
}

const [name, ...options] = process.argv.slice(2);
if (name !== undefined && !(name in PRODUCTS)) {
  process.stderr.write(`package: ${name} is neither desktop nor serve.\n`);
  process.exit(2);
}
ensure(['native', 'libnotify', 'bundle']);
const packed = (name === undefined ? Object.values(PRODUCTS) : [PRODUCTS[name]]).map((pack) => pack(options));
process.exit(packed.includes(true) ? 0 : 1);
