/**
 * Runs the C program linked to libnotify as a child. It reads its configuration the way every program with
 * the library does, from the file MIMO_NOTIFY_CONFIG names, so that the lab exercises the real path:
 * docs/protocols/mimo.md section 4.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { Emitter, EmitterStart } from './emitter.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const C_EMITTER_PATH = join(ROOT, 'native/libnotify/build/lab-emitter');
const STOP_GRACE_MS = 2_000;
const LAST_LINES_MS = 500;
const LINE_CHARACTERS_MAX = 4_096;
const STDERR_CHARACTERS_KEPT = 500;
const count = v.pipe(v.number(), v.minValue(0));
/** One line a second on its stdout; counters since it began. */
const countsLine = v.object({ sent: count, failed: count, dropped: count });

/** Why the C program cannot be used, or null. */
export function cEmitterMissing(path: string = C_EMITTER_PATH): string | null {
  if (existsSync(path)) return null;
  return 'the C emitter is not built (no C compiler or make); the TypeScript sender takes its place';
}

export async function startCEmitter(
  start: EmitterStart,
  folder: string,
  path: string = C_EMITTER_PATH,
): Promise<Emitter> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, 'notify_config.json');
  const settings = {
    endpoint: start.endpoint,
    timeout: '2s',
    retry: 2,
    retry_backoff_ms: 100,
    source: 'mimo-lab',
  };
  await writeFile(config, JSON.stringify(settings), { mode: 0o600 });
  const child = spawn(path, [String(start.ratePerSecond)], {
    env: { ...process.env, MIMO_NOTIFY_CONFIG: config },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new CEmitter(child, start);
}

class CEmitter implements Emitter {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly start: EmitterStart;
  private readonly exited: Promise<void>;
  private stderrText = '';
  private stopping: Promise<void> | null = null;

  constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, start: EmitterStart) {
    this.child = child;
    this.start = start;
    this.exited = new Promise((resolve) => {
      let over = false;
      const ended = (reason: string): void => {
        if (over) return;
        over = true;
        resolve();
        if (this.stopping === null) start.onExit(reason);
      };
      child.once('error', (error) => ended(error.message));
      // `close` comes when its last line was read, `exit` may come before; a grandchild could hold the pipe
      // open for ever.
      child.once('close', (code, signal) => ended(this.exitReason(code, signal)));
      child.once('exit', (code, signal) =>
        setTimeout(() => ended(this.exitReason(code, signal)), LAST_LINES_MS),
      );
    });
    // It may be gone before a line reaches it: EPIPE then, and `exit` tells the rest.
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderrText = (this.stderrText + text).slice(-STDERR_CHARACTERS_KEPT);
    });
    readLines(child.stdout, (line) => this.takeLine(line));
    this.setBursts(start.bursts);
  }

  setRate(ratePerSecond: number): void {
    this.say(`rate ${ratePerSecond}`);
  }

  setBursts(on: boolean): void {
    this.say(`bursts ${on ? 'on' : 'off'}`);
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.stopChild());
  }

  private async stopChild(): Promise<void> {
    this.say('stop');
    this.child.stdin.end();
    const kill = setTimeout(() => this.child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.exited;
    clearTimeout(kill);
  }

  private say(line: string): void {
    if (this.child.stdin.writable) this.child.stdin.write(`${line}\n`);
  }

  private takeLine(line: string): void {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), countsLine), line);
    if (!parsed.success) return;
    const { sent, failed, dropped } = parsed.output;
    this.start.onCounts({ sent, failed: failed + dropped });
  }

  private exitReason(code: number | null, signal: NodeJS.Signals | null): string {
    const said = this.stderrText.trim();
    return `the emitter ended with ${signal ?? `code ${code}`}${said === '' ? '' : `: ${said}`}`;
  }
}

function readLines(stream: Readable, take: (line: string) => void): void {
  let held = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = (lines.pop() ?? '').slice(0, LINE_CHARACTERS_MAX);
    for (const line of lines) take(line);
  });
}
