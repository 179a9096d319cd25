// The bundles: the page (dist/renderer), the desktop's main process with the store's workers (dist/main, ESM), its preload
// (dist/preload, one CommonJS file: a sandboxed preload can load nothing else), and the command line with the serve host and the workers
// (dist/cli, ESM). `bundle.mjs [name…]` builds those named; without names all but `cli`, which only a package needs.
import { existsSync, globSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, join } from 'node:path';
import { build } from 'vite';
import { ROOT } from '../setup.mjs';

const NODE_MODULES = [...builtinModules, ...builtinModules.map((name) => `node:${name}`), 'node:sqlite', 'electron'];
const DESKTOP = 'electron/hosts/desktop';

/** Worker threads are started by file address (electron/store/store-workers.ts), so each stands beside main.js under its own name. */
function entriesOf(main) {
  const entries = { main: join(ROOT, main) };
  for (const worker of globSync('electron/**/*-worker.ts', { cwd: ROOT })) entries[basename(worker, '.ts')] = join(ROOT, worker);
  return entries;
}

const nodeBuild = (outDir, rolldownOptions) => ({
  configFile: false,
  root: ROOT,
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: join(ROOT, outDir),
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    sourcemap: false,
    rolldownOptions: { ...rolldownOptions, external: NODE_MODULES },
  },
});

const MODULES = { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' };
const BUNDLES = {
  renderer: () => ({ configFile: join(ROOT, 'renderer/vite.config.ts'), logLevel: 'warn', mode: 'production' }),
  main: () => nodeBuild('dist/main', { input: entriesOf(SOURCES.main), output: MODULES }),
  cli: () => nodeBuild('dist/cli', { input: entriesOf(SOURCES.cli), output: MODULES }),
  preload: () => nodeBuild('dist/preload', { input: { preload: join(ROOT, DESKTOP, 'preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false } }),
};
const SOURCES = { renderer: 'renderer/index.html', main: `${DESKTOP}/main.ts`, preload: `${DESKTOP}/preload.ts`, cli: 'electron/hosts/cli/main.ts' };

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['renderer', 'main', 'preload'];
for (const name of wanted) {
  if (!existsSync(join(ROOT, SOURCES[name]))) throw new Error(`${SOURCES[name]} is not there`);
  await build(BUNDLES[name]());
}
