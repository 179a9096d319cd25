/**
 * The files of the page, read once at start: what is not in this table does not exist, so no path can lead out of the folder
 * (docs/THREATS.md A7). Paths are compared as they come, without decoding: the bundle has only plain names.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { OperatingError } from '../../../shared/failure.ts';

export interface ServedFile {
  readonly bytes: Uint8Array;
  readonly type: string;
}
export type ServedSet = ReadonlyMap<string, ServedFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/**
 * Reads the folder the bundle was built into.
 * @throws OperatingError E_NOT_FOUND when there is no page in it
 */
export function readServedSet(folder: string): ServedSet {
  const served = new Map<string, ServedFile>();
  for (const entry of entriesOf(folder)) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    served.set(path.slice(folder.length).replaceAll('\\', '/'), { bytes: readFileSync(path), type });
  }
  const page = served.get('/index.html');
  if (page === undefined) throw noPage(folder);
  return served.set('/', page);
}

function entriesOf(folder: string): ReturnType<typeof readDirectory> {
  try {
    return readDirectory(folder);
  } catch (cause) {
    throw noPage(folder, cause); // ENOENT and its like: nothing was built
  }
}

function readDirectory(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true });
}

function noPage(folder: string, cause?: unknown): OperatingError {
  return new OperatingError('E_NOT_FOUND', `no page in ${folder}`, { fix: 'build it: npm run setup', cause });
}

/** The file of a request target; a query is ignored, anything else must match exactly. */
export function servedFile(served: ServedSet, target: string): ServedFile | null {
  const query = target.indexOf('?');
  return served.get(query < 0 ? target : target.slice(0, query)) ?? null;
}
