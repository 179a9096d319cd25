/**
 * The event store beside a bare node:sqlite loop: the same rows, tables, page size and transaction size in
 * the same run. SIGNALBOX_BENCH_STORE_ROWS scales the rows of the filter bench (default 5 000 000, about 1.2
 * GB in the temp folder).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BatchReader, packBatch } from '../electron/store/append-batch.ts';
import { EventInserter } from '../electron/store/event-inserter.ts';
import type { EventStore, NewEvent } from '../electron/store/event-store.ts';
import { openEventStore } from '../electron/store/open-event-store.ts';
import { TABLES, openForWriting } from '../electron/store/schema.ts';
import type { Expression } from '../shared/filter/ast.ts';
import { parseFilter } from '../shared/filter/parse.ts';
import { SEVERITIES } from '../shared/model/event.ts';
import type { BenchLine } from './bench-line.ts';

export const name = 'store';

const INSERT_ROWS = 100_000;
const ROWS_PER_TRANSACTION = 1_000;
const ROWS_PER_CALL = 20;
/** Enough that neither thread ever waits for the other, well below LIMITS.storePendingEventsMax. */
const ROWS_IN_FLIGHT = 10_000;
const INSERT_ROUNDS = 5;
const PAGES = 200;
const ANY_TIME = { fromMs: null, toMs: null };
const START_MS = Date.UTC(2026, 0, 1);
const TYPES = ['bdev_ready', 'bdev_removed', 'machine_info', 'alarm_raised', 'agent_up'] as const;

type Report = (line: BenchLine) => void;

export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  try {
    await benchInsert(folder, report);
    await benchQueries(folder, Number(process.env['SIGNALBOX_BENCH_STORE_ROWS'] ?? 5_000_000), report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function eventOf(index: number, body: Uint8Array, head: Uint8Array): NewEvent {
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

function openStore(folder: string): Promise<EventStore> {
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

async function benchQueries(folder: string, rows: number, report: Report): Promise<void> {
  const data = join(folder, 'queries');
  await (await openStore(data)).close();
  await buildRows(data, rows);
  const store = await openStore(data);
  try {
    await benchPages(store, rows, report);
    // Once before it counts: the bar is of a database the system has in memory, the cold figure is told too.
    await benchFilter(store, 'first look, column filter', 'type:nothing*', rows, report, false);
    await benchFilter(store, 'column filter, no match', 'sev>=error type:nothing*', rows, report, true);
    await benchFilter(store, 'wildcard filter, no match', 'host:*-777', rows, report, true);
    await benchFilter(store, 'text filter, no match (reads bodies)', 'machine_xx', rows, report, false);
    await benchFilter(
      store,
      'body filter, no match (parses bodies)',
      'body.ctrlr.name=nvme999',
      rows,
      report,
      false,
    );
    await benchExport(store, report);
  } finally {
    await store.close();
  }
}

async function buildRows(folder: string, rows: number): Promise<void> {
  const database = openForWriting(join(folder, 'events.db'), 'normal');
  database.exec('PRAGMA synchronous=OFF');
  const inserter = new EventInserter(database);
  const head = new Uint8Array();
  for (let index = 0; index < rows;) {
    const count = Math.min(5_000, rows - index);
    const batch = Array.from({ length: count }, (_, offset) => {
      const at = index + offset;
      return eventOf(at, Buffer.from(`{"ctrlr":{"name":"nvme${at % 97}","size":${at}}}`), head);
    });
    const reader = new BatchReader(packBatch([batch]));
    inserter.begin();
    for (let left = count; left > 0; left -= 1) inserter.insert(reader.next());
    inserter.commit();
    index += count;
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

async function benchPages(store: EventStore, rows: number, report: Report): Promise<void> {
  const tookMs: number[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const anchorSeq = 1 + Math.floor(Math.random() * rows);
    const startedMs = performance.now();
    await store.page({ filter: null, range: ANY_TIME, direction: 'before', anchorSeq, rowsMax: 200 });
    tookMs.push(performance.now() - startedMs);
  }
  tookMs.sort((a, b) => a - b);
  report(information('page of 200 rows anywhere, p50', tookMs[PAGES / 2] ?? 0, 'ms'));
  report(information('page of 200 rows anywhere, p99', tookMs[Math.floor(PAGES * 0.99)] ?? 0, 'ms'));
}

async function benchFilter(
  store: EventStore,
  what: string,
  text: string,
  rows: number,
  report: Report,
  hasBar: boolean,
): Promise<void> {
  const filter = expressionOf(text);
  const startedMs = performance.now();
  let anchorSeq = Number.MAX_SAFE_INTEGER;
  let calls = 0;
  for (;;) {
    const page = await store.page({ filter, range: ANY_TIME, direction: 'before', anchorSeq, rowsMax: 200 });
    calls += 1;
    if (page.done) break;
    anchorSeq = page.nextAnchorSeq;
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const barS = (2 * rows) / 5_000_000;
  report({
    what: `${what} over ${rows} stored rows, ${calls} steps of progress`,
    figure: seconds,
    unit: 's',
    ratio: null,
    against: '',
    bar: hasBar ? `< ${barS} s` : '',
    holds: hasBar ? seconds < barS : null,
  });
}

async function benchExport(store: EventStore, report: Report): Promise<void> {
  for (const format of ['jsonl', 'csv'] as const) {
    let bytes = 0;
    let rowsWritten = 0;
    const abort = new AbortController();
    const startedMs = performance.now();
    const sink = {
      async write(chunk: Uint8Array) {
        bytes += chunk.length;
        if (performance.now() - startedMs > 3_000) abort.abort();
      },
      progress: (written: number) => void (rowsWritten = written),
    };
    await store
      .export({ filter: null, range: ANY_TIME }, format, true, sink, abort.signal)
      .catch(() => undefined);
    const seconds = (performance.now() - startedMs) / 1_000;
    report(
      information(
        `export ${format} with bodies, ${Math.round(bytes / seconds / 1_000)} kB/s`,
        rowsWritten / seconds,
        'rows/s',
      ),
    );
  }
}

function expressionOf(text: string): Expression | null {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`the bench's filter does not parse: ${text}`);
  return parsed.expression;
}

function information(what: string, figure: number, unit: string): BenchLine {
  return { what, figure, unit, ratio: null, against: '', bar: '', holds: null };
}
