/**
 * Saves from a damaged event database every row that still reads as it was written, in order, under its old
 * number.
 */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { SEVERITIES } from '../../shared/model/event.ts';
import { bytesChecksum } from './event-inserter.ts';
import { ROW_COLUMNS, ROW_COLUMN_COUNT, rowFromColumns } from './row-columns.ts';
import { BLOCK_ROWS } from './schema.ts';
import { sqliteTrouble } from './sqlite-failure.ts';

/** A wholly broken tree fails at every number; after so many tries what is left is given up. */
const FAILED_READS_MAX = 50_000;
const ROWS_PER_TRANSACTION = 1_000;
const WARN = SEVERITIES.indexOf('warn');

export interface Salvaged {
  readonly rows: number;
  /** Rows that were there but did not read as written, as far as that can be known. */
  readonly rowsDamaged: number;
  /** Highest number seen in the damaged file, saved or not. */
  readonly seqMax: number;
  /** False when the reading was given up before the end. */
  readonly complete: boolean;
}

/** `target` is a fresh event database. Throws only SQLite's errors on the target, such as a full disk. */
export function salvage(damagedPath: string, target: DatabaseSync): Salvaged {
  const nothing: Salvaged = { rows: 0, rowsDamaged: 0, seqMax: 0, complete: false };
  let source: DatabaseSync;
  try {
    source = new DatabaseSync(damagedPath, { readOnly: true });
  } catch (error) {
    if (sqliteTrouble(error) === null) throw error;
    return nothing;
  }
  try {
    return new Salvage(source, target).run();
  } catch (error) {
    // Not even the list of tables reads.
    if (!(error instanceof SourceUnreadable)) throw error;
    return nothing;
  } finally {
    source.close();
  }
}

class SourceUnreadable extends Error {}

class Salvage {
  readonly #source: DatabaseSync;
  readonly #target: DatabaseSync;
  readonly #read: StatementSync;
  readonly #putEvent: StatementSync;
  readonly #putBody: StatementSync;
  #rows = 0;
  #rowsDamaged = 0;
  #failedReads = 0;

