/** The table of block signatures: how it is filled from the events of a block, and read beside the blocks. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { NEED_COLUMNS, REPEATED_COLUMNS } from '../../shared/filter/needs.ts';
import {
  BlockSignature,
  SIGNATURE_FORMAT,
  SignatureCollector,
  columnKey,
  columnPartsKeys,
  hashOf,
  signatureChecksum,
} from './block-signature.ts';
import type { SignatureBytes } from './block-signature.ts';
import { BLOCK_ROWS } from './schema.ts';
import { addBody } from './signature-body.ts';
import { damagedRow } from './store-damage.ts';

/** Of one look at the events: other requests of the thread wait no longer than this takes. */
const BYTES_PER_STEP = 512 * 1024;

/** Of `signatures AS s`, for signatureOf. */
export const SIGNATURE_COLUMNS = 's.format, s.crc, s.bits, s.ranges';

/** False in a database of an older console that could not be given the table yet. */
export function hasSignatures(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'signatures'").get() !== undefined;
}

/** Null when the block has no signature that can be trusted: it must be looked into. */
export function signatureOf(values: readonly unknown[], block: number): BlockSignature | null {
  const [format, crc, bits, ranges] = values;
  if (format !== SIGNATURE_FORMAT || !(bits instanceof Uint8Array) || !(ranges instanceof Uint8Array))
    return null;
  const found = { bits, ranges };
  return signatureChecksum(found, block) === crc ? new BlockSignature(found, block) : null;
}

/** Looks through one finished block after another. */
export class SignatureMaker {
  readonly #rows: StatementSync;
  readonly #collector = new SignatureCollector();
  readonly #textsSeen = NEED_COLUMNS.map(() => new Set<string>());

  constructor(database: DatabaseSync) {
    // In the order of NEED_COLUMNS.
    this.#rows = database.prepare(
      `SELECT e.seq, e.${NEED_COLUMNS.join(', e.')}, b.body
       FROM events AS e CROSS JOIN bodies AS b ON b.seq = e.seq WHERE e.seq BETWEEN ? AND ? ORDER BY e.seq`,
      { returnArrays: true },
    );
  }

  /** Each `yield` ends a read of its own. */
  *make(block: number): Generator<void, SignatureBytes, void> {
    this.#collector.begin(block);
    for (const seen of this.#textsSeen) seen.clear();
    const lastSeq = (block + 1) * BLOCK_ROWS - 1;
    let seq = block * BLOCK_ROWS;
    for (;;) {
      seq = this.#step(seq, lastSeq);
      if (seq > lastSeq) return this.#collector.finish();
      yield;
    }
  }

  /** Gives the number to go on from. */
  #step(firstSeq: number, lastSeq: number): number {
    let bytes = 0;
    for (const values of this.#rows.iterate(firstSeq, lastSeq) as Iterable<unknown>) {
      if (!Array.isArray(values)) continue;
      const [seq, ...rest]: unknown[] = values;
      const body = rest.pop();
      if (!(body instanceof Uint8Array)) throw damagedRow(Number(seq));
      rest.forEach((text, column) => this.#addColumn(column, String(text)));
      addBody(this.#collector, body);
      bytes += body.length;
      if (bytes >= BYTES_PER_STEP) return Number(seq) + 1;
    }
    return lastSeq + 1;
  }

  /** Most columns say the same again and again. */
  #addColumn(column: number, text: string): void {
    const seen = this.#textsSeen[column];
    if (seen === undefined || seen.has(text)) return;
    seen.add(text);
    const bytes = Buffer.from(text);
    this.#collector.add(columnKey(hashOf(bytes), column));
    this.#collector.addParts(bytes);
    const name = NEED_COLUMNS[column];
    if (name === undefined || !REPEATED_COLUMNS.has(name)) return;
    for (const key of columnPartsKeys(bytes, column)) this.#collector.add(key);
  }
}

/** Changes the table inside the caller's transactions. Does nothing where there is no such table. */
export class SignatureKeeper {
  readonly #put: StatementSync | null = null;
  readonly #drop: StatementSync | null = null;

  constructor(database: DatabaseSync) {
    if (!hasSignatures(database)) return;
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO signatures SELECT block, ?, ?, ?, ? FROM blocks
       WHERE block = ? AND block < (SELECT max(block) FROM blocks)`,
    );
    this.#drop = database.prepare('DELETE FROM signatures WHERE block = ?');
  }

  /** Unless its block is gone or may still get events. */
  put(block: number, signature: SignatureBytes): void {
    const crc = signatureChecksum(signature, block);
    this.#put?.run(SIGNATURE_FORMAT, crc, signature.bits, signature.ranges, block);
  }

  drop(block: number): void {
    this.#drop?.run(block);
  }
}
