/** A search says the same with signatures, without them and by the matcher alone. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedPage } from '../../shared/contract/feed.ts';
import type { Expression } from '../../shared/filter/ast.ts';
import { EventBody } from '../../shared/filter/body-path.ts';
import { compileMatcher } from '../../shared/filter/match.ts';
import { printFilter } from '../../shared/filter/print.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { closeExpressions, events } from '../../tests/kit/filter-arbitraries.ts';
import { ANY_TIME, EVERYTHING, StoreKit, allRows, filterOf, makeEvent } from '../../tests/kit/store-kit.ts';
import { makeEvents, until } from '../../tests/kit/store-kit.ts';
import { BatchReader, packBatch } from './append-batch.ts';
import { BlockPlanner } from './block-plan.ts';
import { EventInserter } from './event-inserter.ts';
import { EventReader } from './event-reader.ts';
import { scanCondition } from './event-scan.ts';
import { exportEvents } from './event-export.ts';
import { EventSummaries } from './event-summaries.ts';
import { registerFilterFunctions } from './filter-sql.ts';
import type { ReaderTask } from './event-reader.ts';
import { BLOCK_ROWS, openForReading, openForWriting, readNumber } from './schema.ts';
import { SignatureKeeper, SignatureMaker } from './signatures.ts';

const FILTERS = 150;
const BLOCKS = 4;
const ROWS_PER_PAGE = 1_000;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
let kit: StoreKit;

beforeEach(() => {
  kit = new StoreKit();
});
afterEach(() => kit.end());

function answer<Answer>(task: ReaderTask<Answer>): Answer {
  for (;;) {
    const step = task.next();
    if (step.done === true) return step.value;
  }
}

interface Stored {
  readonly row: EventRow;
  readonly body: EventBody;
}

/** Random events, and in each block a few that only it has. */
function fill(path: string): Stored[] {
  const database = openForWriting(path, 'normal');
  const inserter = new EventInserter(database, 0);
  const random = fc.sample(events, { numRuns: 600, seed: 5 });
  const stored: Stored[] = [];
  inserter.begin();
  for (let seq = inserter.nextSeq; seq < BLOCKS * BLOCK_ROWS + 10; seq += 1) {
    const { row, body } = random[(seq * 7) % random.length] ?? { row: makeEvent(0), body: new Uint8Array() };
    const block = Math.floor(seq / BLOCK_ROWS);
    const own = seq % 100 === 0 ? Buffer.from(`{"a":"only in ${block}","size":${seq}}`) : body;
    const event = { ...row, head: new Uint8Array(), body: own };
    const preview = inserter.insert(new BatchReader(packBatch([[event]])).next());
    const text = decoder.decode(own);
    stored.push({
      row: { ...row, seq, bodyBytes: own.length, preview },
      body: new EventBody(() => text),
    });
  }
  inserter.commit();
  const maker = new SignatureMaker(database);
  const keeper = new SignatureKeeper(database);
  for (let block = 0; block < BLOCKS; block += 1) keeper.put(block, answer(maker.make(block)));
  expect(readNumber(database, 'SELECT count(*) FROM signatures')).toBe(BLOCKS);
  database.close();
  return stored;
}

class Searcher {
  readonly database: DatabaseSync;
  readonly #reader: EventReader;
  readonly #summaries: EventSummaries;

  constructor(path: string) {
    this.database = openForReading(path);
    registerFilterFunctions(this.database);
    this.#reader = new EventReader(this.database);
    this.#summaries = new EventSummaries(this.database);
  }

