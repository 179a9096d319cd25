/** Opens the event database of a data folder for the one writer, or says why not. */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../../shared/failure.ts';
import { createPrivateFile } from './folder-lock.ts';
import { DATABASE_FILE, SCHEMA_VERSION, openForWriting, readNumber } from './schema.ts';
import type { Durability } from './schema.ts';
import { storeError } from './sqlite-failure.ts';

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  readonly path: string;
  /** Lowest number the next event may get. */
  readonly seqMin: number;
  /** What was repaired, one sentence each. */
  readonly recovered: readonly string[];
}

export function openDatabase(folder: string, durability: Durability, _nowMs: number): OpenedDatabase {
  const path = join(folder, DATABASE_FILE);
  createPrivateFile(path);
  try {
    const database = openForWriting(path, durability);
    const version = readNumber(database, 'PRAGMA user_version');
    if (version > SCHEMA_VERSION) {
      database.close();
      throw new OperatingError('E_UNSUPPORTED', `${path} was written by a newer version of the console`);
    }
    return { database, path, seqMin: 1, recovered: [] };
  } catch (error) {
    throw storeError(error, `opening ${path}`);
  }
}
