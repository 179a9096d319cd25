/**
 * One writer a data folder (promise G6). The lock itself is SQLite's exclusive lock on a side file: the
 * operating system drops it with the process, however that dies, so no lock is ever stale. The holder's pid
 * stands beside it in `holder.json`, for the message only.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { OperatingError } from '../../shared/failure.ts';
import { sqliteTrouble, storeError } from './sqlite-failure.ts';

export const LOCK_FILE = 'lock.db';
export const HOLDER_FILE = 'holder.json';
/** One of them says that a folder is a console's, whatever its mode became (a restored backup). */
const OURS = [LOCK_FILE, HOLDER_FILE, 'events.db', 'settings.json'] as const;
const FOLDER_FIX = 'Name a folder of yours on a disk that can be written, with --data or SIGNALBOX_DATA.';
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const GROUP_AND_OTHERS = 0o077;
/** A holder that is just going away lets go within this. */
const LOCK_WAIT_MS = 250;

const holder = v.object({
  pid: v.pipe(v.number(), v.safeInteger()),
  sinceMs: v.number(),
  program: v.string(),
});
export type Holder = v.InferOutput<typeof holder>;

/**
 * Makes the folder private or refuses it: other users must not read events, nor put files of theirs in our
 * way. A folder that others may enter and that holds other things (a home, /tmp) is left as it is.
 */
export function preparePrivateFolder(folder: string): void {
  try {
    makeFolder(resolve(folder));
    const state = statSync(folder);
    if (!state.isDirectory())
      throw new OperatingError('E_PERMISSION', `${folder} is a file, not a folder`, { fix: FOLDER_FIX });
    const ours = process.getuid === undefined || state.uid === process.getuid();
    if (!ours) throw new OperatingError('E_PERMISSION', `${folder} belongs to user ${state.uid}, not to you`);
    if (process.platform === 'win32' || (state.mode & GROUP_AND_OTHERS) === 0) return;
    if (!isForUs(folder)) {
      throw new OperatingError(
        'E_PERMISSION',
        `${folder} is open to other users and holds things that are not ours`,
        { fix: `Name a folder of its own with --data, or close this one: chmod 700 ${folder}` },
      );
    }
    chmodSync(folder, FOLDER_MODE);
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    // Everything else here comes from the file system: no permission, a file in the way, a read-only disk.
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatingError('E_PERMISSION', `the data folder ${folder} cannot be used: ${why}`, {
      fix: FOLDER_FIX,
      cause: error,
    });
  }
}

/** Not `recursive`: Node tries for ever where a parent exists and takes no folder (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: FOLDER_MODE });
  } catch (error) {
    // EEXIST: another start made it in between.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Empty, or one that a console has used before. */
function isForUs(folder: string): boolean {
  const names = readdirSync(folder);
  return names.length === 0 || OURS.some((name) => names.includes(name));
}

/**
 * SQLite would make files readable to all under a usual umask; -wal and -shm take the mode of the main file.
 * A file that is there is never opened here: closing it would drop the POSIX locks this process holds on it
 * through SQLite.
 */
export function createPrivateFile(path: string): void {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  try {
    closeSync(openSync(path, flags, FILE_MODE));
    return;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOSPC')
      throw new OperatingError('E_STORE_FULL', `${path}: no space left on the disk`, { cause: error });
    // No permission, a read-only disk, no such folder.
    if (code !== 'EEXIST')
      throw new OperatingError('E_PERMISSION', `${path} cannot be made (${String(code)})`, {
        fix: FOLDER_FIX,
        cause: error,
      });
  }
  const state = lstatSync(path);
  if (!state.isFile()) throw new OperatingError('E_PERMISSION', `${path} is not a plain file`);
  if (process.platform !== 'win32' && (state.mode & GROUP_AND_OTHERS) !== 0) chmodSync(path, FILE_MODE);
}

export class FolderLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Fails with E_STORE_LOCKED and the holder's pid. */
  static take(folder: string, nowMs: number): FolderLock {
    const path = join(folder, LOCK_FILE);
    createPrivateFile(path);
    const database = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
    try {
      // A rollback journal in memory: an empty transaction then writes nothing, so the lock works on a full
      // disk too.
      database.exec('PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw sqliteTrouble(error) === 'busy'
        ? lockedError(folder)
        : storeError(error, 'taking the lock of the data folder');
    }
    writeHolder(folder, { pid: process.pid, sinceMs: nowMs, program: process.argv0 });
    return new FolderLock(database);
  }

  /** Idempotent. */
  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function lockedError(folder: string): OperatingError {
  const held = readHolder(folder);
  const who = held === null ? 'another process' : `pid ${held.pid} (${held.program})`;
  return new OperatingError('E_STORE_LOCKED', `the data folder ${folder} is in use by ${who}`, {
    fix: 'Close that console, or start this one with another data folder.',
  });
}

/** Null when there is none, it cannot be read, or that process is gone: the lock then speaks for itself. */
export function readHolder(folder: string): Holder | null {
  try {
    const parsed = v.safeParse(holder, JSON.parse(readFileSync(join(folder, HOLDER_FILE), 'utf8')));
    return parsed.success && isAlive(parsed.output.pid) ? parsed.output : null;
  } catch {
    // Absent, unreadable or cut short: it is for the message only.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives under another user. ESRCH: gone.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function writeHolder(folder: string, value: Holder): void {
  const path = join(folder, HOLDER_FILE);
  try {
    writeFileSync(`${path}.new`, JSON.stringify(value), { mode: FILE_MODE });
    renameSync(`${path}.new`, path);
  } catch {
    // A full or read-only disk: the lock holds without its label.
  }
}
