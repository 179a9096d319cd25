/** Runs tests/chaos/store-child.ts and keeps what it says. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './store-kit.ts';

export interface Acknowledged {
  readonly seq: number;
  readonly count: number;
}

export class StoreProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  readonly lines: string[] = [];
  errors = '';
  #rest = '';

  constructor(folder: string, round = 0, durability = 'normal', wrapper: readonly string[] = []) {
    const script = fileURLToPath(new URL('../chaos/store-child.ts', import.meta.url));
    const command = [...wrapper, process.execPath, script, folder, String(round), durability];
    this.#child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      const parts = (this.#rest + chunk.toString()).split('\n');
      // The last part is a line not finished: a process killed in the middle of it has not said it.
      this.#rest = parts.pop() ?? '';
      this.lines.push(...parts);
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.#exited = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get acknowledged(): Acknowledged[] {
    return this.lines.flatMap((line) => {
      const [word, seq, count] = line.split(' ');
      return word === 'ack' ? [{ seq: Number(seq), count: Number(count) }] : [];
    });
  }

  has(line: string): boolean {
    return this.lines.some((said) => said.startsWith(line));
  }

  async saying(line: string): Promise<void> {
    await until(
      `the store process says "${line}"; it said ${this.lines.slice(-3).join(' | ')} ${this.errors}`,
      () => this.has(line),
    );
  }

  /** Resolves when it is gone and all it said has arrived. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  exited(): Promise<number | null> {
    return this.#exited;
  }
}
