/**
 * 50 000 events a second through the core into the real store, beside a bare loop of appends with the same
 * batches.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_CLOCK } from '../electron/net/system-clock.ts';
import { OperatingError } from '../shared/failure.ts';
import { SETTINGS_DEFAULT } from '../shared/contract/app.ts';
import type { StreamSink } from '../shared/contract/handlers.ts';
import { Feed } from '../electron/core/feed.ts';
import { openHistogram } from '../electron/core/histogram.ts';
import { compileFilter } from '../electron/core/row-filter.ts';
import type { EventStore, NewEvent } from '../electron/store/event-store.ts';
import { openEventStore } from '../electron/store/open-event-store.ts';
import type { BenchLine } from './bench-line.ts';

export const name = 'core';

const EVENTS_PER_SECOND = 50_000;
const SECONDS = 4;
const BATCH_EVENTS = 100;
const BODY_BYTES = 200;
const BAR_MICROSECONDS = 5;
const CLICK_BAR_MS = 100;
/** As the first back-off of the senders. */
const RESEND_MS = 100;

interface Measured {
  readonly cpuMicrosecondsPerEvent: number;
  readonly stored: number;
  readonly sent: number;
  readonly clickMsMax: number;
  readonly seconds: number;
}

function makeBatch(from: number): NewEvent[] {
  return Array.from({ length: BATCH_EVENTS }, (_, at) => ({
    receivedAtMs: Date.now(),
    source: 'mimo',
    kind: 'event',
    severity: (from + at) % 50 === 0 ? 'error' : 'info',
    type: (from + at) % 3 === 0 ? 'bdev_ready' : 'bdev_created',
    host: `node-${at % 16}`,
    link: 'bench',
    peer: '127.0.0.1:40000',
    id: '',
    sentAtS: 1_795_000_000,
    simulated: true,
    body: Buffer.alloc(BODY_BYTES, `{"event":"bdev_ready","payload":{"n":${from + at}}}`),
    head: new Uint8Array(0),
  }));
}

/** A busy store turns a batch away; as every sender does, it is sent again. */
async function deliver(accept: (batch: NewEvent[]) => Promise<unknown>, batch: NewEvent[]): Promise<void> {
  for (;;) {
    try {
      await accept(batch);
      return;
    } catch (error) {
      if (!(error instanceof OperatingError && error.code === 'E_BUSY')) throw error;
      await sleep(RESEND_MS);
    }
  }
}

/** Sends at the rate, in as many batches as the clock has made due; measures the CPU time of this thread. */
async function drive(
  accept: (batch: NewEvent[]) => Promise<unknown>,
  click: () => Promise<unknown>,
): Promise<Omit<Measured, 'stored'>> {
  const total = EVENTS_PER_SECOND * SECONDS;
  const startedMs = performance.now();
  const cpu = process.threadCpuUsage();
  const waiting = new Set<Promise<unknown>>();
  let sent = 0;
  let clickMsMax = 0;
  let nextClickMs = startedMs + 500;
  while (sent < total) {
    const dueEvents = Math.min(total, ((performance.now() - startedMs) / 1_000) * EVENTS_PER_SECOND);
    while (sent + BATCH_EVENTS <= dueEvents) {
      const done = deliver(accept, makeBatch(sent)).finally(() => waiting.delete(done));
      waiting.add(done);
      sent += BATCH_EVENTS;
    }
    if (performance.now() >= nextClickMs) {
      nextClickMs += 500;
      const clickedMs = performance.now();
      const clicked = click().then(() => {
        clickMsMax = Math.max(clickMsMax, performance.now() - clickedMs);
      });
      waiting.add(clicked.finally(() => waiting.delete(clicked)));
    }
    await sleep(1);
  }
  await Promise.all(waiting);
  const used = process.threadCpuUsage(cpu);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { cpuMicrosecondsPerEvent: (used.user + used.system) / sent, sent, clickMsMax, seconds };
}

async function withStore<T>(work: (store: EventStore) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const { retentionDays, retentionBytes } = SETTINGS_DEFAULT;
  const store = await openEventStore({ folder, clock: SYSTEM_CLOCK, retentionDays, retentionBytes });
  try {
    return await work(store);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function countingSink(): StreamSink<unknown> & { items: number } {
  const sink = {
    items: 0,
    hasRoom: () => true,
    onRoom: () => undefined,
    push: () => void (sink.items += 1),
    end: () => undefined,
  };
  return sink;
}

async function page(store: EventStore): Promise<unknown> {
  const range = { fromMs: null, toMs: null };
  return store.page({
    filter: null,
    range,
    direction: 'before',
    anchorSeq: Number.MAX_SAFE_INTEGER,
    rowsMax: 100,
  });
}

function bareLoop(): Promise<Measured> {
  return withStore(async (store) => {
    const driven = await drive(
      (batch) => store.append(batch),
      () => page(store),
    );
    return { ...driven, stored: store.stats().rows };
  });
}

function throughCore(): Promise<Measured & { counted: number; turnedAway: number }> {
  return withStore(async (store) => {
    const feed = new Feed(store, SYSTEM_CLOCK);
    feed.subscribe(null, countingSink());
    feed.subscribe(compileFilter('sev>=error type:bdev_*'), countingSink());
    const chart = { filter: '', spanMs: 60_000, range: null, buckets: 120 };
    const closeChart = openHistogram({ feed, store, clock: SYSTEM_CLOCK }, chart, countingSink());
    const driven = await drive(
      (batch) => feed.accept(batch),
      () => page(store),
    );
    closeChart();
    const line = feed.ledger.lines()[0];
    feed.close();
    return {
      ...driven,
      stored: store.stats().rows,
      counted: line?.stored ?? 0,
      turnedAway: line?.dropped ?? 0,
    };
  });
}

export async function run(report: (line: BenchLine) => void): Promise<void> {
  const bare = await bareLoop();
  const core = await throughCore();
  const added = core.cpuMicrosecondsPerEvent - bare.cpuMicrosecondsPerEvent;
  report({
    what: `core: ${EVENTS_PER_SECOND}/s for ${SECONDS} s, two readers and a chart; CPU of the socket thread`,
    figure: core.cpuMicrosecondsPerEvent,
    unit: 'µs/event',
    ratio: core.cpuMicrosecondsPerEvent / bare.cpuMicrosecondsPerEvent,
    against: `a bare loop of appends, ${bare.cpuMicrosecondsPerEvent.toFixed(2)} µs`,
    bar: `the core adds ≤ ${BAR_MICROSECONDS} µs (it adds ${added.toFixed(2)})`,
    holds: added <= BAR_MICROSECONDS,
  });
  report({
    what: `core: events in the store after the burst (${core.seconds.toFixed(1)} s, ${core.turnedAway} sent again)`,
    figure: core.stored,
    unit: `of ${core.sent}`,
    ratio: core.stored / core.sent,
    against: 'events sent',
    bar: 'nothing lost, ledger exact',
    holds: core.stored === core.sent && core.counted === core.sent,
  });
  report({
    what: 'core: slowest page asked for during the burst',
    figure: core.clickMsMax,
    unit: 'ms',
    ratio: core.clickMsMax / bare.clickMsMax,
    against: `the same beside the bare loop, ${bare.clickMsMax.toFixed(1)} ms`,
    bar: `< ${CLICK_BAR_MS} ms`,
    holds: core.clickMsMax < CLICK_BAR_MS,
  });
}
