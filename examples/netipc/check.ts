/** Runs the netipc examples against each other. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../native/index.ts';
import { NotHere, runCommand, type Example } from '../example-run.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export function netipcExamples(): { examples: readonly Example[]; stop: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'sb-example-'));
  let server: ChildProcess | null = null;

  const serve = async (): Promise<void> => {
    const loaded = loadNative();
    if (loaded.native === null) throw new NotHere(loaded.reason);
    if (server !== null) return;
    const child = spawn(process.execPath, [join(HERE, 'server.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  };
  const shows = (file: string, ...texts: readonly string[]): Example => ({
    name: `netipc/${file} with netipc/server.ts`,
    run: async () => {
      await serve();
      const said = await runCommand(process.execPath, [join(HERE, file), folder]);
      for (const text of texts) if (!said.includes(text)) throw new Error(`no "${text}" in: ${said}`);
    },
  });
  return {
    examples: [
      shows('client.ts', 'over shared-memory', '1001 database /sys/fs/cgroup/example/database'),
      shows('cache.ts', 'found /sys/fs/cgroup/example/database', '0 added, 0 removed, 0 changed'),
    ],
    stop: async () => {
      if (server !== null) {
        const gone = new Promise((resolve) => server?.once('exit', resolve));
        server.kill('SIGTERM');
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
