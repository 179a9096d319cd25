/**
 * A serve host whose core is fed directly, not over HTTP: 50 000 events a second for as long as told. Bench
 * only. Arguments: data folder, page folder, seconds. Starts when a line comes in on stdin; says `done N`
 * when all are committed.
 */
import { runServe } from '../../electron/hosts/serve/run-serve.ts';
import { Feed } from '../../electron/core/feed.ts';
import type { NewEvent } from '../../electron/store/event-store.ts';

const [dataFolder, pageFolder, secondsText] = process.argv.slice(2);
if (dataFolder === undefined || pageFolder === undefined)
  throw new Error('usage: burst-serve.ts DATA PAGE SECONDS');
const RATE = 50_000;
const SECONDS = Number(secondsText ?? 10);
const BATCH_EVENTS = 100;
const BODY_BYTES = 200;
/** Batches on their way to the store; beyond it the injector waits, as a listener does by not answering. */
const BATCHES_MAX = 100;

function batch(from: number): NewEvent[] {
  const receivedAtMs = Date.now();
  return Array.from({ length: BATCH_EVENTS }, (_, at) => ({
    receivedAtMs,
    source: 'mimo',
    kind: 'event',
    severity: (from + at) % 50 === 0 ? 'error' : 'info',
    type: (from + at) % 50 === 0 ? 'error_occurred' : 'bdev_ready',
    host: '',
    link: 'bench',
    peer: '127.0.0.1:40000',
    id: '',
    sentAtS: Math.floor(receivedAtMs / 1_000),
    simulated: true,
    body: Buffer.alloc(BODY_BYTES, `{"event":"bdev_ready","payload":{"n":${from + at}}} `),
    head: new Uint8Array(0),
  }));
}

async function inject(feed: Feed): Promise<number> {
  const total = RATE * SECONDS;
  const startedMs = performance.now();
  const waiting = new Set<Promise<unknown>>();
  let sent = 0;
  let stored = 0;
  while (sent < total) {
    const due = Math.min(total, ((performance.now() - startedMs) / 1_000) * RATE);
    while (sent + BATCH_EVENTS <= due && waiting.size < BATCHES_MAX) {
      const done: Promise<unknown> = feed.accept(batch(sent)).then((rows) => {
        stored += rows.length;
        waiting.delete(done);
      });
      waiting.add(done);
      sent += BATCH_EVENTS;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(waiting);
  return stored;
}

// The console keeps its feed to itself; the one that registers for drops is the one to feed.
const feeds: Feed[] = [];
const original: unknown = Object.getOwnPropertyDescriptor(Feed.prototype, 'watchDrops')?.value;
if (typeof original !== 'function') throw new Error('the feed has no watchDrops');
Feed.prototype.watchDrops = function (this: Feed, watcher): void {
  feeds.push(this);
  Reflect.apply(original, this, [watcher]);
};

const host = await runServe({
  dataFolder,
  version: 'bench',
  profile: 'local',
  lab: false,
  hostReason: 'bench',
  missing: [],
  port: 0,
  mimoPorts: [],
  pageFolder,
  window: 'never',
  print: (line) => process.stdout.write(`${line}\n`),
});
process.stdin.once('data', () => {
  const [feed] = feeds;
  if (feed === undefined) throw new Error('the console has no feed');
  void inject(feed).then((stored) => process.stdout.write(`done ${stored}\n`));
});
process.once('SIGTERM', () => {
  process.stdin.destroy();
  void host.close();
});