  rows(filter: Expression | null, direction: 'before' | 'after'): { rows: EventRow[]; scannedRows: number } {
    const pages: EventRow[][] = [];
    let scannedRows = 0;
    let anchorSeq = direction === 'after' ? -1 : Number.MAX_SAFE_INTEGER;
    for (;;) {
      const query = { filter, range: ANY_TIME, direction, anchorSeq, rowsMax: ROWS_PER_PAGE };
      const page: FeedPage = answer(this.#reader.page(query));
      pages.push(page.rows);
      scannedRows += page.scannedRows;
      if (page.done) break;
      anchorSeq = page.nextAnchorSeq;
    }
    return { rows: (direction === 'after' ? pages : pages.reverse()).flat(), scannedRows };
  }

  counts(filter: Expression | null): { charted: number; faceted: number; exported: number } {
    const query = { filter, range: ANY_TIME };
    const { buckets } = answer(this.#summaries.histogram(query, 0, 3_000_000_000_000, 7));
    const charted = buckets.reduce((sum, one) => sum + one.rest + one.warnings + one.errors, 0);
    const { facets } = answer(this.#summaries.facets(query, 5));
    const faceted = facets[0]?.values.reduce((sum, one) => sum + one.count, facets[0].otherCount) ?? 0;
    let exported = 0;
    const plan = { query, format: 'jsonl' as const, bodies: false };
    answer(exportEvents(this.database, plan, (chunk) => (exported = chunk.rowsWritten)));
    return { charted, faceted, exported };
  }

  passedRows(filter: Expression): number {
    const condition = scanCondition({ filter, range: ANY_TIME });
    const plan = new BlockPlanner(this.database).blocks('after', 0, condition, 1_000_000);
    return plan.blocks.reduce((sum, block) => sum + block.passedRows, plan.passedRows);
  }
}

describe('a search', () => {
  it('finds the same with signatures, without, and by the matcher', { timeout: 180_000 }, () => {
    const path = join(kit.folder, 'events.db');
    const stored = fill(path);
    const signed = new Searcher(path);
    const filters = [
      ...['"only in 2"', 'body.a="only in 1"', 'body.a:*3', 'body.size>4000', 'body.size<5 OR "in 0"'].map(
        filterOf,
      ),
      ...fc.sample(closeExpressions, { numRuns: FILTERS, seed: 9 }),
    ].filter((filter) => filter !== null);
    const wanted = filters.map((filter) => {
      const matches = compileMatcher(filter);
      return stored.filter(({ row, body }) => matches({ ...row, body })).map(({ row }) => row);
    });
    let filtersThatPass = 0;
    const expectSame = (searcher: Searcher): void => {
      filters.forEach((filter, index) => {
        const direction = index % 2 === 0 ? ('before' as const) : ('after' as const);
        const { rows, scannedRows } = searcher.rows(filter, direction);
        expect(rows, printFilter(filter)).toEqual(wanted[index]);
        // Progress counts every row once, whether looked at or left out; rows of a block cut by a page again.
        if (rows.length < ROWS_PER_PAGE) expect(scannedRows).toBe(stored.length);
        const count = rows.length;
        expect(searcher.counts(filter)).toEqual({ charted: count, faceted: count, exported: count });
        if (searcher.passedRows(filter) > 0) filtersThatPass += 1;
      });
    };
    expectSame(signed);
    expect(filtersThatPass).toBeGreaterThan(FILTERS / 10);
    signed.database.close();
    const database = new DatabaseSync(path);
    database.exec('DROP TABLE signatures');
    database.close();
    filtersThatPass = 0;
    const unsigned = new Searcher(path);
    expectSame(unsigned);
    expect(filtersThatPass).toBe(0);
    unsigned.database.close();
  });
});

/** Blocks that have a signature, asked on a connection of our own. */
function signedBlocks(): number[] {
  const database = new DatabaseSync(join(kit.folder, 'events.db'), { readOnly: true });
  try {
    const rows = database.prepare('SELECT block FROM signatures ORDER BY block').all();
    return rows.map((row) => Number(row['block']));
  } finally {
    database.close();
  }
}

describe('the store', () => {
  it('makes a signature for each block that is full, and searches by them', async () => {
    const store = await kit.open();
    await store.append(makeEvents(5_000));
    await store.append([makeEvent(1, { body: Buffer.from('{"index":"needle"}') })]);
    await store.append(makeEvents(3_000));
    await until('blocks have their signatures', () => signedBlocks().length === 7);
    expect(signedBlocks()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const found = await store.page({
      filter: filterOf('body.index=needle'),
      range: ANY_TIME,
      direction: 'before',
      anchorSeq: Number.MAX_SAFE_INTEGER,
      rowsMax: 10,
    });
    expect(found).toMatchObject({ done: true, scannedRows: 8_001 });
    expect(found.rows.map((row) => row.seq)).toEqual([5_001]);
  });

  it('takes over the file of an older console, which can still open it afterwards', async () => {
    const path = join(kit.folder, 'events.db');
    const first = await kit.open();
    await first.append(makeEvents(3_000));
    await first.close();
    const old = new DatabaseSync(path);
    old.exec('DROP TABLE signatures');
    old.close();
    const store = await kit.open();
    expect((await allRows(store, { filter: filterOf('body.index=2999') })).length).toBe(1);
    await until('old blocks have their signatures', () => signedBlocks().length === 2);
    expect((await allRows(store, { filter: filterOf('body.index=2999') })).length).toBe(1);
    await store.close();
    const after = new DatabaseSync(path);
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    // What an older console frees, it frees without their signatures.
    after.exec('DELETE FROM events WHERE seq < 1024; DELETE FROM bodies WHERE seq < 1024');
    after.exec('DELETE FROM blocks WHERE block = 0');
    after.close();
    const again = await kit.open();
    expect(signedBlocks()).toEqual([1]);
    expect((await allRows(again, EVERYTHING)).length).toBe(3_000 - 1_023);
  });

  it('frees signatures with their blocks', async () => {
    const store = await kit.open();
    const body = new Uint8Array(2_000).fill(97);
    await store.append(makeEvents(5_000, { body }));
    await until('blocks have their signatures', () => signedBlocks().length === 4);
    await store.setRetention(30, 6 * 1024 * 1024);
    await until('the oldest went', () => store.stats().oldestSeq > 2_048);
    await until('so did their signatures', () => (signedBlocks()[0] ?? 0) >= 2);
    expect(signedBlocks().at(-1)).toBe(3);
  });
});
