/**
 * Starts core-host.ts as a child and loads it over HTTP, keeping account of what was sent and what was
 * acknowledged.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

const HOST = join(dirname(fileURLToPath(import.meta.url)), 'core-host.ts');
const readyLine = v.pipe(v.string(), v.parseJson(), v.object({ address: v.pipe(v.string(), v.nonEmpty()) }));

export interface CoreProcess {
  readonly child: ChildProcess;
  /** Such as `127.0.0.1:40123`. */
  readonly address: string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stderr(): string;
}

export interface CoreProcessOptions {
  readonly lab?: boolean;
  /** Words before the command, such as `prlimit --nofile=96`. */
  readonly prefix?: readonly string[];
}

export async function startCore(dataFolder: string, options: CoreProcessOptions = {}): Promise<CoreProcess> {
  const words = [
    ...(options.prefix ?? []),
    process.execPath,
    HOST,
    dataFolder,
    ...(options.lab === true ? ['lab'] : []),
  ];
  const [command = '', ...args] = words;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const exited: CoreProcess['exited'] = new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
      if (said.stdout.includes('\n')) resolve(said.stdout);
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`the console did not start (exit ${code}): ${said.stderr}`)),
    );
  });
  return { child, address: v.parse(readyLine, line).address, exited, stderr: () => said.stderr };
}

/**
 * Senders on connections of their own, one event after the other each; `name` makes the ids of this load
 * unique.
 */
export class Load {
  readonly sent: string[] = [];
  /** Answered 204. */
  readonly acknowledged: string[] = [];
  /** Answered 503. */
  readonly turnedAway: string[] = [];
  private readonly address: string;
  private readonly name: string;
  private readonly agent: Agent;
  private readonly senders: Promise<void>[];
  private stopped = false;

  constructor(address: string, name: string, connections: number) {
    this.address = address;
    this.name = name;
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.senders = Array.from({ length: connections }, (_, index) => this.send(index));
  }

  /** Resolves when no request is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.senders);
    this.agent.destroy();
  }

  private async send(connection: number): Promise<void> {
    for (let index = 0; !this.stopped; index += 1) {
      const id = `${this.name}-${connection}-${index}`;
      this.sent.push(id);
      const status = await postEvent(this.address, id, this.agent);
      if (status === 204) this.acknowledged.push(id);
      else if (status === 503) this.turnedAway.push(id);
      else return;
    }
  }
}

/** The status, or null when the connection broke. */
export function postEvent(address: string, event: string, agent?: Agent): Promise<number | null> {
  const body = JSON.stringify({ event, payload: { text: 'x'.repeat(100) }, timestamp: 1 });
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const [host, port] = address.split(':');
    const sending = request(
      { host, port, method: 'POST', path: '/mimo/events', headers, agent },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? null));
        response.once('error', () => resolve(null));
      },
    );
    sending.once('error', () => resolve(null));
    sending.end(body);
  });
}
