/** What SQLite's result codes mean for us. Codes: https://sqlite.org/rescode.html */
import { OperatingError } from '../../shared/failure.ts';

export type SqliteTrouble = 'full' | 'damaged' | 'busy' | 'permission' | 'failed';

const TROUBLE_BY_PRIMARY_CODE = new Map<number, SqliteTrouble>([
  [3, 'permission'],
  [5, 'busy'],
  [6, 'busy'],
  [8, 'permission'],
  [10, 'failed'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'permission'],
  [26, 'damaged'],
]);
/** A read that came back shorter than the page: the file was cut. */
const IOERR_SHORT_READ = 522;
/** Overflow chains and page types that make no sense come back as these two too. */
const IOERR_CORRUPTFS = 8458;

/** The extended result code, or null when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

/** Null for anything that is not SQLite's, which is then a bug and must go on up. */
export function sqliteTrouble(error: unknown): SqliteTrouble | null {
  const code = sqliteCode(error);
  if (code === null) return null;
  if (code === IOERR_SHORT_READ || code === IOERR_CORRUPTFS) return 'damaged';
  return TROUBLE_BY_PRIMARY_CODE.get(code & 0xff) ?? null;
}

const FIX: Record<SqliteTrouble, string> = {
  full: 'Free space on this disk or lower the retention size; the console recovers by itself.',
  damaged: 'Restart the console: it keeps the damaged file as .bad and saves what can still be read.',
  busy: 'Close the other program that has the file open.',
  permission: 'Check owner and mode of the data folder: it must be yours, mode 0700.',
  failed: 'Check the disk (dmesg, SMART), then restart the console.',
};
const CODE = {
  full: 'E_STORE_FULL',
  damaged: 'E_STORE_DAMAGED',
  busy: 'E_STORE_LOCKED',
  permission: 'E_PERMISSION',
  failed: 'E_STORE_FAILED',
} as const;

/** Gives the operating error for SQLite's own trouble; rethrows everything else, because that is a bug. */
export function storeError(error: unknown, doing: string): OperatingError {
  if (error instanceof OperatingError) return error;
  const trouble = sqliteTrouble(error);
  if (trouble === null || !(error instanceof Error)) throw error;
  const message = `${doing}: ${error.message} (SQLite ${String(sqliteCode(error))})`;
  return new OperatingError(CODE[trouble], message, { fix: FIX[trouble], cause: error });
}
