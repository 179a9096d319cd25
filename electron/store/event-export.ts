/** Turns matching events into chunks of export text, oldest first, one chunk at a time. */
import type { DatabaseSync } from 'node:sqlite';
import { BlockPlanner } from './block-plan.ts';
import type { ScanRun } from './block-plan.ts';
import type { ReaderTask } from './event-reader.ts';
import type { EventQuery } from './event-store.ts';
import { csvHeader, csvLine, jsonLine } from './export-format.ts';
import type { ExportBytes } from './export-format.ts';
import { RANGE_SQL, rangeValues, scanCondition } from './event-scan.ts';
import type { ScanCondition } from './event-scan.ts';
import { ROW_COLUMNS, ROW_COLUMN_COUNT, rowFromColumns } from './row-columns.ts';
import { readNumber } from './schema.ts';
import { damagedRow } from './store-damage.ts';

/** A chunk is passed on when it has about this much; one large body may make it longer. */
const CHUNK_CHARACTERS = 256 * 1024;

export interface ExportPlan {
  readonly query: EventQuery;
  readonly format: 'jsonl' | 'csv';
  readonly bodies: boolean;
}

export interface ExportChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rowsWritten: number;
  readonly rowsScanned: number;
  readonly rowsTotal: number;
}

/**
 * `give` passes a chunk on and parks this task until the chunk was taken; it runs on after the next `yield`.
 */
export function* exportEvents(
  database: DatabaseSync,
  plan: ExportPlan,
  give: (chunk: ExportChunk) => void,
): ReaderTask<'exported'> {
  const run = new ExportRun(database, plan);
  while (!run.done) {
    const chunk = run.next();
    if (chunk !== null) give(chunk);
    yield;
  }
  return 'exported';
}

class ExportRun {
  readonly #database: DatabaseSync;
  readonly #plan: ExportPlan;
  readonly #planner: BlockPlanner;
  readonly #condition: ScanCondition;
  readonly #lastSeq: number;
  readonly #rowsTotal: number;
  readonly #encoder = new TextEncoder();
  #text: string;
  #seq = 0;
  #rowsWritten = 0;
  #rowsScanned = 0;
  done = false;

  constructor(database: DatabaseSync, plan: ExportPlan) {
    this.#database = database;
    this.#plan = plan;
    this.#planner = new BlockPlanner(database);
    this.#condition = scanCondition(plan.query);
    // Events that arrive while it runs are not part of it: it would never end.
    this.#lastSeq = readNumber(database, 'SELECT max(seq) FROM events');
    this.#rowsTotal = readNumber(database, 'SELECT total(rows) FROM blocks');
    this.#text = plan.format === 'csv' ? csvHeader(plan.bodies) : '';
  }

  /** Works until a chunk is full or one step of the scan is over. */
  next(): ExportChunk | null {
    // Of one row: the first block that may match, and whatever is left out on the way to it.
    const plan = this.#planner.runs('after', this.#seq, this.#condition, 1);
    const [run] = plan.runs;
    if (plan.lastSeq === null || (run ?? { firstSeq: this.#seq }).firstSeq > this.#lastSeq) {
      this.done = true;
      return this.#cut();
    }
    const filled = run !== undefined && this.#scan({ ...run, lastSeq: Math.min(run.lastSeq, this.#lastSeq) });
    if (!filled) {
      this.#seq = plan.lastSeq + 1;
      const rows = (run?.passedRows ?? 0) + (run?.rows ?? 0) + plan.passedRows;
      this.#rowsScanned = Math.min(this.#rowsTotal, this.#rowsScanned + rows);
    }
    return filled || this.#text.length >= CHUNK_CHARACTERS ? this.#cut() : null;
  }

  /** True when the chunk was full before the run was over. */
  #scan(run: ScanRun): boolean {
    const { bodies, format } = this.#plan;
    const condition = this.#condition;
    const sql = `SELECT ${ROW_COLUMNS}${bodies ? ', b.head, b.body' : ''}
      FROM events AS e CROSS JOIN bodies AS b ON b.seq = e.seq
      WHERE e.seq BETWEEN ? AND ? AND ${RANGE_SQL} AND (${condition.where}) ORDER BY e.seq`;
    const statement = this.#database.prepare(sql, { returnArrays: true });
    const rows: Iterable<unknown> = statement.iterate(
      run.firstSeq,
      run.lastSeq,
      ...rangeValues(condition.range),
      ...condition.parameters,
    );
    for (const values of rows) {
      const row = Array.isArray(values) ? rowFromColumns(values.slice(0, ROW_COLUMN_COUNT)) : null;
      if (row === null || !Array.isArray(values)) throw damagedRow(run.firstSeq);
      const bytes = bodies ? bytesOf(values.slice(ROW_COLUMN_COUNT), row.seq) : null;
      this.#text += format === 'csv' ? csvLine(row, bytes) : jsonLine(row, bytes);
      this.#rowsWritten += 1;
      if (this.#text.length < CHUNK_CHARACTERS) continue;
      this.#seq = row.seq + 1;
      return true;
    }
    return false;
  }

  #cut(): ExportChunk {
    const bytes = this.#encoder.encode(this.#text);
    this.#text = '';
    return {
      bytes,
      rowsWritten: this.#rowsWritten,
      rowsScanned: this.#rowsScanned,
      rowsTotal: this.#rowsTotal,
    };
  }
}

function bytesOf(values: readonly unknown[], seq: number): ExportBytes {
  const [head, body] = values;
  if (!(head instanceof Uint8Array) || !(body instanceof Uint8Array)) throw damagedRow(seq);
  return { head, body };
}
