/**
 * Frees the oldest rows by age and by size, in slices of a few milliseconds between commits, so that inserts
 * never wait long. Bookmarked rows stay. Deleted rows leave free pages, which the next inserts use; what is
 * far too much goes back to the disk.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SEVERITIES } from '../../shared/model/event.ts';
import { BLOCK_ROWS, PAGE_BYTES, readNumber } from './schema.ts';
import { SignatureKeeper } from './signatures.ts';

const MS_PER_DAY = 86_400_000;
const SLICE_MS = 4;
const ROWS_PER_DELETE_MIN = 16;
const ROWS_PER_DELETE_MAX = BLOCK_ROWS;
/**
 * Freeing starts below the limit, because events keep coming, and goes on a little, so that it seldom starts.
 */
const START_SHARE = 0.97;
const STOP_SHARE = 0.95;
/** A delete writes about this much to the log: whole pages go to the free list unwritten. */
const LOGGED_BYTES_PER_ROW = 300;
const LOGGED_PAGES_PER_DELETE = 8;
/** Free pages are kept for the next inserts up to this share of the file. */
const FREE_SHARE_MAX = 0.25;
const VACUUM_PAGES_PER_STEP = 32;
const WARN = SEVERITIES.indexOf('warn');

export interface DiskUse {
  readonly fileBytes: number;
  readonly freeBytes: number;
  readonly walBytes: number;
}

export interface RetentionLimits {
  readonly days: number;
  /** Of the database file alone. */
  readonly bytesMax: number;
}

export class Retention {
  readonly #database: DatabaseSync;
  readonly #oldestBlock: StatementSync;
  readonly #agedBlock: StatementSync;
  readonly #pick: StatementSync;
  readonly #pickAged: StatementSync;
  readonly #deleteEvents: StatementSync;
  readonly #deleteBodies: StatementSync;
  readonly #recount: StatementSync;
  readonly #putBlock: StatementSync;
  readonly #dropBlock: StatementSync;
  readonly #signatures: SignatureKeeper;
  #limits: RetentionLimits;
  #rowsPerDelete = 128;
  #freeing = false;
  #loggedBytes = 0;
  #agedFrom = -1;
  #agedCutoffMs = Number.NEGATIVE_INFINITY;
  /** Blocks below hold bookmarked rows only. */
  #floorBlock = 0;

