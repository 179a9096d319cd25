// npm run package: the desktop product for this platform, in release/. Refuses clearly when the Electron binary cannot be had.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { electronBinary, fetchElectron } from './lib/electron-binary.mjs';
import { ROOT, childEnv, ensure, node24, say } from './setup.mjs';

ensure(['native', 'libnotify', 'bundle']);
const problem = electronBinary() ? null : fetchElectron();
if (problem !== null) {
  process.stderr.write(
    'package: the desktop product cannot be packed here.\n' +
      `   why: it contains Electron's binary, and that could not be had (${problem}).\n` +
      '   now: run this where GitHub is reachable, or set ELECTRON_OVERRIDE_DIST_PATH to a folder with the unpacked Electron release.\n',
  );
  process.exit(1);
}
const sevenZip = join(ROOT, 'node_modules', '7zip-bin', process.platform === 'win32' ? 'win' : process.platform, process.arch, '7za');
if (existsSync(sevenZip)) chmodSync(sevenZip, 0o755);
const env = childEnv({ ELECTRON_BUILDER_7ZIP_PATH: sevenZip });
const args = [join(ROOT, 'node_modules', 'electron-builder', 'cli.js'), '--publish', 'never', `-c.electronDist=${dirname(electronBinary())}`];
say('packing with electron-builder …');
const packed = spawnSync(node24().binary, [...args, ...process.argv.slice(2)], { cwd: ROOT, env, stdio: 'inherit' });
process.exit(packed.status ?? 1);
