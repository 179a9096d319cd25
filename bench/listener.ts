// The whole way of an event: C sender → HTTP → listener → committed in the store → 204, beside the same
// sender into a bare node:http server that parses and answers 204. The same again with one TCP connection per
// event.
import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { NativeAddon } from '../native/index.ts';
import { MIMO_CONFIG_DEFAULT } from '../electron/protocols/mimo/config.ts';
import { openMimoListener, type MimoReceived } from '../electron/protocols/mimo/listener.ts';
import { MimoSender } from '../electron/protocols/mimo/sender.ts';
import { openEventStore } from '../electron/store/open-event-store.ts';
import type { NewEvent } from '../electron/store/event-store.ts';
import { SYSTEM_CLOCK as clock } from '../electron/net/system-clock.ts';
import type { BenchLine } from './bench-line.ts';
import { median } from './median.ts';

export const name = 'listener';

const EVENTS = 60_000;
const CONNECTIONS = 20_000;
/** Under way at the same moment; each waits for its answer, so fewer would measure the commit's delay. */
const CONNECTIONS_AT_ONCE = 32;
/** Sent to each door before it is measured: the first thousands of any program run on cold code. */
const WARM_UP = 10_000;
/** Odd, so that the median is a round that happened. */
const ROUNDS = 5;
const RATIO_BAR = 0.5;
const CONNECTIONS_PER_SECOND_BAR = 10_000;

const here = dirname(fileURLToPath(import.meta.url));
const C_SENDER = join(here, '../native/libnotify/build/bench');
const run$ = promisify(execFile);

/** Something to send to; gives back how many events it has taken since it was opened. */
interface Door {
  readonly port: number;
  close(): Promise<number>;
}

/** Sends `count` events to a port and tells how many a second were answered. */
type Load = (port: number, count: number) => Promise<number>;

export async function run(report: (line: BenchLine) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  try {
    const queued = await queuedLoad(folder);
    const bar = `≥ ${RATIO_BAR} × bare node:http`;
    await compare(report, `listener with store, ${queued.name}`, queued.load, EVENTS, folder, bar);
    const single = await connectionLoad(folder);
    if (single === null) {
      report(information('listener, one connection per event: no C compiler, not measured', 0));
      return;
    }
    const what = 'listener with store, one connection per event';
    await compare(report, what, single, CONNECTIONS, folder, `≥ ${CONNECTIONS_PER_SECOND_BAR} events/s`);
    const plain = await openListener(join(folder, 'store-plain'), null);
    report(information('the same without the addon, once', await measure(plain, single, CONNECTIONS)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(
  report: (line: BenchLine) => void,
  what: string,
  load: Load,
  count: number,
  folder: string,
  bar: string,
): Promise<void> {
  const figures: { bare: number[]; ours: number[] } = { bare: [], ours: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    figures.bare.push(await measure(await openBareServer(), load, count));
    figures.ours.push(
      await measure(await openListener(join(folder, `store-${round}-${count}`)), load, count),
    );
  }
  const bare = median(figures.bare);
  const ours = median(figures.ours);
  const ratio = ours / bare;
  const holds = bar.includes('bare') ? ratio >= RATIO_BAR : ours >= CONNECTIONS_PER_SECOND_BAR;
  report(information('bare node:http server, the same load', bare));
  report({ what, figure: ours, unit: 'events/s', ratio, against: 'bare node:http', bar, holds });
}

async function measure(door: Door, load: Load, count: number): Promise<number> {
  await load(door.port, WARM_UP);
  const perSecond = await load(door.port, count);
  const taken = await door.close();
  const sent = WARM_UP + count;
  if (taken < sent) throw new Error(`only ${taken} of ${sent} events were taken`);
  return perSecond;
}

async function openBareServer(): Promise<Door> {
  let taken = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (chunk: Buffer) => parts.push(chunk));
    request.on('end', () => {
      const event: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
      if (event !== null) taken += 1;
      response.writeHead(204);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<number> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return taken;
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** `native` null = by node:http alone; absent = as the product does. */
async function openListener(folder: string, native?: NativeAddon | null): Promise<Door> {
  const store = await openEventStore({ folder, clock, retentionDays: 30, retentionBytes: 4 * 1024 ** 3 });
  const listener = await openMimoListener({
    host: '127.0.0.1',
    port: 0,
    clock,
    ...(native === undefined ? undefined : { native }),
    accept: async (received) => void (await store.append([newEvent(received)])),
    refuse: async () => undefined,
  });
  const close = async (): Promise<number> => {
    await listener.close();
    await store.close();
    return listener.counters().accepted;
  };
  return { port: listener.port, close };
}

function newEvent({
  receivedAtMs,
  severity,
  event,
  host,
  peer,
  sentAtS,
  body,
  head,
}: MimoReceived): NewEvent {
  const from = { source: 'mimo', kind: 'event', link: 'mimo-bench', id: '', simulated: true } as const;
  return { ...from, receivedAtMs, severity, type: event, host, peer, sentAtS, body, head };
}

async function queuedLoad(folder: string): Promise<{ name: string; load: Load }> {
  const hasLibrary = await access(C_SENDER).then(
    () => true,
    () => false,
  );
  return hasLibrary
    ? { name: 'C sender', load: (port, count) => sendWithLibrary(folder, port, count) }
    : { name: 'TypeScript sender (the C library is not built)', load: sendWithTypeScript };
}

async function sendWithLibrary(folder: string, port: number, count: number): Promise<number> {
  const config = join(folder, 'notify_config.json');
  await writeFile(
    config,
    JSON.stringify({ endpoint: `http://127.0.0.1:${port}/mimo/events`, timeout: '30s' }),
  );
  const { stdout } = await run$(C_SENDER, ['events', String(count)], { env: { MIMO_NOTIFY_CONFIG: config } });
  return figureIn(stdout);
}

async function sendWithTypeScript(port: number, count: number): Promise<number> {
  const endpoint = `http://127.0.0.1:${port}/mimo/events`;
  const sender = new MimoSender({ ...MIMO_CONFIG_DEFAULT, endpoint }, clock);
  const startMs = performance.now();
  for (let index = 0; index < count; index += 1)
    sender.notify('bench_event', `{"i":${index},"traddr":"0000:3b:00.0"}`);
  await sender.flush(600_000);
  const perSecond = (count * 1_000) / (performance.now() - startMs);
  await sender.close();
  return perSecond;
}

/** Null without a C compiler: a sender in JavaScript would measure itself. */
async function connectionLoad(folder: string): Promise<Load | null> {
  const program = join(folder, 'connection_bench');
  const flags = ['-std=c11', '-O2', '-D_GNU_SOURCE', '-o', program, join(here, 'connection_bench.c')];
  try {
    await run$('cc', flags);
  } catch {
    // Expected: no compiler on this machine.
    return null;
  }
  return async (port, count) => {
    const { stdout } = await run$(program, [String(port), String(count), String(CONNECTIONS_AT_ONCE)]);
    if (!/^failed 0$/m.test(stdout)) throw new Error(`connections failed: ${stdout}`);
    return figureIn(stdout);
  };
}

/** Both C programs print "… events_per_s VALUE". */
function figureIn(text: string): number {
  const figure = /events_per_s (\d+(?:\.\d+)?(?:e\+\d+)?)/.exec(text)?.[1];
  if (figure === undefined) throw new Error(`no figure in: ${text}`);
  return Number(figure);
}

function information(what: string, figure: number): BenchLine {
  return { what, figure, unit: 'events/s', ratio: null, against: '', bar: 'for comparison', holds: null };
}
