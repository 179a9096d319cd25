/**
 * The event store beside a bare node:sqlite loop: the same rows, tables, page size and transaction size in
 * the same run. How it is searched: store-search.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventStore, NewEvent } from '../electron/store/event-store.ts';
import { openEventStore } from '../electron/store/open-event-store.ts';
import { TABLES } from '../electron/store/schema.ts';
import { SEVERITIES } from '../shared/model/event.ts';
import type { BenchLine } from './bench-line.ts';

export const name = 'store';

const INSERT_ROWS = 100_000;
const ROWS_PER_TRANSACTION = 1_000;
const ROWS_PER_CALL = 20;
/** Enough that neither thread ever waits for the other, well below LIMITS.storePendingEventsMax. */
const ROWS_IN_FLIGHT = 10_000;
const INSERT_ROUNDS = 5;
const START_MS = Date.UTC(2026, 0, 1);
const TYPES = ['bdev_ready', 'bdev_removed', 'machine_info', 'alarm_raised', 'agent_up'] as const;

type Report = (line: BenchLine) => void;

export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  try {
    await benchInsert(folder, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function eventOf(index: number, body: Uint8Array, head: Uint8Array): NewEvent {
  return {
    receivedAtMs: START_MS + index * 10,
    source: 'mimo',
    kind: 'event',
    severity: index % 50 === 0 ? 'error' : index % 7 === 0 ? 'warn' : 'info',
    type: TYPES[index % TYPES.length] ?? '',
    host: `node-${index % 200}`,
    link: 'mimo-9988',
    peer: `127.0.0.1:${40_000 + (index % 1_000)}`,
    id: `req-${index}`,
    sentAtS: START_MS / 1_000 + index / 100,
    simulated: false,
    body,
    head,
  };
}

export function openStore(folder: string): Promise<EventStore> {
  const clock = { wallMs: () => START_MS, monotonicMs: () => performance.now() };
  return openEventStore({ folder, clock, retentionDays: 3_650, retentionBytes: 2 ** 40 });
}

async function benchInsert(folder: string, report: Report): Promise<void> {
  const body = Buffer.from(`{"ctrlr":{"name":"nvme0","size":1024},"text":"${'x'.repeat(950)}"}`);
  const head = Buffer.from(
    'POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:9988\r\nContent-Type: application/json\r\n\r\n',
  );
  const events = Array.from({ length: INSERT_ROWS }, (_, index) => eventOf(index, body, head));
  let bare = 0;
  let ours = 0;
  // Taken in turns and the best of each: what else the machine does then hits both alike.
  for (let round = 0; round < INSERT_ROUNDS; round += 1) {
    bare = Math.max(bare, insertBare(join(folder, `bare-${round}.db`), events));
    ours = Math.max(
      ours,
      await insertOurs(join(folder, `ours-${round}`), events, report, round === INSERT_ROUNDS - 1),
    );
  }
  const ratio = ours / bare;
  report({
    what: 'store insert, 1 kB bodies',
    figure: ours,
    unit: 'events/s',
    ratio,
    against: `bare node:sqlite loop, ${Math.round(bare)} rows/s`,
    bar: '≥ 0.7 ×',
    holds: ratio >= 0.7,
  });
}

function insertBare(path: string, events: readonly NewEvent[]): number {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL');
  database.exec(TABLES);
  const event = database.prepare('INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)');
  const bytes = database.prepare('INSERT INTO bodies VALUES (?,?,?,?,?)');
  // The bare loop gets its preview and its checksum for nothing: they are work of ours.
  const preview = Buffer.from(events[0]?.body ?? [])
    .toString('latin1')
    .slice(0, 200);
  const startedMs = performance.now();
  for (let first = 0; first < events.length; first += ROWS_PER_TRANSACTION) {
    database.exec('BEGIN');
    for (let seq = first + 1; seq <= Math.min(events.length, first + ROWS_PER_TRANSACTION); seq += 1) {
      const one = events[seq - 1];
      if (one === undefined) break;
      const severity = SEVERITIES.indexOf(one.severity);
      const { receivedAtMs, source, kind, type, host, link, peer, id, sentAtS, body, head } = one;
      event.run(
        seq,
        receivedAtMs,
        source,
        kind,
        severity,
        type,
        host,
        link,
        peer,
        id,
        sentAtS,
        body.length,
        0,
      );
      bytes.run(seq, preview, 1, head, body);
    }
    database.exec('COMMIT');
  }
  const rate = (events.length / (performance.now() - startedMs)) * 1_000;
  database.close();
  return rate;
}

/** Calls of ROWS_PER_CALL, through both threads, until acknowledged. */
async function insertOurs(
  folder: string,
  events: readonly NewEvent[],
  report: Report,
  tell: boolean,
): Promise<number> {
  const store = await openStore(folder);
  const startedMs = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < events.length) {
      const first = next;
      next += ROWS_PER_CALL;
      await store.append(events.slice(first, first + ROWS_PER_CALL));
    }
  };
  await Promise.all(Array.from({ length: ROWS_IN_FLIGHT / ROWS_PER_CALL }, worker));
  const rate = (events.length / (performance.now() - startedMs)) * 1_000;
  const { commitMsP99 } = store.stats();
  await store.close();
  if (tell) report(information('store commit, p99 of the last 1 000', commitMsP99, 'ms'));
  return rate;
}

export function information(what: string, figure: number, unit: string): BenchLine {
  return { what, figure, unit, ratio: null, against: '', bar: '', holds: null };
}
