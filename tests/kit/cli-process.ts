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
  /** Resolves with what was printed once it was; rejects with the errors when it never is. */
  seen(text: string | RegExp): Promise<string>;
  /** As Ctrl+C. */
  stop(): void;
}

/** `installed` is the path of a packaged command, which takes the place of the sources. */
export function startCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  installed?: string,
): CliProcess {
  const [program, ...first] = installed === undefined ? [process.execPath, MAIN] : [installed];
  const child = spawn(program ?? '', [...first, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const done = new Promise<CliDone>((resolve) => {
    child.once('close', (code) => resolve({ code, ...said }));
  });
  const find = (text: string | RegExp): string | undefined => {
    if (typeof text === 'string') return said.stdout.includes(text) ? text : undefined;
    return text.exec(said.stdout)?.[0];
  };
  const seen = async (text: string | RegExp): Promise<string> => {
    for (let looks = 0; ; looks += 1) {
      const found = find(text);
      if (found !== undefined) return found;
      if (looks > LOOKS_MAX || child.exitCode !== null) throw new Error(`never said ${text}: ${said.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  return { done, seen, stop: () => child.kill('SIGINT') };
}

export function runCli(...args: readonly string[]): Promise<CliDone> {
  return startCli(args).done;
}
