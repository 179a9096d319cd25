/** What the runner and the examples' checks share: results, a command run to its end, a skip. */
import { spawn } from 'node:child_process';

/** Thrown by a check when this machine lacks what the example needs. */
export class NotHere extends Error {}

export interface Example {
  readonly name: string;
  /** Throws when the example does not do what it shows. */
  readonly run: () => Promise<void>;
}

const COMMAND_DEADLINE_MS = 120_000;

/** Resolves with stdout; rejects with all it said when it does not end with 0 in time. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const env = { ...process.env, ...options.env };
  const child = spawn(command, args, { cwd: options.cwd, env, timeout: COMMAND_DEADLINE_MS });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return said.stdout;
  throw new Error(`${command} ended with ${code}: ${said.stdout}${said.stderr}`);
}

/** Throws NotHere when a program cannot be started. */
export async function need(program: string): Promise<void> {
  try {
    await runCommand(program, ['--version']);
  } catch (error) {
    // Expected: ENOENT, not installed.
    throw new NotHere(`no ${program} here`, { cause: error });
  }
}
