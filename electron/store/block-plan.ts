/**
 * Which blocks a bounded scan reads next: the one place that leaves blocks out. Blocks whose times or whose
 * signature say that nothing in them can match are never touched.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TimeRange } from '../../shared/contract/feed.ts';
import { BLOCK_ROWS, blockOf } from './schema.ts';
import type { SignatureTest } from './signature-test.ts';
import { SIGNATURE_COLUMNS, hasSignatures, signatureOf } from './signatures.ts';

/** Sequence numbers from `firstSeq` to `lastSeq`, both inclusive. */
export interface ScanRun {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Rows the blocks of this run hold: what a scan of it costs. */
  readonly rows: number;
  /** Rows of the blocks that were left out on the way to this run. */
  readonly passedRows: number;
}

export interface BlockSummary {
  readonly block: number;
  readonly rows: number;
  readonly warnings: number;
  readonly errors: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** What can leave blocks out. */
export interface BlockCondition {
  readonly range: TimeRange;
  /** Null: signatures cannot help. */
  readonly mayMatch: SignatureTest | null;
}

export interface BlockPlan {
  /** To look into, nearest first. */
  readonly blocks: readonly (BlockSummary & { readonly passedRows: number })[];
  /** Rows of the blocks left out after the last of them. */
  readonly passedRows: number;
  /** The last block that was considered, or null when there are no more. */
  readonly lastBlock: number | null;
}

export interface RunPlan {
  readonly runs: readonly ScanRun[];
  readonly passedRows: number;
  /** The last number that is dealt with when the runs are, or null when there are no more events. */
  readonly lastSeq: number | null;
}

export type Direction = 'before' | 'after';

const COLUMNS = 'b.block, b.rows, b.warnings, b.errors, b.min_ms, b.max_ms';
const COLUMN_COUNT = 6;
/** Of one step: even blocks that hold a row or two each must not make it long. */
const BLOCKS_PER_STEP_MAX = 4_096;
/** A step may look at so many signatures instead of doing anything else. */
const SIGNATURES_PER_STEP = 256;

export class BlockPlanner {
  readonly #plain: Readonly<Record<Direction, StatementSync>>;
  /** With the signature of each block; null in a database that has none yet. */
  readonly #signed: Readonly<Record<Direction, StatementSync>> | null;

  constructor(database: DatabaseSync) {
    const both = (columns: string, join: string): Record<Direction, StatementSync> => {
      const prepare = (comparison: string, order: string): StatementSync =>
        database.prepare(
          `SELECT ${columns} FROM blocks AS b ${join} WHERE b.block ${comparison} ?
           AND b.rows > 0 AND b.min_ms < ? AND b.max_ms >= ? ORDER BY b.block ${order} LIMIT ?`,
          { returnArrays: true },
        );
      return { before: prepare('<=', 'DESC'), after: prepare('>=', 'ASC') };
    };
    this.#plain = both(COLUMNS, '');
    this.#signed = hasSignatures(database)
      ? both(`${COLUMNS}, ${SIGNATURE_COLUMNS}`, 'LEFT JOIN signatures AS s ON s.block = b.block')
      : null;
  }

  /**
   * Blocks from the one that holds `seq` on, nearest first, until they hold `rowsMax` rows or enough blocks
   * were left out; at least one is considered when there is one.
   */
  blocks(direction: Direction, seq: number, condition: BlockCondition, rowsMax: number): BlockPlan {
    const mayMatch = this.#signed === null ? null : condition.mayMatch;
    const statement = (mayMatch === null ? this.#plain : (this.#signed ?? this.#plain))[direction];
    const toMs = condition.range.toMs ?? Number.MAX_VALUE;
    const fromMs = condition.range.fromMs ?? -Number.MAX_VALUE;
    const blocks: (BlockSummary & { passedRows: number })[] = [];
    let cost = 0;
    let passedRows = 0;
    let lastBlock: number | null = null;
    for (const row of statement.iterate(blockOf(seq), toMs, fromMs, BLOCKS_PER_STEP_MAX)) {
      const values: readonly unknown[] = Array.isArray(row) ? row : [];
      const summary = toSummary(values);
      lastBlock = summary.block;
      const signature = mayMatch === null ? null : signatureOf(values.slice(COLUMN_COUNT), summary.block);
      if (signature !== null && mayMatch !== null && !mayMatch(signature)) {
        passedRows += summary.rows;
        cost += rowsMax / SIGNATURES_PER_STEP;
      } else {
        blocks.push({ ...summary, passedRows });
        passedRows = 0;
        cost += summary.rows;
      }
      if (cost >= rowsMax) break;
    }
    return { blocks, passedRows, lastBlock };
  }

  /** The same as runs of neighbouring blocks of at most about `rowsPerRun` rows, cut at `seq` (inclusive). */
  runs(
    direction: Direction,
    seq: number,
    condition: BlockCondition,
    rowsMax: number,
    rowsPerRun = rowsMax,
  ): RunPlan {
    const plan = this.blocks(direction, seq, condition, rowsMax);
    const runs: ScanRun[] = [];
    for (const { block, rows, passedRows } of plan.blocks) {
      const firstSeq = direction === 'after' ? Math.max(firstSeqOf(block), seq) : firstSeqOf(block);
      const lastSeq = direction === 'before' ? Math.min(lastSeqOf(block), seq) : lastSeqOf(block);
      const previous = runs.at(-1);
      const touches =
        previous !== undefined &&
        previous.rows + rows <= rowsPerRun &&
        (previous.firstSeq === lastSeq + 1 || previous.lastSeq === firstSeq - 1);
      if (!touches) {
        runs.push({ firstSeq, lastSeq, rows, passedRows });
        continue;
      }
      runs[runs.length - 1] = {
        firstSeq: Math.min(previous.firstSeq, firstSeq),
        lastSeq: Math.max(previous.lastSeq, lastSeq),
        rows: previous.rows + rows,
        passedRows: previous.passedRows,
      };
    }
    const { passedRows, lastBlock } = plan;
    const edgeOf = direction === 'before' ? firstSeqOf : lastSeqOf;
    return { runs, passedRows, lastSeq: lastBlock === null ? null : edgeOf(lastBlock) };
  }
}

function firstSeqOf(block: number): number {
  return block * BLOCK_ROWS;
}

function lastSeqOf(block: number): number {
  return firstSeqOf(block) + BLOCK_ROWS - 1;
}

function toSummary(values: readonly unknown[]): BlockSummary {
  const [block = 0, rows = 0, warnings = 0, errors = 0, minMs = 0, maxMs = 0] = values
    .slice(0, COLUMN_COUNT)
    .map(Number);
  return { block, rows, warnings, errors, minMs, maxMs };
}
