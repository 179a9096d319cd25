// Compiles the addon for Windows with mingw-w64 on any system: cross-addon.mjs HEADERS FOLDER. Leaves signalbox.node and pipe-test.exe there.
// What it proves: the Windows files compile and link without a warning. What it does not: that they run on Windows.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup.mjs';

const CROSS = 'x86_64-w64-mingw32-';
const SOURCES = ['arguments', 'win32-addon', 'win32-socket', 'win32-socket-watch', 'win32-pipe', 'win32-pipe-listener'];
const WARNINGS = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-fvisibility=hidden'];
const DEFINES = ['-DNAPI_VERSION=9', '-DNODE_API_NO_EXTERNAL_BUFFERS_ALLOWED', '-DNODE_GYP_MODULE_NAME=signalbox', '-D_WIN32_WINNT=0x0A00'];

function run(tool, args) {
  const done = spawnSync(CROSS + tool, args, { encoding: 'utf8' });
  if (done.status === 0) return done.stdout;
  process.stderr.write(done.error ? `${CROSS}${tool}: ${done.error.message}\n` : done.stdout + done.stderr);
  process.exit(1);
}

const [headers, folder] = process.argv.slice(2);
const source = join(ROOT, 'native', 'addon', 'src');
const objects = SOURCES.map((name) => {
  const object = join(folder, `${name}.o`);
  run('gcc', [...WARNINGS, ...DEFINES, `-I${join(headers, 'include', 'node')}`, '-c', join(source, `${name}.c`), '-o', object]);
  return object;
});
// node.exe exports what the addon needs; its import library is made of exactly those names.
const wanted = new Set([...run('nm', ['-u', ...objects]).matchAll(/\bU ((?:napi|node_api|uv)_\w+)/g)].map((match) => match[1]));
const definition = join(folder, 'node.def');
writeFileSync(definition, `LIBRARY node.exe\nEXPORTS\n${[...wanted].toSorted().join('\n')}\n`);
const library = join(folder, 'libnode.a');
run('dlltool', ['-d', definition, '-l', library]);
run('gcc', ['-shared', '-static-libgcc', '-o', join(folder, 'signalbox.node'), ...objects, library, '-ladvapi32']);
const test = [join(ROOT, 'native', 'test', 'win32-pipe-test.c'), join(source, 'win32-pipe.c'), join(source, 'win32-pipe-listener.c')];
run('gcc', [...WARNINGS, ...DEFINES, '-o', join(folder, 'pipe-test.exe'), ...test, '-ladvapi32']);
