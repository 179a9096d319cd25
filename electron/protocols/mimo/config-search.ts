/** Which configuration file a sender uses: docs/protocols/mimo.md section 4. */
import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail, succeed, type Result } from '../../../shared/failure.ts';
import { MIMO_CONFIG_DEFAULT, parseConfig, type MimoConfig } from './config.ts';

export const CONFIG_VARIABLE = 'MIMO_NOTIFY_CONFIG';
const SYSTEM_FILES = ['/etc/mimo/notify_config.json', '/usr/local/etc/mimo/notify_config.json'] as const;
const LOCAL_FILES = ['notify_config.json', 'config/notify_config.json'] as const;

/** The world the search looks at; tests give it a folder of their own as `root`. */
export interface ConfigPlaces {
  /** Value of MIMO_NOTIFY_CONFIG. */
  readonly variable: string | undefined;
  readonly workingFolder: string;
  /** Stands before the two system paths; '' on a real system. */
  readonly root: string;
}

export interface FoundConfig {
  readonly config: MimoConfig;
  /** Null when no file exists and the built-in settings hold. */
  readonly path: string | null;
}

/** The places of this process, now. */
export function configPlaces(): ConfigPlaces {
  return { variable: process.env[CONFIG_VARIABLE], workingFolder: process.cwd(), root: '' };
}

/**
 * The first path that exists, or null. Existence is the only test: what is found is used even when it is
 * broken, unreadable or a folder.
 */
export async function findConfig(places: ConfigPlaces): Promise<string | null> {
  const candidates = [
    ...(places.variable === undefined || places.variable === ''
      ? []
      : [resolve(places.workingFolder, places.variable)]),
    ...SYSTEM_FILES.map((path) => (places.root === '' ? path : join(places.root, path))),
    ...LOCAL_FILES.map((path) => join(places.workingFolder, path)),
  ];
  for (const candidate of candidates) if (await exists(candidate)) return candidate;
  return null;
}

const UNREADABLE_FIX =
  'Make it a readable file, or take it away: until then programs with the library send nothing.';

/** Fails with E_CONFIG when the first file found cannot be read or understood. */
export async function loadConfig(places: ConfigPlaces): Promise<Result<FoundConfig>> {
  const path = await findConfig(places);
  if (path === null) return succeed({ config: MIMO_CONFIG_DEFAULT, path });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    // Expected: a folder, no permission, or gone since the search.
    const reason = error instanceof Error ? error.message : 'unknown reason';
    return fail('E_CONFIG', `cannot read ${path}: ${reason}`, UNREADABLE_FIX);
  }
  const parsed = parseConfig(bytes);
  if (!parsed.ok) return fail(parsed.failure.code, `${path}: ${parsed.failure.message}`, parsed.failure.fix);
  return succeed({ config: parsed.value, path });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
