/**
 * Everything that only looks at the event database, for the reader thread. Long work is a generator: each `yield` is a
 * point where other requests get their turn and a cancelled one ends. Every step is a read transaction of its own, so that
 * no search, however long, keeps the log from being folded in.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FeedFacets, FeedHistogram, FeedPage, TimeRange } from '../../shared/contract/feed.ts';
import { FACET_FIELDS } from '../../shared/contract/feed.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { SEVERITIES } from '../../shared/model/event.ts';
import type { EventDetail, EventRow } from '../../shared/model/event.ts';
import { BlockPlanner } from './block-plan.ts';
import type { BlockSummary, ScanRun } from './block-plan.ts';
import { bytesChecksum } from './event-inserter.ts';
import type { EventQuery, PageQuery } from './event-store.ts';
import { filterCondition } from './filter-sql.ts';
import type { FilterCondition } from './filter-sql.ts';
import { ROW_COLUMNS, ROW_COLUMN_COUNT, rowFromColumns } from './row-columns.ts';
import { BLOCK_ROWS, readNumber } from './schema.ts';

/** Steps of one page call (shared/contract/feed.ts, feedPageInput). */
const STEPS_PER_PAGE = 4;
/** Histograms and facets of a filter look at so many steps of the newest rows. */
const STEPS_PER_SUMMARY = 8;
/** A row whose body is looked into costs some thirty times a row that is not. */
const BODY_ROWS_PER_STEP = 4_096;
const WARN = SEVERITIES.indexOf('warn');

/** A request at work: yields between steps, returns its answer. */
export type ReaderTask<Answer> = Generator<void, Answer, void>;

interface Condition extends FilterCondition {
  readonly range: TimeRange;
  readonly rowsPerStep: number;
  /** True when every row matches: nothing has to be looked at to know. */
  readonly matchesAll: boolean;
}

