/** Which blocks a bounded scan reads next. Blocks whose times cannot match are never touched. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TimeRange } from '../../shared/contract/feed.ts';
import { BLOCK_ROWS, blockOf } from './schema.ts';

/** Sequence numbers from `firstSeq` to `lastSeq`, both inclusive. */
export interface ScanRun {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Rows the blocks of this run hold: what a scan of it costs. */
  readonly rows: number;
}

export interface BlockSummary {
  readonly block: number;
  readonly rows: number;
  readonly warnings: number;
  readonly errors: number;
  readonly minMs: number;
  readonly maxMs: number;
}

const COLUMNS = 'block, rows, warnings, errors, min_ms, max_ms';
/** Of one step: even blocks that hold a row or two each must not make it long. */
const BLOCKS_PER_STEP_MAX = 4_096;

export class BlockPlanner {
  readonly #down: StatementSync;
  readonly #up: StatementSync;

  constructor(database: DatabaseSync) {
    const inRange = 'rows > 0 AND min_ms < ? AND max_ms >= ?';
    const array = { returnArrays: true };
    this.#down = database.prepare(
      `SELECT ${COLUMNS} FROM blocks WHERE block <= ? AND ${inRange} ORDER BY block DESC LIMIT ?`,
      array,
    );
    this.#up = database.prepare(
      `SELECT ${COLUMNS} FROM blocks WHERE block >= ? AND ${inRange} ORDER BY block LIMIT ?`,
      array,
    );
  }

  /**
   * Blocks from the one that holds `seq` on, nearest first, until they hold `rowsMax` rows; at least one when
   * there is one.
   */
  blocks(direction: 'before' | 'after', seq: number, range: TimeRange, rowsMax: number): BlockSummary[] {
    const statement = direction === 'before' ? this.#down : this.#up;
    const toMs = range.toMs ?? Number.MAX_VALUE;
    const fromMs = range.fromMs ?? -Number.MAX_VALUE;
    const found: BlockSummary[] = [];
    let rows = 0;
    for (const row of statement.iterate(blockOf(seq), toMs, fromMs, BLOCKS_PER_STEP_MAX)) {
      const summary = toSummary(row);
      found.push(summary);
      rows += summary.rows;
      if (rows >= rowsMax) break;
    }
    return found;
  }

  /** The same as runs of neighbouring blocks, cut at `seq` (inclusive). */
  runs(direction: 'before' | 'after', seq: number, range: TimeRange, rowsMax: number): ScanRun[] {
    const runs: ScanRun[] = [];
    for (const summary of this.blocks(direction, seq, range, rowsMax)) {
      const blockFirst = summary.block * BLOCK_ROWS;
      const firstSeq = direction === 'after' ? Math.max(blockFirst, seq) : blockFirst;
      const lastSeq =
        direction === 'before' ? Math.min(blockFirst + BLOCK_ROWS - 1, seq) : blockFirst + BLOCK_ROWS - 1;
      const previous = runs.at(-1);
      const touches =
        previous !== undefined && (previous.firstSeq === lastSeq + 1 || previous.lastSeq === firstSeq - 1);
      if (!touches) {
        runs.push({ firstSeq, lastSeq, rows: summary.rows });
        continue;
      }
      runs[runs.length - 1] = {
        firstSeq: Math.min(previous.firstSeq, firstSeq),
        lastSeq: Math.max(previous.lastSeq, lastSeq),
        rows: previous.rows + summary.rows,
      };
    }
    return runs;
  }
}

function toSummary(row: unknown): BlockSummary {
  const [block = 0, rows = 0, warnings = 0, errors = 0, minMs = 0, maxMs = 0] = Array.isArray(row)
    ? row.map(Number)
    : [];
  return { block, rows, warnings, errors, minMs, maxMs };
}
