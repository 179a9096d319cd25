/**
 * How a full store is paged, searched and exported. SIGNALBOX_BENCH_STORE_ROWS scales the rows (default
 * 5 000 000, about 1.3 GB in the temp folder). Bars scale with the rows. The first look at a database is told
 * apart: bars are of one the system has in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { BatchReader, packBatch } from '../electron/store/append-batch.ts';
import { EventInserter } from '../electron/store/event-inserter.ts';
import type { EventStore } from '../electron/store/event-store.ts';
import { PAGE_BYTES, openForWriting, readNumber } from '../electron/store/schema.ts';
import { SignatureKeeper, SignatureMaker } from '../electron/store/signatures.ts';
import type { Expression } from '../shared/filter/ast.ts';
import { parseFilter } from '../shared/filter/parse.ts';
import type { BenchLine } from './bench-line.ts';
import { eventOf, information, openStore } from './store.ts';

export const name = 'store-search';

const ROWS = Number(process.env['SIGNALBOX_BENCH_STORE_ROWS'] ?? 5_000_000);
const LARGE_ROWS = Math.ceil(ROWS / 10);
const BAR_ROWS = 5_000_000;
const BAR_S = 2;
const PAGES = 200;
/** A filter with a bar is run so often; the middle one counts. */
const ROUNDS = 3;
/** Rows that the rare filters find. */
const RARE = 10;
const ANY_TIME = { fromMs: null, toMs: null };

type Report = (line: BenchLine) => void;

/** `page`: until the first page is full; `all`: through all rows. */
interface Search {
  readonly what: string;
  readonly filter: string;
  readonly until: 'page' | 'all';
  readonly hasBar: boolean;
}

const SEARCHES: readonly Search[] = [
  { what: 'columns, no match', filter: 'sev>=error type:nothing*', until: 'all', hasBar: true },
  { what: 'wildcards in a column, no match', filter: 'host:*-777', until: 'all', hasBar: true },
  { what: 'id, one match', filter: 'id:req-4711', until: 'all', hasBar: true },
  { what: 'text, no match', filter: 'machine_xx', until: 'all', hasBar: true },
  { what: 'text, rare', filter: 'nvme_rare', until: 'all', hasBar: true },
  { what: 'text, common', filter: 'nvme42', until: 'page', hasBar: true },
  { what: 'body, no match', filter: 'body.ctrlr.name=nvme999', until: 'all', hasBar: true },
  { what: 'body, rare', filter: 'body.ctrlr.name:*_rare', until: 'all', hasBar: true },
  { what: 'body, common', filter: 'body.ctrlr.name=nvme42', until: 'page', hasBar: true },
  { what: 'body, one number', filter: 'body.ctrlr.size=4711', until: 'all', hasBar: true },
  { what: 'body, numbers out of range', filter: 'body.ctrlr.size>1e9', until: 'all', hasBar: true },
  { what: 'text of two letters, no match', filter: 'zq', until: 'all', hasBar: false },
  { what: 'every body parsed, no match', filter: '-body.ctrlr.size>=0', until: 'all', hasBar: false },
];
const WITHOUT_SIGNATURES = SEARCHES.filter(({ what }) => what.endsWith('no match'));

