/** A real serve host as a child process in a data folder of its own, for browser and chaos tests. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 15_000;
const LINK = /http:\/\/127\.0\.0\.1:(\d+)\/open\?ticket=[\w-]+/g;

export interface ServeProcess {
  readonly child: ChildProcess;
  readonly origin: string;
  readonly pagePort: number;
  readonly mimoPort: number;
  readonly dataFolder: string;
  /** The newest one-use link printed so far. */
  link(): string;
  stdout(): string;
  stderr(): string;
  /** Ends the process by its id and takes its exit code; with a signal of one's own choice. Idempotent. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServeProcessOptions {
  /** Used and left in place when given; otherwise a temporary one that `removeFolder` takes away. */
  readonly dataFolder?: string;
  /** 0 picks a free one. */
  readonly pagePort?: number;
  /** Null leaves it to the settings of `dataFolder`. */
  readonly mimoPort?: number | null;
  readonly lab?: boolean;
  /** False where rows are counted: this host's cgroups come and go, and each change is an event. Default true. */
  readonly netipc?: boolean;
  /** Let the host open a browser window, as `npm start` does; `env` then says which browser and display. */
  readonly window?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Rejects with all the process said when it does not print its link in time. */
export async function startServe(options: ServeProcessOptions = {}): Promise<ServeProcess> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'signalbox-e2e-')));
  const mimoPort = options.mimoPort === undefined ? await freePort() : options.mimoPort;
  const args = [
    join(ROOT, 'electron/hosts/serve/main.ts'),
    `--data=${dataFolder}`,
    `--port=${options.pagePort ?? 0}`,
    ...(mimoPort === null ? [] : [`--mimo-port=${mimoPort}`]),
    '--reason=browser test',
    ...(options.window === true ? [] : ['--no-window']),
    ...(options.lab === true ? ['--lab'] : []),
    ...(options.netipc === false ? ['--no-netipc'] : []),
  ];
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  const newestLink = (): string => said.stdout.match(LINK)?.at(-1) ?? '';
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    const code = await exited;
    clearTimeout(timer);
    return code;
  };
  try {
    await waitFor(() => newestLink() !== '', child, said);
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
  const pagePort = Number(new URL(newestLink()).port);
  return {
    child,
    origin: `http://127.0.0.1:${pagePort}`,
    pagePort,
    mimoPort: mimoPort ?? 0,
    dataFolder,
    link: newestLink,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    stop,
  };
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Free at the moment of asking; good enough on a machine where tests run one at a time. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

async function waitFor(ready: () => boolean, child: ChildProcess, said: { stdout: string; stderr: string }): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!ready()) {
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error(`the serve host did not come up (exit ${child.exitCode}):\n${said.stdout}\n${said.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
