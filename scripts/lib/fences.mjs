// The fences of the house as errors: who may import whom, no cycles, packages and Node modules only in their homes, no clock or chance in
// protocol state machines, no markup from strings. Reads files as text; prints one line per breach; exits 1 on any.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ROOT } from '../setup.mjs';

/** First match wins. `rank`: a file may import files of the same or a lower rank; `group`: peers of the same rank in other groups are closed. */
const LAYERS = [
  { at: 'shared/', rank: 0, group: 'shared' },
  { at: 'native/', rank: 1, group: 'native' },
  { at: 'electron/protocols/', rank: 2, group: null },
  { at: 'electron/net/', rank: 2, group: 'net' },
  { at: 'electron/store/', rank: 2, group: 'store' },
  { at: 'electron/core/', rank: 3, group: 'core' },
  { at: 'electron/lab/', rank: 3, group: 'lab' },
  { at: 'electron/rpc/', rank: 4, group: 'rpc' },
  { at: 'electron/hosts/', rank: 5, group: null },
  { at: 'renderer/', rank: 1, group: 'renderer' },
];
/** Same-rank imports that are meant: net serves protocols; the core owns the lab. */
const OPEN = new Set(['protocols>net', 'core>lab', 'cli>serve', 'desktop>serve']);

const ANY = /^/;
/** Packages and Node modules with one home each; whatever is not listed may not be imported by product code at all. */
const HOMES = new Map([
  ['electron', /^electron\/hosts\/desktop\//],
  ['ws', /^electron\/hosts\/serve\/|^electron\/net\//],
  ['undici', /^electron\/(net|protocols)\//],
  ['msgpackr', /^shared\/rpc\/|^electron\/protocols\/rdma\//],
  ['commander', /^electron\/hosts\/cli\//],
  ['pino', /^electron\/core\/log/],
  ['valibot', ANY],
  ['node:sqlite', /^electron\/store\//],
  ['node:http', /^electron\/(net|protocols|hosts)\//],
  ['node:https', /^electron\/(net|protocols)\//],
  ['node:net', /^electron\/(net|protocols|lab|hosts\/cli)\/|^native\/test\//],
  ['node:child_process', /^electron\/(lab|net|hosts)\//],
  ['node:fs', /^(electron\/(store|net|core|lab|hosts|protocols\/(mimo\/config|netipc\/(endpoint-name|region-files)))|native\/)/],
  ['node:fs/promises', /^electron\/((store|net|core|lab|hosts)\/|protocols\/mimo\/config)/],
  ['node:tls', /^electron\/(net|protocols)\//],
]);
const FREE_NODE = /^node:(path|url|os|events|util|crypto|buffer|stream|worker_threads|perf_hooks|timers|module|process|v8|string_decoder|timers\/promises|stream\/promises|zlib|async_hooks)$/;
const RENDERER_PACKAGES = /^(react|react-dom|zustand|i18next|react-i18next|lucide-react|@base-ui\/react|valibot|msgpackr)(\/|$)/;

const breaches = [];
const breach = (file, text) => breaches.push(`${file}: ${text}`);

function filesBelow(folder) {
  const found = [];
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const path = join(folder, name);
    if (['node_modules', 'build', 'prebuilds', 'dist'].includes(name)) continue;
    if (statSync(path).isDirectory()) found.push(...filesBelow(path));
    else if (/\.(ts|tsx)$/.test(name) && !name.endsWith('.d.ts')) found.push(relative(ROOT, path).split(sep).join('/'));
  }
  return found;
}

const isTest = (file) => /\.test\.tsx?$|^native\/libnotify\/test\//.test(file);
const layerOf = (file) => LAYERS.find((layer) => file.startsWith(layer.at));
const groupOf = (file, layer) => layer.group ?? file.slice(layer.at.length).split('/')[0];

const STATIC_IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]/g;
const DYNAMIC_IMPORT = /\bimport\(\s*['"]([^'"]+)['"]/g;

const withoutComments = (text) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?:^|\s)\/\/.*$/gm, '');

function importsOf(text) {
  const code = withoutComments(text);
  return [STATIC_IMPORT, DYNAMIC_IMPORT].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]));
}

function checkRelative(file, layer, target) {
  const toLayer = layerOf(target);
  if (!toLayer) {
    if (!target.startsWith('scripts/lib/chromium') && !/\.(css|svg|json)$/.test(target)) breach(file, `imports ${target}, which is no layer`);
    return;
  }
  const from = groupOf(file, layer);
  const to = groupOf(target, toLayer);
  if (layer.group === 'renderer' && !['renderer', 'shared'].includes(to)) return breach(file, `renderer may import only shared, not ${target}`);
  if (layer.group !== 'renderer' && toLayer.group === 'renderer') return breach(file, `nothing imports the renderer: ${target}`);
  if (toLayer.rank > layer.rank) return breach(file, `imports upwards: ${target}`);
  const kind = (group, owner) => (owner.at.endsWith('protocols/') ? 'protocols' : group);
  const isProtocolSibling = layer.at.endsWith('protocols/') && toLayer.at.endsWith('protocols/') && from !== to;
  if (isProtocolSibling) return breach(file, `imports a sibling protocol: ${target}`);
  if (toLayer.rank === layer.rank && from !== to && !OPEN.has(`${kind(from, layer)}>${kind(to, toLayer)}`)) breach(file, `imports a neighbour: ${target}`);
}

function checkPackage(file, layer, name) {
  if (layer.group === 'renderer') {
    if (!RENDERER_PACKAGES.test(name)) breach(file, `package ${name} is not for the renderer`);
    return;
  }
  if (layer.group === 'shared' && name !== 'valibot' && !name.startsWith('msgpackr')) return breach(file, `shared imports ${name}`);
  const key = name.startsWith('node:') ? name : name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
  const home = HOMES.get(key);
  if (home ? !home.test(file) : !FREE_NODE.test(name)) breach(file, `${name} does not live here`);
}

/** Sockets and timers belong to clients and servers; these hold what must be testable without waiting. */
const PURE = /^electron\/protocols\/.*\/(session|[a-z-]*codec|frame|frames|messages|envelope|config|go-duration|packets|handshake)\.ts$/;

function checkText(file, text) {
  const code = withoutComments(text);
  if (/dangerouslySetInnerHTML|\.innerHTML\s*=|insertAdjacentHTML|\beval\(|new Function\(/.test(code)) breach(file, 'markup or code made from strings');
  if (/rejectUnauthorized/.test(code)) breach(file, 'TLS verification is not switchable');
  if (/\bas any\b|:\s*any\b|\b(?:it|test|describe)\.(?:only|todo)\(/.test(code) || /@ts-(?:ignore|expect-error)/.test(text)) breach(file, 'any, ts-ignore or a focused test');
  const isPure = PURE.test(file) || (file.startsWith('shared/') && !file.startsWith('shared/rpc/'));
  if (isPure && !isTest(file) && /\bDate\.now\b|\bMath\.random\b|\bsetTimeout\(|\bsetInterval\(/.test(code)) breach(file, 'clock, chance or timers in pure code: pass them in');
  if (file.startsWith('electron/') && !isTest(file)) {
    if (/\bipcMain\b/.test(code) && file !== 'electron/hosts/desktop/bridge.ts' && !/import type/.test(code)) breach(file, 'ipcMain has one home: bridge.ts');
    if (/\bipcRenderer\b/.test(code) && file !== 'electron/hosts/desktop/preload.ts') breach(file, 'ipcRenderer has one home: preload.ts');
  }
  const lines = text.split('\n').length;
  if (lines > 501) breach(file, `${lines} lines: more than 500; it holds more than one idea`);
}

function findCycles(graph) {
  const state = new Map();
  const trail = [];
  const visit = (file) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      breach(file, `import cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' → ')}`);
      return;
    }
    state.set(file, 'open');
    trail.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    trail.pop();
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file);
}

const graph = new Map();
const files = ['shared', 'native', 'electron', 'renderer'].flatMap((folder) => filesBelow(join(ROOT, folder)));
for (const file of files) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  checkText(file, text);
  if (isTest(file) || file === 'renderer/vite.config.ts') continue;
  const layer = layerOf(file);
  const targets = [];
  for (const name of importsOf(text)) {
    if (!name.startsWith('.')) {
      checkPackage(file, layer, name);
      continue;
    }
    const target = relative(ROOT, resolve(ROOT, dirname(file), name.split('?')[0])).split(sep).join('/');
    checkRelative(file, layer, target);
    targets.push(target);
  }
  graph.set(file, targets);
}
findCycles(graph);
if (files.length === 0) breach('.', 'no source file found: the fence checks nothing');
for (const line of breaches) process.stdout.write(`fence: ${line}\n`);
process.stdout.write(`fences: ${files.length} files, ${breaches.length} breaches\n`);
process.exit(breaches.length > 0 ? 1 : 0);
