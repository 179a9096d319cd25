/** The rows of a generation as a file below `<data folder>/exports`. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallInput } from '../../../shared/contract/contract.ts';
import { OperatingError } from '../../../shared/failure.ts';
import type { SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { csvRecord } from '../../store/export-format.ts';
import { pageRows } from './snapshot-rows.ts';
import type { TrackedGeneration } from './generation-tracks.ts';

const COLUMNS = ['hash', 'options', 'enabled', 'name', 'nameHex', 'path', 'pathHex', 'presentSince'] as const;
/** Valid JSON without them too, but a terminal or an editor may act on them. */
const STILL_ACTIVE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

function jsonLine(row: SnapshotRow): string {
  const picked = Object.fromEntries(COLUMNS.map((column) => [column, row[column]]));
  const escaped = JSON.stringify(picked).replaceAll(STILL_ACTIVE, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
  return `${escaped}\n`;
}

function csvLine(row: SnapshotRow): string {
  return csvRecord(COLUMNS.map((column) => String(row[column])));
}

/** Fails E_FILTER, E_STORE_FULL, E_PERMISSION or E_STORE_FAILED; then no file stays. */
export async function exportRows(
  folder: string,
  wallMs: number,
  tracked: TrackedGeneration,
  input: CallInput<'snapshots.export'>,
): Promise<{ path: string; rowsWritten: number; bytesWritten: number }> {
  const { rows } = pageRows(tracked, [], {
    ...input,
    sort: 'order',
    descending: false,
    offset: 0,
    rowsMax: tracked.generation.items.length,
    historyMax: 0,
  });
  const header = input.format === 'csv' ? csvRecord([...COLUMNS]) : '';
  const lines = rows.map(input.format === 'csv' ? csvLine : jsonLine);
  const bytes = new TextEncoder().encode(header + lines.join(''));
  const stamp = new Date(wallMs).toISOString().replaceAll(/[:.]/g, '-');
  const path = join(folder, `signalbox-cgroups-${stamp}-${randomBytes(3).toString('hex')}.${input.format}`);
  await writeWhole(folder, path, bytes);
  return { path, rowsWritten: rows.length, bytesWritten: bytes.length };
}

async function writeWhole(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const partPath = `${path}.part`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(partPath, bytes, { mode: 0o600, flag: 'wx', flush: true });
    await rename(partPath, path);
  } catch (error) {
    await rm(partPath, { force: true }).catch(() => undefined); // nothing half-written may pass for whole
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const message = `${path}: ${error instanceof Error ? error.message : String(error)}`;
    if (code === 'ENOSPC') throw new OperatingError('E_STORE_FULL', message, { cause: error, fix: 'Free some space.' });
    const isDenied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new OperatingError(isDenied ? 'E_PERMISSION' : 'E_STORE_FAILED', message, { cause: error });
  }
}
