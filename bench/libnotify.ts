// The C library: what a call costs its caller, how fast events flow, how large it is
// (docs/protocols/mimo.md section 9).
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import type { BenchLine } from './bench-line.ts';
import { median } from './median.ts';

export const name = 'libnotify';

const LIBRARY_FOLDER = fileURLToPath(new URL('../native/libnotify/', import.meta.url));
const EVENTS = 200_000;
const EVENTS_A_ROUND = 100_000;
/** Odd, so that the median is a round that happened. */
const ROUNDS = 5;
const STRIPPED_BYTES_MAX = 65_536;

/**
 * A bare node:http server that answers 204. Until it is asked for the order it also checks that the numbers
 * in the events come in order; from then on it reads the bodies and looks at nothing.
 */
function serve(port: NonNullable<typeof parentPort>): void {
  let next = 0;
  let outOfOrder = 0;
  const check = (chunk: Buffer): void => {
    const at = chunk.indexOf('{"i":');
    if (at < 0) return;
    const number = Number.parseInt(chunk.toString('latin1', at + 5, at + 15), 10);
    if (number !== 0 && number !== next) outOfOrder += 1;
    next = number + 1;
  };
  let onBody = check;
  const server = createServer((request, response) => {
    request.on('data', onBody);
    response.writeHead(204);
    response.end();
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => port.postMessage({ listening: server.address() }));
  port.on('message', () => {
    onBody = () => undefined;
    port.postMessage({ outOfOrder });
  });
}

if (!isMainThread && parentPort !== null) serve(parentPort);

function numberIn(value: unknown, ...path: readonly string[]): number {
  let inner: unknown = value;
  for (const key of path)
    inner = typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined;
  if (typeof inner !== 'number') throw new Error(`no number at ${path.join('.')}`);
  return inner;
}

/** Runs the C half and returns its figures by name. */
async function figures(config: string, ...args: readonly string[]): Promise<(figure: string) => number> {
  const env = { ...process.env, MIMO_NOTIFY_CONFIG: config };
  const child = spawn(join(LIBRARY_FOLDER, 'build/bench'), args, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const found = new Map<string, number>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [figure = '', value = ''] = line.split(' ');
    found.set(figure, Number(value));
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`bench ${args.join(' ')} ended with ${code}`);
  return (figure) => found.get(figure) ?? Number.NaN;
}

type Report = (line: BenchLine) => void;

function reportCaller(figure: (name: string) => number, report: Report): void {
  const rows = [
    ['call at 1 call/ms, p50', 'paced_p50', 500, '≤ 0.5 µs'],
    ['call at 1 call/ms, p99', 'paced_p99', null, 'information'],
    ['call in a burst of 10 000, mean', 'burst_mean', 1000, '≤ 1 µs'],
    ['call in a burst of 10 000, worst', 'burst_worst', 5_000_000, '≤ 5 ms'],
    ['call at 1 call/ms, worst', 'paced_worst', 5_000_000, '≤ 5 ms'],
  ] as const;
  for (const [what, key, barNs, bar] of rows) {
    const ns = figure(`notify_${key}`);
    report({
      what: `NotifyEvent, 80-byte payload: ${what}`,
      figure: ns / 1000,
      unit: 'µs',
      ratio: ns / figure(`plain_${key}`),
      against: 'mutex + condition variable queue',
      bar,
      holds: barNs === null ? null : ns <= barNs,
    });
  }
}

/**
 * The first round, with the order checked, also warms the server up: a fresh one takes half of what it takes
 * after 200 000 requests, and a receiver runs for hours. Then both senders in turn.
 */
async function reportEvents(config: string, port: number, server: Worker, report: Report): Promise<void> {
  const checked = await figures(config, 'events', String(EVENTS));
  server.postMessage('order');
  const [order] = await once(server, 'message');
  const rounds: { notify: number; plain: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const notify = await figures(config, 'events', String(EVENTS_A_ROUND));
    const plain = await figures(config, 'write', String(EVENTS_A_ROUND), String(port));
    rounds.push({ notify: notify('notify_events_per_s'), plain: plain('write_events_per_s') });
  }
  const perSecond = median(rounds.map((round) => round.notify));
  report({
    what: 'events to a bare node:http server that answers 204',
    figure: perSecond,
    unit: 'events/s',
    ratio: perSecond / median(rounds.map((round) => round.plain)),
    against: 'plain write() and read() loop, 32 at a time, same server',
    bar: '≥ 50 000/s on an idle machine',
    holds: perSecond >= 50_000,
  });
  const outOfOrder = numberIn(order, 'outOfOrder');
  const repeated = checked('notify_requests') - checked('notify_delivered');
  report({
    what: 'events out of order or sent again',
    figure: outOfOrder + repeated,
    unit: 'events',
    ratio: null,
    against: '',
    bar: '0',
    holds: outOfOrder + repeated === 0 && checked('notify_delivered') === EVENTS + 1,
  });
}

async function reportSizes(config: string, report: Report): Promise<void> {
  writeFileSync(config, JSON.stringify({ endpoint: 'http://127.0.0.1:1/nobody' }));
  const memory = await figures(config, 'memory', '100000');
  const none = { ratio: null, against: '' };
  const growthMb = (memory('notify_memory_growth_kb') * 1024) / 1_000_000;
  const strippedBytes = statSync(join(LIBRARY_FOLDER, 'build/libspdk_go_notify.so.stripped')).size;
  const threads = memory('notify_threads');
  report({
    what: 'memory, 100 000 calls, receiver down',
    figure: growthMb,
    unit: 'MB',
    ...none,
    bar: '≤ 16 MB',
    holds: growthMb <= 16,
  });
  report({ what: 'threads', figure: threads, unit: 'threads', ...none, bar: '≤ 1', holds: threads <= 1 });
  report({
    what: 'library, stripped',
    figure: strippedBytes / 1024,
    unit: 'KB',
    ...none,
    bar: '≤ 64 KB',
    holds: strippedBytes <= STRIPPED_BYTES_MAX,
  });
}

/** Builds the library when needed and measures it; about 20 s. */
export async function run(report: Report): Promise<void> {
  execFileSync('make', ['-s', '-C', LIBRARY_FOLDER, 'all']);
  const folder = mkdtempSync(join(tmpdir(), 'libnotify-bench-'));
  const config = join(folder, 'config.json');
  const server = new Worker(new URL(import.meta.url));
  try {
    const [message] = await once(server, 'message');
    const port = numberIn(message, 'listening', 'port');
    writeFileSync(config, JSON.stringify({ endpoint: `http://127.0.0.1:${port}/mimo/events` }));
    await reportEvents(config, port, server, report);
    reportCaller(await figures(config, 'caller'), report);
    await reportSizes(config, report);
  } finally {
    await server.terminate();
    rmSync(folder, { recursive: true, force: true });
  }
}