export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  try {
    await benchRows(join(folder, 'small'), ROWS, smallBody, report);
    await benchRows(join(folder, 'large'), LARGE_ROWS, largeBody, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function nameAt(at: number, rows: number): string {
  return at % Math.ceil(rows / RARE) === 1 ? 'nvme_rare' : `nvme${at % 97}`;
}

function smallBody(at: number, rows: number): string {
  return `{"ctrlr":{"name":"${nameAt(at, rows)}","size":${at}}}`;
}

/** About 1 kB as programs write it: names again and again, words, numbers and some hexadecimal noise. */
function largeBody(at: number, rows: number): string {
  const noise = Math.imul(at + 1, 0x9e37_79b9) >>> 0;
  const trace = Array.from({ length: 12 }, (_, step) => ({
    step,
    function: `spdk_bdev_${['open', 'read', 'write', 'reset'][(at + step) % 4]}_done`,
    took_us: (noise >>> step) % 10_000,
  }));
  const text = `controller ${at % 97} changed its state after ${noise % 1_000} ms: \\"degraded\\"\\nretry`;
  const ctrlr = { name: nameAt(at, rows), size: at, serial: noise.toString(16) };
  return JSON.stringify({ event: 'bdev_state', payload: { text, trace }, ctrlr });
}

async function benchRows(
  folder: string,
  rows: number,
  bodyOf: (at: number, rows: number) => string,
  report: Report,
): Promise<void> {
  const bytes = Buffer.byteLength(bodyOf(0, rows));
  const told: Report = (line) => report({ ...line, what: `${rows} rows of ${bytes} B · ${line.what}` });
  await (await openStore(folder)).close();
  const database = openForWriting(join(folder, 'events.db'), 'normal');
  database.exec('PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=1000');
  buildRows(database, rows, bodyOf);
  database.close();
  if (rows === ROWS) await benchUnsigned(folder, rows, told);
  buildSignatures(folder, rows, told);
  const store = await openStore(folder);
  try {
    await benchPages(store, rows, told);
    for (const one of SEARCHES)
      await benchSearch(store, { ...one, hasBar: one.hasBar && rows === ROWS }, rows, told);
    if (rows === ROWS) await benchExport(store, told);
  } finally {
    await store.close();
  }
}

/** What a search costs before the signatures are made: of a database just taken over, for some minutes. */
async function benchUnsigned(folder: string, rows: number, report: Report): Promise<void> {
  const store = await openStore(folder);
  try {
    const first = await search(store, 'type:nothing*', 'all');
    report(information('first look, columns, no match', first.seconds, 's'));
    for (const one of WITHOUT_SIGNATURES) {
      const what = `without signatures: ${one.what}`;
      await benchSearch(store, { ...one, what, hasBar: false }, rows, report);
    }
  } finally {
    await store.close();
  }
}

function buildRows(database: DatabaseSync, rows: number, bodyOf: (at: number, rows: number) => string): void {
  const inserter = new EventInserter(database);
  const head = new Uint8Array();
  for (let index = 0; index < rows;) {
    const count = Math.min(5_000, rows - index);
    const batch = Array.from({ length: count }, (_, offset) =>
      eventOf(index + offset, Buffer.from(bodyOf(index + offset, rows)), head),
    );
    const reader = new BatchReader(packBatch([batch]));
    inserter.begin();
    for (let left = count; left > 0; left -= 1) inserter.insert(reader.next());
    inserter.commit();
    index += count;
  }
}

/** As the store does in its idle time, without the pauses. */
function buildSignatures(folder: string, rows: number, report: Report): void {
  const database = openForWriting(join(folder, 'events.db'), 'normal');
  const pages = (): number => readNumber(database, 'PRAGMA page_count');
  const before = pages();
  const made = readNumber(database, 'SELECT count(*) FROM signatures');
  const maker = new SignatureMaker(database);
  const keeper = new SignatureKeeper(database);
  const last = readNumber(database, 'SELECT max(block) FROM blocks');
  const startedMs = performance.now();
  for (let block = 0; block < last; block += 1) {
    const making = maker.make(block);
    let step = making.next();
    while (step.done !== true) step = making.next();
    keeper.put(block, step.value);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  report(information('signatures made and kept', rows / seconds, 'rows/s'));
  const bytes = readNumber(database, 'SELECT total(length(bits) + length(ranges)) FROM signatures');
  report(information('signature of a block', bytes / last, 'B'));
  const share = (pages() - before) / (before - made * (bytes / last / PAGE_BYTES));
  report(information('signatures beside the database', share * 100, '%'));
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

interface Searched {
  readonly seconds: number;
  readonly calls: number;
  readonly found: number;
  readonly longestMs: number;
}

async function search(store: EventStore, text: string, until: Search['until']): Promise<Searched> {
  const filter = expressionOf(text);
  const startedMs = performance.now();
  let anchorSeq = Number.MAX_SAFE_INTEGER;
  let calls = 0;
  let found = 0;
  let longestMs = 0;
  for (;;) {
    const calledMs = performance.now();
    const page = await store.page({ filter, range: ANY_TIME, direction: 'before', anchorSeq, rowsMax: 200 });
    longestMs = Math.max(longestMs, performance.now() - calledMs);
    calls += 1;
    found += page.rows.length;
    if (page.done || (until === 'page' && found >= 200)) break;
    anchorSeq = page.nextAnchorSeq;
  }
  return { seconds: (performance.now() - startedMs) / 1_000, calls, found, longestMs };
}

async function benchSearch(
  store: EventStore,
  { what, filter, until, hasBar }: Search,
  rows: number,
  report: Report,
): Promise<void> {
  const rounds = hasBar ? ROUNDS : 1;
  const all: Searched[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await search(store, filter, until));
  const middle = all.toSorted((a, b) => a.seconds - b.seconds)[rounds >> 1];
  if (middle === undefined) return;
  const barS = (BAR_S * rows) / BAR_ROWS;
  const { seconds, calls, found, longestMs } = middle;
  report({
    what: `${what} (${filter}), ${found} found, ${calls} calls, the longest ${longestMs.toFixed(0)} ms`,
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
    const rate = Math.round(bytes / seconds / 1_000);
    report(information(`export ${format} with bodies, ${rate} kB/s`, rowsWritten / seconds, 'rows/s'));
  }
}

function expressionOf(text: string): Expression | null {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`the bench's filter does not parse: ${text}`);
  return parsed.expression;
}
