/** Runs the MIMO examples against one console and finds their events again after it has stopped. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, startServe } from '../../tests/kit/serve-process.ts';
import type { ServeProcess } from '../../tests/kit/serve-process.ts';
import { need, runCommand } from '../example-run.ts';
import type { Example } from '../example-run.ts';

const LIBRARY = join(ROOT, 'native/libnotify');
const CLI = join(ROOT, 'electron/hosts/cli/main.ts');

/** The first example starts the console; `stop` ends it and removes what was made. */
export function mimoExamples(): { examples: readonly Example[]; stop: () => Promise<void> } {
  let folder = '';
  let serve: ServeProcess | null = null;
  const expected: string[] = [];
  const endpoint = async (): Promise<string> => {
    folder ||= await mkdtemp(join(tmpdir(), 'signalbox-examples-'));
    serve ??= await startServe({ dataFolder: join(folder, 'data') });
    return `http://127.0.0.1:${serve.mimoPort}/mimo/events`;
  };
  const stored = (): Promise<string> =>
    runCommand(process.execPath, [CLI, 'tail', '--data', join(folder, 'data'), '--json', '--no-follow']);
  const arrived = async (name: string): Promise<void> => {
    if (!(await stored()).includes(name)) throw new Error(`no event of ${name} is in the feed`);
    expected.push(name);
  };
  const examples: Example[] = [
    {
      name: 'mimo/notify.ts',
      run: async () => {
        await runCommand(process.execPath, [join(ROOT, 'examples/mimo/notify.ts'), await endpoint()]);
        await arrived('example-ts');
      },
    },
    {
      name: 'mimo/curl.sh',
      run: async () => {
        await need('curl');
        await runCommand(join(ROOT, 'examples/mimo/curl.sh'), [await endpoint()]);
        await arrived('example-curl');
      },
    },
    {
      name: 'libnotify/example: installed, compiled, run',
      run: async () => {
        await runCProgram(await endpoint(), folder);
        await arrived('nvme0n1');
      },
    },
    {
      name: 'every one of them is still there when the console has stopped',
      run: async () => {
        await serve?.stop();
        const text = await stored();
        const lost = expected.filter((name) => !text.includes(name));
        if (lost.length > 0 || expected.length === 0) throw new Error(`lost: ${lost.join(', ')}`);
      },
    },
  ];
  const stop = async (): Promise<void> => {
    await serve?.stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { examples, stop };
}

/** As README.md says: install, compile with what pkg-config answers, run. */
async function runCProgram(endpoint: string, folder: string): Promise<void> {
  for (const program of ['cc', 'make', 'pkg-config']) await need(program);
  const prefix = join(folder, 'usr');
  await runCommand('make', ['-s', '-C', LIBRARY, 'install', `PREFIX=${prefix}`]);
  const env = { PKG_CONFIG_PATH: join(prefix, 'lib/pkgconfig') };
  const flags = await runCommand('pkg-config', ['--cflags', '--libs', 'spdk_go_notify'], { env });
  const program = join(folder, 'notify_example');
  const source = join(LIBRARY, 'example/notify_example.c');
  await runCommand('cc', [source, '-o', program, ...flags.trim().split(/\s+/)]);
  const config = join(folder, 'notify_config.json');
  await writeFile(config, JSON.stringify({ endpoint }));
  await runCommand(program, [], { env: { MIMO_NOTIFY_CONFIG: config } });
}
