// Which of the candidate files a sender uses. The two system folders stand below a folder of the test, never
// in the real /etc.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { loadConfig, type ConfigPlaces } from '../../../electron/protocols/mimo/config-search.ts';
import { expectSame, hasMembers, runCases } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import { searchLibrary } from './config-search-library.ts';

export const searchRow = v.object({
  id: v.string(),
  title: v.optional(v.string(), ''),
  present: v.optional(v.array(v.string()), []),
  broken: v.optional(v.array(v.string()), []),
  /**
   * `missing file`, `a directory`, `set late`, '' (set but empty); absent = not set, or the file named <ENV>.
   */
  env: v.optional(v.union([v.literal(''), v.picklist(['missing file', 'a directory', 'set late'])])),
  use: v.string(),
  /** Says where a replacement may do otherwise. */
  dropin_may: v.optional(v.string()),
});
export type SearchRow = v.InferOutput<typeof searchRow>;

const ENV_PLACE = '<ENV>';

/**
 * A folder per case: `root` holds the system folders, `work` is the working folder, `env` what the variable
 * may name.
 */
export interface SearchFolders {
  readonly root: string;
  readonly work: string;
  readonly env: string;
}

export const configSearch: RowKind = {
  name: 'mimo/config-search',
  fits: (value) => hasMembers(value, 'id', 'use') && !hasMembers(value, 'request'),
  run: async (file, report) => {
    await runCases(file, report, searchRow, runWithTypeScript, { atOnce: 4 });
    await searchLibrary(file, report);
  },
};

/** Where the file of a place stands: `/etc`, `/usr/local/etc`, `./`, `./config` or `<ENV>`. */
export function pathOfPlace(place: string, folders: SearchFolders): string {
  if (place === ENV_PLACE) return join(folders.env, 'named.json');
  if (place.startsWith('/')) return join(folders.root, place, 'mimo/notify_config.json');
  return join(folders.work, place, 'notify_config.json');
}

/**
 * Value of the variable for a row; undefined = not set. `set late` is set before the first call, which is
 * when it is read.
 */
export function variableOf(row: SearchRow, folders: SearchFolders): string | undefined {
  if (row.env === '') return '';
  if (row.env !== undefined && /missing/.test(row.env)) return join(folders.env, 'missing.json');
  if (row.env !== undefined && /directory/.test(row.env)) return folders.env;
  if (row.env === 'set late' || row.present.includes(ENV_PLACE)) return pathOfPlace(ENV_PLACE, folders);
  return undefined;
}

export async function withSearchFolders<T>(run: (folders: SearchFolders) => Promise<T>): Promise<T> {
  const base = await mkdtemp(join(tmpdir(), 'signalbox-search-'));
  const folders = { root: join(base, 'root'), work: join(base, 'work'), env: join(base, 'env') };
  try {
    for (const folder of Object.values(folders)) await mkdir(folder);
    return await run(folders);
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

/** Writes every file of the row; `contentOf` makes the text of a place that is not broken. */
export async function writePlaces(
  row: SearchRow,
  folders: SearchFolders,
  contentOf: (place: string) => string,
): Promise<void> {
  const late = row.env === 'set late' ? [ENV_PLACE] : [];
  for (const place of [...late, ...row.present]) {
    const path = pathOfPlace(place, folders);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, row.broken.includes(place) ? '{"endpoint":' : contentOf(place));
  }
}

async function runWithTypeScript(row: SearchRow): Promise<void> {
  await withSearchFolders(async (folders) => {
    const places: ConfigPlaces = {
      variable: variableOf(row, folders),
      workingFolder: folders.work,
      root: folders.root,
    };
    if (/new directory|already loaded/.test(row.use)) return changeFolder(row, folders, places);
    await writePlaces(row, folders, (place) => JSON.stringify({ source: place }));
    expectUse(row, await usedPlace(places));
  });
}

/** A variable set after the start counts where the row allows a replacement to see it. */
export function expectUse(row: SearchRow, used: string): void {
  const sees = row.env === 'set late' && /variable at the first call/.test(row.dropin_may ?? '');
  if (!sees || used !== ENV_PLACE) expectSame('use', row.use, used);
}

async function usedPlace(places: ConfigPlaces): Promise<string> {
  const loaded = await loadConfig(places);
  if (!loaded.ok) return 'error, all calls return -1';
  return loaded.value.path === null ? 'built-in defaults' : loaded.value.config.source;
}

/** The working folder is the one at the first call; the settings loaded then stay. */
async function changeFolder(row: SearchRow, folders: SearchFolders, places: ConfigPlaces): Promise<void> {
  const before = './';
  const after = './moved';
  await writePlaces({ ...row, present: [before, after], broken: [] }, folders, (place) =>
    JSON.stringify({ source: place }),
  );
  const moved = { ...places, workingFolder: join(folders.work, 'moved') };
  if (/new directory/.test(row.use)) {
    expectSame('use', after, await usedPlace(moved));
    return;
  }
  const loaded = await loadConfig(places);
  const source = loaded.ok ? loaded.value.config.source : '';
  expectSame('use', before, source);
}
