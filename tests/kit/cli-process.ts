/** `signalbox` as a process, by the same main file as the installed command. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './serve-process.ts';

const MAIN = join(ROOT, 'electron/hosts/cli/main.ts');
const LOOKS_MAX = 1_500;
const LOOK_EVERY_MS = 20;

export interface CliDone {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  readonly done: Promise<CliDone>;
  /** Resolves once the text was printed; rejects with the errors when it never is. */
  seen(text: string): Promise<void>;
  /** As Ctrl+C. */
  stop(): void;
}

export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const done = new Promise<CliDone>((resolve) => {
    child.once('close', (code) => resolve({ code, ...said }));
  });
  const seen = async (text: string): Promise<void> => {
    for (let looks = 0; !said.stdout.includes(text); looks += 1) {
      if (looks > LOOKS_MAX || child.exitCode !== null) throw new Error(`never said ${text}: ${said.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  return { done, seen, stop: () => child.kill('SIGINT') };
}

export function runCli(...args: readonly string[]): Promise<CliDone> {
  return startCli(args).done;
}
