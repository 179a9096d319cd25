/**
 * The event database. `events` is narrow, so that a filter scan reads little; `bodies` is wide and read only
 * for the rows shown; `blocks` sums up each BLOCK_ROWS sequence numbers, so that time ranges and histograms
 * skip what cannot match; `signatures` say what a block has in it, so that searches do. Decisions:
 * docs/decisions/0010-event-store.md, 0012-block-signatures.md
 */
import { DatabaseSync } from 'node:sqlite';
import { assert } from '../../shared/assert.ts';
import { OperatingError } from '../../shared/failure.ts';
import { sqliteTrouble } from './sqlite-failure.ts';

export const DATABASE_FILE = 'events.db';
export const SCHEMA_VERSION = 1;
/** "SB" and room for the version, in the file header. */
const APPLICATION_ID = 0x5342_0000;
export const BLOCK_ROWS = 1_024;
export const PAGE_BYTES = 8_192;
/**
 * The log between two checkpoints: long enough to be cheap, short enough that one checkpoint stalls inserts
 * little.
 */
export const LOG_BYTES = 8 * 1024 * 1024;
/** Another connection holds a lock only for moments (WAL recovery, checkpoint restart). */
const BUSY_TIMEOUT_MS = 2_000;
const CACHE_KIB_WRITER = 16 * 1024;
const CACHE_KIB_READER = 32 * 1024;

/**
 * No part of what the version counts: a console that does not know this table leaves it alone, and loses
 * nothing by it. What it inserts goes into blocks that have no signature.
 */
const SIGNATURES_TABLE = `
CREATE TABLE IF NOT EXISTS signatures (
  block INTEGER PRIMARY KEY, format INTEGER NOT NULL, crc INTEGER NOT NULL, bits BLOB NOT NULL,
  ranges BLOB NOT NULL);
`;
/** Exported for the bench, whose bare loop fills the same tables. */
export const TABLES = `
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL,
  severity INTEGER NOT NULL, type TEXT NOT NULL, host TEXT NOT NULL, link TEXT NOT NULL, peer TEXT NOT NULL,
  id TEXT NOT NULL, sent_s REAL, body_bytes INTEGER NOT NULL, simulated INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bodies (
  seq INTEGER PRIMARY KEY, preview TEXT NOT NULL, crc INTEGER NOT NULL, head BLOB NOT NULL,
  body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (
  block INTEGER PRIMARY KEY, rows INTEGER NOT NULL, warnings INTEGER NOT NULL, errors INTEGER NOT NULL,
  min_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL, last_seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bookmarks (seq INTEGER PRIMARY KEY, note TEXT NOT NULL, at_ms INTEGER NOT NULL);
${SIGNATURES_TABLE}`;

/**
 * `normal`: what was acknowledged survives the death of the process; a power cut may take the last moments.
 * `full`: survives a power cut too, at one disk flush a commit.
 */
export type Durability = 'normal' | 'full';

export function blockOf(seq: number): number {
  return Math.floor(seq / BLOCK_ROWS);
}

/** Throws SQLite's own errors: the caller knows whether to repair or to give up. */
export function openForWriting(path: string, durability: Durability): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    const isKnown = checkVersion(database);
    if (!isKnown) database.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA auto_vacuum=INCREMENTAL`);
    database.exec(`PRAGMA cache_size=-${CACHE_KIB_WRITER}`);
    const mode = database.prepare('PRAGMA journal_mode=WAL').get();
    assert(mode?.['journal_mode'] === 'wal', 'the event database must be in WAL mode');
    // Checkpoints are ours to run: SQLite's automatic ones hide a failed fsync (promise G4).
    database.exec(`PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=${durability}; PRAGMA trusted_schema=OFF`);
    if (!isKnown) {
      const twin = APPLICATION_ID + SCHEMA_VERSION;
      const version = `PRAGMA user_version=${SCHEMA_VERSION}; PRAGMA application_id=${twin}`;
      database.exec(`BEGIN IMMEDIATE; ${TABLES} ${version}; COMMIT`);
    }
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * Makes room for signatures in the file of an older console, and drops those of blocks such a console freed.
 * On a full disk it stays without: searches are only slower. Throws SQLite's other errors.
 */
export function prepareSignatures(database: DatabaseSync): void {
  try {
    database.exec(`${SIGNATURES_TABLE}
      DELETE FROM signatures WHERE block < (SELECT min(block) FROM blocks)`);
  } catch (error) {
    if (sqliteTrouble(error) !== 'full') throw error;
  }
}

export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(`PRAGMA cache_size=-${CACHE_KIB_READER}; PRAGMA query_only=ON; PRAGMA trusted_schema=OFF`);
    database.prepare('SELECT count(*) FROM blocks').get();
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * True when the file has our tables already: opening it then writes nothing, so that a damaged one is kept as
 * it was found. The version stands in two places of the file header: when they disagree, that is a flipped
 * bit and no newer version.
 */
function checkVersion(database: DatabaseSync): boolean {
  const version = readNumber(database, 'PRAGMA user_version');
  const twin = readNumber(database, 'PRAGMA application_id') - APPLICATION_ID;
  if (version > SCHEMA_VERSION && twin === version) {
    throw new OperatingError(
      'E_UNSUPPORTED',
      `the event database has version ${version}, written by a newer console`,
      {
        fix: 'Start that newer version, or use another data folder.',
      },
    );
  }
  return version === SCHEMA_VERSION && twin === version;
}

/** A PRAGMA or aggregate that gives one number. */
export function readNumber(database: DatabaseSync, sql: string): number {
  const row = database.prepare(sql, { returnArrays: true }).get() as unknown;
  const value: unknown = Array.isArray(row) ? row[0] : null;
  return typeof value === 'number' ? value : 0;
}
