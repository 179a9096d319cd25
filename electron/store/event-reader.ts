/**
 * Everything that only looks at the event database, for the reader thread. Long work is a generator: each
 * `yield` is a point where other requests get their turn and a cancelled one ends. Every step is a read of
 * its own, so that no search, however long, keeps the log from being folded in.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FeedPage } from '../../shared/contract/feed.ts';
import type { EventDetail, EventRow } from '../../shared/model/event.ts';
import { BlockPlanner } from './block-plan.ts';
import type { ScanRun } from './block-plan.ts';
import { bytesChecksum } from './event-inserter.ts';
import { RANGE_SQL, rangeValues, scanCondition } from './event-scan.ts';
import type { ScanCondition } from './event-scan.ts';
import type { PageQuery } from './event-store.ts';
import { ROW_COLUMNS, ROW_COLUMN_COUNT, rowFromColumns } from './row-columns.ts';
import { readNumber } from './schema.ts';
import { damagedRow } from './store-damage.ts';

/** Steps of one page call (shared/contract/feed.ts, feedPageInput). */
const STEPS_PER_PAGE = 4;
/** A step ends early then: other requests of this thread wait for it. */
const STEP_MS_MAX = 30;
/** Prepared statements kept; filters are typed by people, so there is no end to them. */
const STATEMENTS_MAX = 64;

/** A request at work: yields between steps, returns its answer. */
export type ReaderTask<Answer> = Generator<void, Answer, void>;

/** Where a page stands: filled from the anchor on. */
interface PageState {
  readonly rows: EventRow[];
  anchorSeq: number;
  scannedRows: number;
  done: boolean;
}

export class EventReader {
  readonly #database: DatabaseSync;
  readonly #planner: BlockPlanner;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#planner = new BlockPlanner(database);
  }

  /**
   * Null when there is no such event (any more). Fails with E_STORE_DAMAGED when it does not read as it was
   * written.
   */
  read(seq: number): EventDetail | null {
    const sql = `SELECT ${ROW_COLUMNS}, b.crc, b.head, b.body, m.note, m.at_ms
      FROM events AS e JOIN bodies AS b ON b.seq = e.seq
      LEFT JOIN bookmarks AS m ON m.seq = e.seq WHERE e.seq = ?`;
    const values: unknown = this.#prepare(sql).get(seq);
    if (!Array.isArray(values)) return null;
    const row = rowFromColumns(values.slice(0, ROW_COLUMN_COUNT));
    const [crc, head, body, note, atMs]: unknown[] = values.slice(ROW_COLUMN_COUNT);
    if (row === null || !(head instanceof Uint8Array) || !(body instanceof Uint8Array)) throw damagedRow(seq);
    if (bytesChecksum(head, body, seq) !== crc) throw damagedRow(seq);
    const bookmark = typeof note === 'string' ? { note, atMs: Number(atMs) } : null;
    return { row, body: new Uint8Array(body), head: new Uint8Array(head), bookmark };
  }

  *page(query: PageQuery): ReaderTask<FeedPage> {
    const startedMs = performance.now();
    const condition = scanCondition(query);
    const state: PageState = { rows: [], anchorSeq: query.anchorSeq, scannedRows: 0, done: false };
    for (let step = 0; step < STEPS_PER_PAGE && !state.done && state.rows.length < query.rowsMax; step += 1) {
      if (step > 0) yield;
      this.#pageStep(query, condition, state);
    }
    const done = state.done || this.#nothingBeyond(query, state.anchorSeq);
    const rows = query.direction === 'before' ? state.rows.reverse() : state.rows;
    return {
      rows,
      done,
      nextAnchorSeq: state.anchorSeq,
      scannedRows: state.scannedRows,
      oldestSeq: readNumber(this.#database, 'SELECT min(seq) FROM events'),
      newestSeq: readNumber(this.#database, 'SELECT max(seq) FROM events'),
      elapsedMs: performance.now() - startedMs,
    };
  }

  #pageStep(query: PageQuery, condition: ScanCondition, state: PageState): void {
    const startedMs = performance.now();
    const backwards = query.direction === 'before';
    const rowsMax = condition.matchesAll ? query.rowsMax - state.rows.length : condition.rowsPerStep;
    const plan = this.#planner.runs(
      query.direction,
      firstToScan(query, state.anchorSeq),
      condition,
      rowsMax,
      condition.rowsPerRun,
    );
    if (plan.lastSeq === null) state.done = true;
    for (const run of plan.runs) {
      const need = query.rowsMax - state.rows.length;
      const found = this.#scanRun(condition, run, backwards, need);
      state.rows.push(...found);
      state.scannedRows += run.passedRows;
      const last = found.at(-1);
      if (found.length >= need && last !== undefined) {
        const span = Math.abs(last.seq - (backwards ? run.lastSeq : run.firstSeq)) + 1;
        state.scannedRows += Math.min(run.rows, span);
        state.anchorSeq = last.seq;
        return;
      }
      state.scannedRows += run.rows;
      state.anchorSeq = backwards ? run.firstSeq : run.lastSeq;
      // Large bodies take longer than a step may; the next one goes on here.
      if (performance.now() - startedMs > STEP_MS_MAX) return;
    }
    state.scannedRows += plan.passedRows;
    state.anchorSeq = plan.lastSeq ?? state.anchorSeq;
  }

  #scanRun(condition: ScanCondition, run: ScanRun, backwards: boolean, rowsMax: number): EventRow[] {
    // CROSS JOIN keeps the order: the narrow table decides, and the bodies are looked up for the rows that
    // match.
    const sql = `SELECT ${ROW_COLUMNS} FROM events AS e CROSS JOIN bodies AS b ON b.seq = e.seq
      WHERE e.seq BETWEEN ? AND ? AND ${RANGE_SQL} AND (${condition.where})
      ORDER BY e.seq ${backwards ? 'DESC' : 'ASC'} LIMIT ?`;
    const range = rangeValues(condition.range);
    const found: unknown[] = this.#prepare(sql).all(
      run.firstSeq,
      run.lastSeq,
      ...range,
      ...condition.parameters,
      rowsMax,
    );
    return found.map((values) => {
      const row = rowFromColumns(values);
      if (row === null) throw damagedRow(Array.isArray(values) ? Number(values[0]) : run.firstSeq);
      return row;
    });
  }

  /** Cheap certainty that what was scanned was also the last of it. */
  #nothingBeyond(query: PageQuery, anchorSeq: number): boolean {
    let anchor = anchorSeq;
    for (;;) {
      const anything = { range: query.range, mayMatch: null };
      const { runs } = this.#planner.runs(query.direction, firstToScan(query, anchor), anything, 1);
      const [run] = runs;
      if (run === undefined) return true;
      const sql = 'SELECT 1 FROM events WHERE seq BETWEEN ? AND ? LIMIT 1';
      if (this.#prepare(sql).get(run.firstSeq, run.lastSeq) !== undefined) return false;
      anchor = query.direction === 'before' ? run.firstSeq : run.lastSeq;
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
    const statement = this.#database.prepare(sql, { returnArrays: true });
    this.#statements.set(sql, statement);
    return statement;
  }
}

function firstToScan(query: PageQuery, anchorSeq: number): number {
  return query.direction === 'before' ? anchorSeq - 1 : Math.min(anchorSeq, Number.MAX_SAFE_INTEGER - 1) + 1;
}
