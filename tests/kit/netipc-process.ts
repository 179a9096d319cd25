/** Netipc peers as processes, and what the kernel says they hold. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NetipcClient, type ClientOptions } from '../../electron/protocols/netipc/client.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { decodeIncrement, encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';
import { addon } from './netipc-raw.ts';

const CHILD = join(dirname(dirname(fileURLToPath(import.meta.url))), 'chaos', 'netipc-child.ts');
const SERVED_WITHIN_MS = 10_000;
export const TOKEN = 7n;

export interface Held {
  readonly descriptors: number;
  readonly regions: number;
  readonly residentBytes: number;
}

export class NetipcBench {
  readonly folder: string;
  private readonly children: ChildProcess[] = [];

  constructor(folder?: string) {
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'sb-netipc-'));
  }

  /** Resolves when it says that it is ready. */
  async start(role: 'serve' | 'call', transport: 'socket' | 'shm' = 'shm'): Promise<ChildProcess> {
    const child = spawn(process.execPath, [CHILD, role, this.folder, transport], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.children.push(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`the ${role} process ended with ${code}`)));
    });
    return child;
  }

  /** What another user's client came to: its user number and the answer, or why it got none. */
  async callAs(uid: number): Promise<string> {
    const words = [CHILD, 'foreign', this.folder, String(uid)];
    const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: SERVED_WITHIN_MS * 3 });
    return stdout.split('\n')[0] ?? '';
  }

  async kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async close(): Promise<void> {
    for (const child of this.children) await this.kill(child);
    rmSync(this.folder, { recursive: true, force: true });
  }

  regionFiles(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('.ipcshm'));
  }

  client(change: Partial<ClientOptions> = {}): NetipcClient {
    return new NetipcClient({
      native: addon(),
      runFolder: this.folder,
      service: 'increment',
      method: METHOD.INCREMENT,
      authToken: TOKEN,
      ...change,
    });
  }

  /** A well-behaved client: its transport once it was answered. Fails when nobody serves it in time. */
  async goodClient(): Promise<string> {
    const deadlineMs = performance.now() + SERVED_WITHIN_MS;
    for (;;) {
      const client = this.client();
      try {
        await client.refresh();
        if (client.isReady) {
          const answer = decodeIncrement(
            await client.call(encodeIncrement(41n), { timeoutMs: SERVED_WITHIN_MS }),
          );
          if (answer !== 42n) throw new Error(`answered ${answer}`);
          return client.status().transport ?? 'none';
        }
        if (performance.now() > deadlineMs) throw new Error(`not served: ${client.status().reason}`);
      } finally {
        client.close();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function heldBy(child: ChildProcess): Held {
  const folder = `/proc/${child.pid}`;
  const maps = readFileSync(`${folder}/maps`, 'utf8');
  const status = readFileSync(`${folder}/status`, 'utf8');
  return {
    descriptors: readdirSync(`${folder}/fd`).length,
    regions: maps.split('\n').filter((line) => line.includes('.ipcshm')).length,
    residentBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024,
  };
}
