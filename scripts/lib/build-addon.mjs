// Builds native/addon with node-gyp against the headers that stand beside Node 24 (no network) and puts the result in native/prebuilds.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup.mjs';

const [headers] = process.argv.slice(2);
const folder = join(ROOT, 'native', 'addon');
const gyp = join(ROOT, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
const built = spawnSync(process.execPath, [gyp, 'rebuild', `--nodedir=${headers}`], { cwd: folder, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
const target = join(ROOT, 'native', 'prebuilds', `${process.platform}-${process.arch}`);
mkdirSync(target, { recursive: true });
copyFileSync(join(folder, 'build', 'Release', 'signalbox.node'), join(target, 'signalbox.node'));
