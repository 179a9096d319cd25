import { fork } from 'node:child_process';

const LIFE_MS_MAX = 60_000;

/**
 * Runs a program that sends a message when its work begins, and kills it so much later; resolves when it is
 * gone. One that never begins is killed too.
 */
export async function runAndKill(program: string, args: readonly string[], afterMs: number): Promise<void> {
  const child = fork(program, args, { execArgv: [], timeout: LIFE_MS_MAX, killSignal: 'SIGKILL' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  await Promise.race([gone, new Promise((resolve) => child.once('message', resolve))]);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await gone;
}