  constructor(database: DatabaseSync, limits: RetentionLimits) {
    this.#database = database;
    this.#limits = limits;
    const array = { returnArrays: true };
    this.#oldestBlock = database.prepare(
      'SELECT block FROM blocks WHERE block >= ? AND rows > 0 ORDER BY block LIMIT 1',
      array,
    );
    this.#agedBlock = database.prepare(
      'SELECT block FROM blocks WHERE block > ? AND rows > 0 AND min_ms < ? ORDER BY block LIMIT 1',
      array,
    );
    const pick =
      'SELECT seq FROM events WHERE seq BETWEEN ? AND ? AND seq NOT IN (SELECT seq FROM bookmarks)';
    this.#pick = database.prepare(`${pick} ORDER BY seq LIMIT ?`, array);
    this.#pickAged = database.prepare(`${pick} AND received_ms < ? ORDER BY seq LIMIT ?`, array);
    this.#deleteEvents = database.prepare('DELETE FROM events WHERE seq = ?');
    this.#deleteBodies = database.prepare('DELETE FROM bodies WHERE seq = ?');
    this.#recount = database.prepare(
      `SELECT count(*), total(severity = ${WARN}), total(severity > ${WARN}),
         min(received_ms), max(received_ms)
       FROM events WHERE seq BETWEEN ? AND ?`,
      array,
    );
    this.#putBlock = database.prepare(
      'UPDATE blocks SET rows = ?, warnings = ?, errors = ?, min_ms = ?, max_ms = ? WHERE block = ?',
    );
    this.#signatures = new SignatureKeeper(database);
    // The newest block stays even when empty: it holds the highest number given.
    this.#dropBlock = database.prepare(
      'DELETE FROM blocks WHERE block = ? AND block < (SELECT max(block) FROM blocks)',
    );
  }

  setLimits(limits: RetentionLimits): void {
    this.#limits = limits;
    this.#floorBlock = 0;
  }

  /** A row below the floor lost its bookmark: it may go now. */
  lookAgain(): void {
    this.#floorBlock = 0;
    this.#agedFrom = -1;
  }

  /** Starts a sweep of rows older than the limit; `step` carries it out. */
  sweepAge(nowMs: number): void {
    this.#agedCutoffMs = nowMs - this.#limits.days * MS_PER_DAY;
    this.#agedFrom = -1;
  }

  /** About what was written to the log since the last call. */
  takeLoggedBytes(): number {
    const bytes = this.#loggedBytes;
    this.#loggedBytes = 0;
    return bytes;
  }

  /**
   * Works for about SLICE_MS. True while there is more to do. Outside transactions only; throws SQLite's
   * errors.
   */
  step(diskUse: () => DiskUse): boolean {
    const deadlineMs = performance.now() + SLICE_MS;
    const agedLeft = this.#stepAge(deadlineMs);
    const oversizeLeft = this.#stepSize(diskUse, deadlineMs);
    return agedLeft || oversizeLeft || this.#stepVacuum(diskUse());
  }

  /** For a full disk: the oldest `share` of the rows goes, whatever the limits say. Returns rows deleted. */
  freeShare(share: number): number {
    const target = Math.max(
      1,
      Math.ceil(readNumber(this.#database, 'SELECT total(rows) FROM blocks') * share),
    );
    let deleted = 0;
    while (deleted < target) {
      const step = this.#deleteOldest(Math.min(this.#rowsPerDelete, target - deleted));
      if (step === null) break;
      deleted += step;
    }
    return deleted;
  }

  #stepAge(deadlineMs: number): boolean {
    while (performance.now() < deadlineMs) {
      const block = firstNumber(this.#agedBlock.get(this.#agedFrom, this.#agedCutoffMs));
      if (block === null) return false;
      const seqs = this.#pickSeqs(this.#pickAged, block, this.#agedCutoffMs);
      // Bookmarked rows keep the block old: look past it in this sweep.
      if (seqs.length < this.#rowsPerDelete) this.#agedFrom = block;
      if (seqs.length > 0) this.#deleteRows(block, seqs);
    }
    return true;
  }

  #stepSize(diskUse: () => DiskUse, deadlineMs: number): boolean {
    do {
      const use = diskUse();
      const usedBytes = use.fileBytes - use.freeBytes;
      if (usedBytes > this.#limits.bytesMax * START_SHARE) this.#freeing = true;
      if (usedBytes <= this.#limits.bytesMax * STOP_SHARE) this.#freeing = false;
      if (!this.#freeing || this.#deleteOldest(this.#rowsPerDelete) === null) return false;
    } while (performance.now() < deadlineMs);
    return true;
  }

  /** Null when only bookmarked rows are left. */
  #deleteOldest(rowsMax: number): number | null {
    const block = firstNumber(this.#oldestBlock.get(this.#floorBlock));
    if (block === null) return null;
    const seqs = this.#pickSeqs(this.#pick, block).slice(0, rowsMax);
    if (seqs.length === 0) this.#floorBlock = block + 1;
    else this.#deleteRows(block, seqs);
    return seqs.length;
  }

  #pickSeqs(statement: StatementSync, block: number, ...more: number[]): number[] {
    const first = block * BLOCK_ROWS;
    const rows: unknown[] = statement.all(first, first + BLOCK_ROWS - 1, ...more, this.#rowsPerDelete);
    return rows.map((row) => firstNumber(row) ?? 0);
  }

  #deleteRows(block: number, seqs: readonly number[]): void {
    const startedMs = performance.now();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const seq of seqs) {
        this.#deleteEvents.run(seq);
        this.#deleteBodies.run(seq);
      }
      this.#recountBlock(block);
      this.#database.exec('COMMIT');
    } catch (error) {
      // Full disk or damage: the owner decides, but never inside an open transaction.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#loggedBytes += seqs.length * LOGGED_BYTES_PER_ROW + LOGGED_PAGES_PER_DELETE * PAGE_BYTES;
    const tookMs = performance.now() - startedMs;
    if (tookMs > SLICE_MS) this.#rowsPerDelete = Math.max(ROWS_PER_DELETE_MIN, this.#rowsPerDelete >> 1);
    else if (tookMs < SLICE_MS / 4)
      this.#rowsPerDelete = Math.min(ROWS_PER_DELETE_MAX, this.#rowsPerDelete << 1);
  }

  #recountBlock(block: number): void {
    const first = block * BLOCK_ROWS;
    const row = this.#recount.get(first, first + BLOCK_ROWS - 1) as unknown;
    const counts = Array.isArray(row) ? row.map(Number) : [];
    const [rows = 0, warnings = 0, errors = 0, minMs = 0, maxMs = 0] = counts;
    this.#putBlock.run(rows, warnings, errors, minMs, maxMs, block);
    if (rows > 0) return;
    this.#dropBlock.run(block);
    this.#signatures.drop(block);
  }

  #stepVacuum(use: DiskUse): boolean {
    const overLimit = use.fileBytes > this.#limits.bytesMax;
    const tooMuchFree = use.freeBytes > use.fileBytes * FREE_SHARE_MAX;
    const pages = Math.floor(use.freeBytes / PAGE_BYTES);
    if (pages < VACUUM_PAGES_PER_STEP || !(overLimit || tooMuchFree)) return false;
    this.#database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES_PER_STEP})`);
    // Each page given back is one moved and its neighbours pointed anew.
    this.#loggedBytes += VACUUM_PAGES_PER_STEP * 2 * PAGE_BYTES;
    return true;
  }
}

function firstNumber(row: unknown): number | null {
  const value: unknown = Array.isArray(row) ? row[0] : null;
  return typeof value === 'number' ? value : null;
}
