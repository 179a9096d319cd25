/**
 * Opens the event database of a data folder for the one writer. Damage never keeps the console from starting
 * (promise G2): the damaged file is kept as `.bad-<time>`, every row that still reads is saved into a new
 * file, and what was done is said.
 */
import { copyFileSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createPrivateFile } from './folder-lock.ts';
import { salvage } from './salvage.ts';
import type { Salvaged } from './salvage.ts';
import { DATABASE_FILE, openForWriting, prepareSignatures, readNumber } from './schema.ts';
import type { Durability } from './schema.ts';
import { sqliteTrouble, storeError } from './sqlite-failure.ts';
import { checkLog } from './wal-check.ts';

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  readonly path: string;
  /** Lowest number the next event may get: higher than any that may have been lost. */
  readonly seqMin: number;
  /** What was repaired, one sentence each. */
  readonly recovered: readonly string[];
}

/** Numbers skipped when some that were given may be lost: a number is never given twice. */
const SEQ_SKIP = 1_000_000;
/** A whole check of a small file is quick; of a large one only the ends are looked at. */
const WHOLE_CHECK_BYTES_MAX = 64 * 1024 * 1024;
const ROWS_LOOKED_AT = 200;

/**
 * Fails with E_PERMISSION, E_STORE_FULL, E_STORE_FAILED, E_STORE_LOCKED or E_UNSUPPORTED; never with damage.
 */
export function openDatabase(folder: string, durability: Durability, nowMs: number): OpenedDatabase {
  const path = join(folder, DATABASE_FILE);
  try {
    finishRepair(path);
    createPrivateFile(path);
    const recovered: string[] = [];
    const logCut = keepCutLog(path, nowMs, recovered);
    const opened = existsSync(damageMark(path)) ? null : tryOpen(path, durability);
    if (opened === null) return repair(path, durability, nowMs, recovered);
    return { database: opened, path, seqMin: logCut ? lastSeq(opened) + SEQ_SKIP : 1, recovered };
  } catch (error) {
    throw storeError(error, `opening ${path}`);
  }
}

/**
 * So that the next start repairs what this one cannot while it runs. Never throws: the disk may be what is
 * broken.
 */
export function markDamaged(path: string): void {
  try {
    writeFileSync(damageMark(path), '', { mode: 0o600 });
  } catch {
    // Full or read-only: the next start will find the damage by itself, or run into it again.
  }
}

function damageMark(path: string): string {
  return `${path}-damaged`;
}

function tryOpen(path: string, durability: Durability): DatabaseSync | null {
  let database: DatabaseSync | null = null;
  try {
    database = openForWriting(path, durability);
    if (looksSound(database, path)) {
      prepareSignatures(database);
      return database;
    }
    database.close();
    return null;
  } catch (error) {
    if (database?.isOpen === true) database.close();
    if (sqliteTrouble(error) !== 'damaged') throw error;
    return null;
  }
}

function looksSound(database: DatabaseSync, path: string): boolean {
  if (statSync(path).size <= WHOLE_CHECK_BYTES_MAX) {
    if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') return false;
  }
  for (const table of ['events', 'bodies']) {
    database.prepare(`SELECT * FROM ${table} ORDER BY seq LIMIT ${ROWS_LOOKED_AT}`).all();
    database.prepare(`SELECT * FROM ${table} ORDER BY seq DESC LIMIT ${ROWS_LOOKED_AT}`).all();
  }
  database.prepare('SELECT count(*), total(rows) FROM blocks').get();
  database.prepare('SELECT count(*) FROM bookmarks').get();
  return true;
}

/** SQLite cuts a log silently at the first frame that does not verify; we keep a copy and say so. */
function keepCutLog(path: string, nowMs: number, recovered: string[]): boolean {
  const log = checkLog(`${path}-wal`);
  if (log.state !== 'cut') return false;
  const kept = `${path}-wal.bad-${stamp(nowMs)}`;
  try {
    copyFileSync(`${path}-wal`, kept);
    recovered.push(
      `The end of the log did not verify (${log.framesLost} pages) and was cut; a copy is ${kept}.`,
    );
  } catch {
    // No room for a copy: starting matters more.
    recovered.push(`The end of the log did not verify (${log.framesLost} pages) and was cut.`);
  }
  return true;
}

/** Builds the new file first and moves the old one aside last, so that a repair cut short starts again. */
function repair(path: string, durability: Durability, nowMs: number, recovered: string[]): OpenedDatabase {
  const fresh = `${path}-new`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(fresh + suffix, { force: true });
  createPrivateFile(fresh);
  const target = openForWriting(fresh, 'normal');
  let saved: Salvaged;
  try {
    saved = salvage(path, target);
  } finally {
    target.close();
  }
  const bad = `${path}.bad-${stamp(nowMs)}`;
  renameSync(path, bad);
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${bad}-wal`);
  finishRepair(path);
  const database = openForWriting(path, durability);
  const lost = saved.complete ? `${saved.rowsDamaged} did not` : 'the rest did not';
  recovered.push(
    `The event database was damaged: ${saved.rows} events still read and were kept, ${lost}; ` +
      `the damaged file is ${bad}.`,
  );
  return { database, path, seqMin: Math.max(saved.seqMax, lastSeq(database)) + SEQ_SKIP, recovered };
}

/** The old file is only moved away once the new one is whole: if it is gone, the new one takes its place. */
function finishRepair(path: string): void {
  const fresh = `${path}-new`;
  if (existsSync(path) || !existsSync(fresh)) return;
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  renameSync(fresh, path);
  rmSync(damageMark(path), { force: true });
}

function lastSeq(database: DatabaseSync): number {
  return readNumber(database, 'SELECT max(last_seq) FROM blocks');
}

function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
}