  constructor(source: DatabaseSync, target: DatabaseSync) {
    this.#source = source;
    this.#target = target;
    this.#read = this.#prepareSource(
      `SELECT ${ROW_COLUMNS}, b.crc, b.head, b.body FROM events AS e JOIN bodies AS b ON b.seq = e.seq
       WHERE e.seq BETWEEN ? AND ? ORDER BY e.seq`,
    );
    this.#putEvent = target.prepare('INSERT OR IGNORE INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)');
    this.#putBody = target.prepare('INSERT OR IGNORE INTO bodies VALUES (?,?,?,?,?)');
  }

  run(): Salvaged {
    const [first, last] = this.#bounds();
    this.#target.exec('BEGIN');
    let seq = first;
    for (; seq <= last && this.#failedReads < FAILED_READS_MAX; seq += BLOCK_ROWS) {
      this.#saveRange(seq, Math.min(last, seq + BLOCK_ROWS - 1));
    }
    this.#saveBookmarks();
    this.#target.exec(`INSERT OR REPLACE INTO blocks
      SELECT seq / ${BLOCK_ROWS}, count(*), total(severity = ${WARN}), total(severity > ${WARN}),
        min(received_ms),
        max(received_ms), max(seq) FROM events GROUP BY 1; COMMIT`);
    return { rows: this.#rows, rowsDamaged: this.#rowsDamaged, seqMax: last, complete: seq > last };
  }

  /** What reads as a whole is taken as a whole; otherwise half by half, down to the rows that fail. */
  #saveRange(first: number, last: number): void {
    if (this.#failedReads >= FAILED_READS_MAX) return;
    const rows = this.#tryRead(first, last);
    if (rows !== null) {
      for (const row of rows) this.#save(row);
      return;
    }
    this.#failedReads += 1;
    if (first === last) {
      this.#rowsDamaged += 1;
      return;
    }
    const middle = Math.floor((first + last) / 2);
    this.#saveRange(first, middle);
    this.#saveRange(middle + 1, last);
  }

  #tryRead(first: number, last: number): unknown[] | null {
    try {
      return this.#read.all(first, last);
    } catch (error) {
      if (sqliteTrouble(error) === null) throw error;
      return null;
    }
  }

  #save(values: unknown): void {
    const row = Array.isArray(values) ? rowFromColumns(values.slice(0, ROW_COLUMN_COUNT)) : null;
    const [crc, head, body]: unknown[] = Array.isArray(values) ? values.slice(ROW_COLUMN_COUNT) : [];
    const whole =
      row !== null &&
      head instanceof Uint8Array &&
      body instanceof Uint8Array &&
      body.length === row.bodyBytes &&
      bytesChecksum(head, body, row.seq) === crc;
    if (!whole) {
      this.#rowsDamaged += 1;
      return;
    }
    this.#putEvent.run(
      row.seq,
      row.receivedAtMs,
      row.source,
      row.kind,
      SEVERITIES.indexOf(row.severity),
      row.type,
      row.host,
      row.link,
      row.peer,
      row.id,
      row.sentAtS,
      row.bodyBytes,
      row.simulated ? 1 : 0,
    );
    this.#putBody.run(row.seq, row.preview, crc, head, body);
    this.#rows += 1;
    if (this.#rows % ROWS_PER_TRANSACTION === 0) this.#target.exec('COMMIT; BEGIN');
  }

  #saveBookmarks(): void {
    try {
      const put = this.#target.prepare('INSERT OR IGNORE INTO bookmarks VALUES (?,?,?)');
      for (const row of this.#prepareSource('SELECT seq, note, at_ms FROM bookmarks').all() as unknown[]) {
        if (!Array.isArray(row)) continue;
        const [seq, note, atMs]: unknown[] = row;
        const sound = typeof seq === 'number' && typeof note === 'string' && typeof atMs === 'number';
        if (sound && this.#has(seq)) put.run(seq, note, atMs);
      }
    } catch (error) {
      // Bookmarks that do not read are lost; the events are not.
      if (!(error instanceof SourceUnreadable) && sqliteTrouble(error) !== 'damaged') throw error;
    }
  }

  #has(seq: number): boolean {
    return this.#target.prepare('SELECT 1 FROM events WHERE seq = ?').get(seq) !== undefined;
  }

  /** The numbers to try: from either table or from the blocks, whichever still reads and says most. */
  #bounds(): [number, number] {
    const lowest = [
      'SELECT min(seq) FROM events',
      'SELECT min(seq) FROM bodies',
      `SELECT min(block) * ${BLOCK_ROWS} FROM blocks`,
    ];
    const highest = [
      'SELECT max(seq) FROM events',
      'SELECT max(seq) FROM bodies',
      'SELECT max(last_seq) FROM blocks',
    ];
    const first = lowest.map((sql) => this.#number(sql)).filter((value) => value !== null);
    const last = highest.map((sql) => this.#number(sql)).filter((value) => value !== null);
    if (last.length === 0) throw new SourceUnreadable('no table of the damaged file reads');
    // The blocks are written with the rows, so they hold a flipped number to what is possible.
    const limit = this.#number('SELECT max(last_seq) FROM blocks') ?? Number.MAX_SAFE_INTEGER;
    return [Math.max(0, Math.min(...first)), Math.min(limit, Math.max(...last))];
  }

  #number(sql: string): number | null {
    try {
      const row: unknown = this.#prepareSource(sql).get();
      const value: unknown = Array.isArray(row) ? row[0] : null;
      return typeof value === 'number' ? value : null;
    } catch (error) {
      if (error instanceof SourceUnreadable || sqliteTrouble(error) !== null) return null;
      throw error;
    }
  }

  #prepareSource(sql: string): StatementSync {
    try {
      return this.#source.prepare(sql, { returnArrays: true });
    } catch (error) {
      if (sqliteTrouble(error) === null && !isSchemaError(error)) throw error;
      throw new SourceUnreadable(String(error));
    }
  }
}

/** A damaged list of tables shows as "no such table" (SQLITE_ERROR). */
function isSchemaError(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 1;
}