export class EventReader {
  readonly #database: DatabaseSync;
  readonly #planner: BlockPlanner;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#planner = new BlockPlanner(database);
  }

  read(seq: number): EventDetail | null {
    const sql = `SELECT ${ROW_COLUMNS}, b.crc, b.head, b.body, m.note, m.at_ms
      FROM events AS e JOIN bodies AS b ON b.seq = e.seq LEFT JOIN bookmarks AS m ON m.seq = e.seq WHERE e.seq = ?`;
    const values: unknown = this.#prepare(sql).get(seq);
    if (!Array.isArray(values)) return null;
    const row = mustBeRow(rowFromColumns(values.slice(0, ROW_COLUMN_COUNT)), seq);
    const [crc, head, body, note, atMs]: unknown[] = values.slice(ROW_COLUMN_COUNT);
    if (!(head instanceof Uint8Array) || !(body instanceof Uint8Array)) throw damagedRow(seq);
    if (bytesChecksum(Buffer.concat([head, body]), seq) !== crc) throw damagedRow(seq);
    const bookmark = typeof note === 'string' ? { note, atMs: Number(atMs) } : null;
    return { row, body: new Uint8Array(body), head: new Uint8Array(head), bookmark };
  }

  *page(query: PageQuery): ReaderTask<FeedPage> {
    const startedMs = performance.now();
    const condition = conditionOf(query);
    const backwards = query.direction === 'before';
    const rows: EventRow[] = [];
    let scannedRows = 0;
    let anchorSeq = query.anchorSeq;
    let done = false;
    for (let step = 0; step < STEPS_PER_PAGE && !done && rows.length < query.rowsMax; step += 1) {
      if (step > 0) yield;
      this.#inTransaction(() => {
        const need = query.rowsMax - rows.length;
        const rowsMax = condition.matchesAll ? need + 1 : condition.rowsPerStep;
        const runs = this.#planner.runs(query.direction, firstToScan(query.direction, anchorSeq), condition.range, rowsMax);
        if (runs.length === 0) done = true;
        for (const run of runs) {
          const found = this.#scanRun(condition, run, backwards, query.rowsMax - rows.length);
          rows.push(...found);
          const last = found.at(-1);
          const filled = rows.length >= query.rowsMax && last !== undefined;
          scannedRows += filled ? Math.min(run.rows, Math.abs(last.seq - (backwards ? run.lastSeq : run.firstSeq)) + 1) : run.rows;
          anchorSeq = filled ? last.seq : backwards ? run.firstSeq : run.lastSeq;
          if (filled) break;
        }
      });
    }
    if (!done) done = this.#nothingBeyond(query, anchorSeq);
    if (backwards) rows.reverse();
    return { rows, done, nextAnchorSeq: anchorSeq, scannedRows, ...this.#ends(), elapsedMs: performance.now() - startedMs };
  }

  /** Blocks that lie in one bucket are counted by their sums; the others row by row, newest first, up to a bound. */
  *histogram(query: EventQuery, fromMs: number, toMs: number, buckets: number): ReaderTask<FeedHistogram> {
    const counts = Array.from({ length: buckets }, () => ({ rest: 0, warnings: 0, errors: 0 }));
    const range = overlap(query.range, { fromMs, toMs });
    const condition = conditionOf({ filter: query.filter, range });
    const bucketOf = (ms: number): number => Math.floor(((ms - fromMs) * buckets) / (toMs - fromMs));
    const limit = condition.rowsPerStep * STEPS_PER_SUMMARY;
    let seq = Number.MAX_SAFE_INTEGER;
    let scannedRows = 0;
    let complete = false;
    while (scannedRows < limit) {
      const blocks = this.#planner.blocks('before', seq, range, condition.rowsPerStep);
      if (blocks.length === 0) {
        complete = true;
        break;
      }
      this.#inTransaction(() => {
        for (const block of blocks) {
          const bucket = counts[bucketOf(block.minMs)];
          if (query.filter === null && bucket !== undefined && liesWithin(block, range, bucketOf)) {
            addTo(bucket, block.rows, block.warnings, block.errors);
            continue;
          }
          scannedRows += block.rows;
          for (const [index = -1, rows, warnings, errors] of this.#countBlock(condition, block, fromMs, toMs, buckets)) {
            const target = counts[index];
            if (target !== undefined) addTo(target, rows, warnings, errors);
          }
        }
      });
      seq = (blocks.at(-1)?.block ?? 0) * BLOCK_ROWS - 1;
      if (seq < 0) {
        complete = true;
        break;
      }
      yield;
    }
    return { fromMs, toMs, buckets: counts, complete };
  }

  *facets(query: EventQuery, valuesMax: number): ReaderTask<FeedFacets> {
    const condition = conditionOf(query);
    const counts = FACET_FIELDS.map(() => new Map<string, number>());
    const limit = condition.rowsPerStep * STEPS_PER_PAGE;
    let seq = Number.MAX_SAFE_INTEGER;
    let scannedRows = 0;
    let complete = false;
    while (scannedRows < limit && !complete) {
      this.#inTransaction(() => {
        const runs = this.#planner.runs('before', seq, condition.range, condition.rowsPerStep);
        for (const run of runs) {
          this.#countFacets(condition, run, counts);
          scannedRows += run.rows;
        }
        seq = (runs.at(-1)?.firstSeq ?? 0) - 1;
        complete = seq < 0;
      });
      yield;
    }
    const facets = FACET_FIELDS.map((field, index) => ({ field, ...topValues(counts[index] ?? new Map<string, number>(), valuesMax) }));
    return { facets, scannedRows, complete };
  }

  /** Runs `work` against one state of the database. */
  #inTransaction(work: () => void): void {
    this.#database.exec('BEGIN');
    try {
      work();
    } finally {
      this.#database.exec('ROLLBACK');
    }
  }

  #scanRun(condition: Condition, run: ScanRun, backwards: boolean, rowsMax: number): EventRow[] {
    // The join is left for the rows that match: the scan itself stays on the narrow table.
    const sql = `SELECT ${ROW_COLUMNS} FROM events AS e CROSS JOIN bodies AS b ON b.seq = e.seq
      WHERE e.seq BETWEEN ? AND ? AND ${RANGE_SQL} AND (${condition.sql}) ORDER BY e.seq ${backwards ? 'DESC' : 'ASC'} LIMIT ?`;
    const found: unknown[] = this.#prepare(sql).all(
      run.firstSeq,
      run.lastSeq,
      ...rangeValues(condition.range),
      ...condition.parameters,
      rowsMax,
    );
    return found.map((values) => mustBeRow(rowFromColumns(values), 0));
  }

  /** Cheap certainty that a full page was also the last one. */
  #nothingBeyond(query: PageQuery, anchorSeq: number): boolean {
    const seq = firstToScan(query.direction, anchorSeq);
    if (seq < 0) return true;
    const [run] = this.#planner.runs(query.direction, seq, query.range, 1);
    if (run === undefined) return true;
    const sql = 'SELECT 1 FROM events WHERE seq BETWEEN ? AND ? LIMIT 1';
    if (this.#prepare(sql).get(run.firstSeq, run.lastSeq) !== undefined) return false;
    return this.#nothingBeyond(query, query.direction === 'before' ? run.firstSeq : run.lastSeq);
  }

  #countBlock(condition: Condition, block: BlockSummary, fromMs: number, toMs: number, buckets: number): number[][] {
    const sql = `SELECT CAST((e.received_ms - ?) * ? / ? AS INTEGER), count(*), total(e.severity = ${WARN}), total(e.severity > ${WARN})
      FROM events AS e WHERE e.seq BETWEEN ? AND ? AND ${RANGE_SQL} AND (${condition.sql}) GROUP BY 1`;
    const first = block.block * BLOCK_ROWS;
    const found: unknown[] = this.#prepare(sql).all(
      fromMs,
      buckets,
      toMs - fromMs,
      first,
      first + BLOCK_ROWS - 1,
      ...rangeValues(condition.range),
      ...condition.parameters,
    );
    return found.map((values) => (Array.isArray(values) ? values.map(Number) : []));
  }

  #countFacets(condition: Condition, run: ScanRun, counts: readonly Map<string, number>[]): void {
    const columns = 'e.source, e.severity, e.kind, e.type, e.host, e.link';
    const sql = `SELECT count(*), ${columns} FROM events AS e
      WHERE e.seq BETWEEN ? AND ? AND ${RANGE_SQL} AND (${condition.sql}) GROUP BY ${columns}`;
    const values = [run.firstSeq, run.lastSeq, ...rangeValues(condition.range), ...condition.parameters];
    for (const row of this.#prepare(sql).all(...values) as unknown[]) {
      if (!Array.isArray(row)) continue;
      const [count, ...facets]: unknown[] = row;
      facets.forEach((facet, index) => {
        const value = typeof facet === 'number' ? (SEVERITIES[facet] ?? '') : String(facet);
        const map = counts[index];
        map?.set(value, (map.get(value) ?? 0) + Number(count));
      });
    }
  }

  #ends(): { oldestSeq: number; newestSeq: number } {
    return {
      oldestSeq: readNumber(this.#database, 'SELECT min(seq) FROM events'),
      newestSeq: readNumber(this.#database, 'SELECT max(seq) FROM events'),
    };
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    // Filters are typed by people: the cache would grow without end.
    if (this.#statements.size >= 64) this.#statements.clear();
    const statement = this.#database.prepare(sql, { returnArrays: true });
    this.#statements.set(sql, statement);
    return statement;
  }
}

const RANGE_SQL = 'e.received_ms >= ? AND e.received_ms < ?';

function rangeValues(range: TimeRange): [number, number] {
  return [range.fromMs ?? -Number.MAX_VALUE, range.toMs ?? Number.MAX_VALUE];
}

function conditionOf(query: EventQuery): Condition {
  const condition = filterCondition(query.filter);
  const open = query.range.fromMs === null && query.range.toMs === null;
  const rowsPerStep = condition.needsBody ? BODY_ROWS_PER_STEP : LIMITS.storeScanRowsPerStep;
  return { ...condition, range: query.range, rowsPerStep, matchesAll: query.filter === null && open };
}

function firstToScan(direction: 'before' | 'after', anchorSeq: number): number {
  if (direction === 'after') return Math.min(anchorSeq, Number.MAX_SAFE_INTEGER - 1) + 1;
  return anchorSeq - 1;
}

function overlap(a: TimeRange, b: { fromMs: number; toMs: number }): { fromMs: number; toMs: number } {
  return { fromMs: Math.max(a.fromMs ?? b.fromMs, b.fromMs), toMs: Math.min(a.toMs ?? b.toMs, b.toMs) };
}

function liesWithin(block: BlockSummary, range: { fromMs: number; toMs: number }, bucketOf: (ms: number) => number): boolean {
  if (block.minMs < range.fromMs || block.maxMs >= range.toMs) return false;
  return bucketOf(block.minMs) === bucketOf(block.maxMs);
}

function addTo(bucket: { rest: number; warnings: number; errors: number }, rows = 0, warnings = 0, errors = 0): void {
  bucket.rest += rows - warnings - errors;
  bucket.warnings += warnings;
  bucket.errors += errors;
}

function topValues(counts: Map<string, number>, valuesMax: number): { values: { value: string; count: number }[]; otherCount: number } {
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const values = sorted.slice(0, valuesMax).map(([value, count]) => ({ value, count }));
  const otherCount = sorted.slice(valuesMax).reduce((total, [, count]) => total + count, 0);
  return { values, otherCount };
}

function mustBeRow(row: EventRow | null, seq: number): EventRow {
  if (row === null) throw damagedRow(seq);
  return row;
}

function damagedRow(seq: number): OperatingError {
  return new OperatingError('E_STORE_DAMAGED', `event ${seq} does not read as it was written`);
}
