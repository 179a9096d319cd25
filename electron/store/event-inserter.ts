/** Inserts events and keeps the block sums. One transaction at a time, owned by EventWriter. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { assert } from '../../shared/assert.ts';
import { SEVERITIES } from '../../shared/model/event.ts';
import type { PackedEvent } from './append-batch.ts';
import { previewOf } from './preview.ts';
import { ROWS_WAITING_MAX, RowInserts } from './row-inserts.ts';
import { BLOCK_ROWS, blockOf } from './schema.ts';

const WARN = SEVERITIES.indexOf('warn');
const ERROR = SEVERITIES.indexOf('error');
const EVENT_COLUMNS = 13;
const BODY_COLUMNS = 5;
/** A statement keeps a copy of what it was last given: large bodies go in sooner, so that few are held twice. */
const BYTES_WAITING_MAX = 64 * 1024;

/** Over the bytes as received, head first; the number binds them to their row. */
export function bytesChecksum(head: Uint8Array, body: Uint8Array, seq: number): number {
  return crc32(body, crc32(head, seq >>> 0));
}

interface BlockSum {
  block: number;
  rows: number;
  warnings: number;
  errors: number;
  minMs: number;
  maxMs: number;
  lastSeq: number;
}

export class EventInserter {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #events: RowInserts;
  readonly #bodies: RowInserts;
  readonly #putBlock: StatementSync;
  readonly #getBlock: StatementSync;
  readonly #database: DatabaseSync;
  #nextSeq: number;
  #sum: BlockSum;
  #rowsWaiting = 0;
  #bytesWaiting = 0;

  /**
   * `seqMin`: no number below it is given, for instance after numbers may have been lost with a damaged file.
   */
  constructor(database: DatabaseSync, seqMin = 1) {
    this.#database = database;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#events = new RowInserts(database, 'events', EVENT_COLUMNS);
    this.#bodies = new RowInserts(database, 'bodies', BODY_COLUMNS);
    this.#putBlock = database.prepare('INSERT OR REPLACE INTO blocks VALUES (?,?,?,?,?,?,?)');
    this.#getBlock = database.prepare(
      'SELECT rows, warnings, errors, min_ms, max_ms, last_seq FROM blocks WHERE block = ?',
      {
        returnArrays: true,
      },
    );
    const last = database.prepare('SELECT max(last_seq) AS last FROM blocks').get()?.['last'];
    this.#nextSeq = Math.max(seqMin, (typeof last === 'number' ? last : 0) + 1);
    this.#sum = this.#loadSum(blockOf(this.#nextSeq));
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  begin(): void {
    this.#begin.run();
  }

  /**
   * Returns the preview; the number given is `nextSeq` before the call. The row may wait for its neighbours, at
   * the latest until `commit`: an error may be an earlier row's.
   */
  insert(event: PackedEvent): string {
    const seq = this.#nextSeq;
    const block = blockOf(seq);
    if (block !== this.#sum.block) {
      this.#saveSum();
      this.#sum = emptySum(block);
    }
    const { head, body, bytes, receivedAtMs } = event;
    const preview = previewOf(body);
    this.#events.values.push(
      seq,
      receivedAtMs,
      event.source,
      event.kind,
      event.severity,
      event.type,
      event.host,
      event.link,
      event.peer,
      event.id,
      event.sentAtS,
      body.length,
      event.simulated,
    );
    this.#bodies.values.push(seq, preview, crc32(bytes, seq >>> 0), head, body);
    this.#nextSeq = seq + 1;
    this.#addToSum(seq, event);
    this.#rowsWaiting += 1;
    this.#bytesWaiting += bytes.length;
    if (this.#rowsWaiting === ROWS_WAITING_MAX || this.#bytesWaiting > BYTES_WAITING_MAX) this.#flush();
    return preview;
  }

  commit(): void {
    this.#flush();
    this.#saveSum();
    this.#commit.run();
  }

  /** Numbers of a transaction that never was are given again: nobody has seen them. */
  rollback(firstSeq: number): void {
    this.#events.clear();
    this.#bodies.clear();
    this.#noneWaits();
    // SQLite itself rolls back on a full disk and on I/O errors; a second ROLLBACK would only fail.
    if (this.#database.isTransaction) this.#rollback.run();
    this.#nextSeq = firstSeq;
    this.reloadSum();
  }

  /** After rows of the newest block were deleted. Outside a transaction of inserts only. */
  reloadSum(): void {
    this.#sum = this.#loadSum(blockOf(this.#nextSeq));
  }

  #flush(): void {
    this.#events.flush();
    this.#bodies.flush();
    this.#noneWaits();
  }

  #noneWaits(): void {
    this.#rowsWaiting = 0;
    this.#bytesWaiting = 0;
  }

  #addToSum(seq: number, event: PackedEvent): void {
    const sum = this.#sum;
    sum.rows += 1;
    if (event.severity === WARN) sum.warnings += 1;
    else if (event.severity >= ERROR) sum.errors += 1;
    sum.minMs = sum.rows === 1 ? event.receivedAtMs : Math.min(sum.minMs, event.receivedAtMs);
    sum.maxMs = sum.rows === 1 ? event.receivedAtMs : Math.max(sum.maxMs, event.receivedAtMs);
    sum.lastSeq = seq;
    assert(sum.rows <= BLOCK_ROWS, 'a block never holds more rows than numbers');
  }

  #saveSum(): void {
    const sum = this.#sum;
    if (sum.lastSeq === 0) return;
    this.#putBlock.run(sum.block, sum.rows, sum.warnings, sum.errors, sum.minMs, sum.maxMs, sum.lastSeq);
  }

  #loadSum(block: number): BlockSum {
    const row = this.#getBlock.get(block) as unknown;
    if (!Array.isArray(row)) return emptySum(block);
    const [rows, warnings, errors, minMs, maxMs, lastSeq] = row.map(Number);
    assert(lastSeq !== undefined, 'a block has all its columns');
    return {
      block,
      rows: rows ?? 0,
      warnings: warnings ?? 0,
      errors: errors ?? 0,
      minMs: minMs ?? 0,
      maxMs: maxMs ?? 0,
      lastSeq,
    };
  }
}

function emptySum(block: number): BlockSum {
  return { block, rows: 0, warnings: 0, errors: 0, minMs: 0, maxMs: 0, lastSeq: 0 };
}
