/**
 * The settings of a data folder, one JSON file. It is never half-written (promise G5): a new file is written
 * beside it, flushed, and put in its place by a rename, which is flushed too.
 */
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../shared/clock.ts';
import { SETTINGS_DEFAULT, settings as settingsSchema } from '../../shared/contract/app.ts';
import type { Settings } from '../../shared/contract/app.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { preparePrivateFolder } from './folder-lock.ts';

export const SETTINGS_FILE = 'settings.json';
const FILE_MODE = 0o600;
const NEW_SUFFIX = '.new';
/** A symbolic link in our place could point anywhere: it is refused, never followed. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

const versionOnly = v.object({
  version: v.pipe(v.number(), v.integer(), v.minValue(settingsSchema.entries.version.literal + 1)),
});

export interface LoadedSettings {
  readonly settings: Settings;
  /**
   * What the operator should know, one sentence: the file was damaged and is kept aside. Null when all is
   * well.
   */
  readonly notice: string | null;
}

export class SettingsFile {
  readonly #path: string;
  readonly #folder: string;
  readonly #clock: Clock;
  /** Writes go one after the other: two at once would share the new file. */
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#path = join(folder, SETTINGS_FILE);
    this.#clock = clock;
  }

  /**
   * Defaults when there is no file. A damaged file is kept as `.bad-<time>` and defaults are used, with a
   * notice. Fails with E_UNSUPPORTED for a newer version, which is never rewritten, and E_PERMISSION when the
   * file cannot be read.
   */
  async load(): Promise<LoadedSettings> {
    const text = await this.#readText();
    if (text === null) return { settings: SETTINGS_DEFAULT, notice: null };
    const value = parseJson(text);
    const parsed = v.safeParse(settingsSchema, value);
    if (parsed.success) return { settings: parsed.output, notice: null };
    const newer = v.safeParse(versionOnly, value);
    if (newer.success) throw newerVersion(this.#path, newer.output.version);
    const why = value === undefined ? 'it is not JSON' : v.summarize(parsed.issues);
    return { settings: SETTINGS_DEFAULT, notice: await this.#keepAside(why) };
  }

  /**
   * Resolves when the settings are on the disk. Fails with E_STORE_FULL, E_PERMISSION or E_STORE_FAILED: the
   * old ones stay.
   */
  save(settings: Settings): Promise<void> {
    const checked = v.parse(settingsSchema, settings);
    const write = this.#lastWrite.then(() => this.#write(`${JSON.stringify(checked, null, 2)}\n`));
    // The next write must not fail because this one did; whoever asked for this one gets its error.
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  async #readText(): Promise<string | null> {
    let file: FileHandle;
    try {
      file = await open(this.#path, constants.O_RDONLY | NO_FOLLOW);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw fileError(error, this.#path);
    }
    try {
      const { size } = await file.stat();
      // Too long to be ours: not read, so not parsed, so damaged.
      return size > LIMITS.settingsBytesMax ? '' : await file.readFile('utf8');
    } catch (error) {
      throw fileError(error, this.#path);
    } finally {
      await file.close();
    }
  }

  async #keepAside(why: string): Promise<string> {
    const stamp = new Date(this.#clock.wallMs()).toISOString().replaceAll(/[:.]/g, '-');
    const kept = `${this.#path}.bad-${stamp}`;
    try {
      await rename(this.#path, kept);
    } catch (error) {
      throw fileError(error, this.#path);
    }
    return `The settings file was damaged (${why.trim()}): defaults are used, the damaged file is ${kept}.`;
  }

  async #write(text: string): Promise<void> {
    const fresh = this.#path + NEW_SUFFIX;
    try {
      preparePrivateFolder(this.#folder);
      await rm(fresh, { force: true });
      const file = await open(
        fresh,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
        FILE_MODE,
      );
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, this.#path);
      await flushFolder(dirname(this.#path));
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }
}

/**
 * Without it the rename itself may be lost with the power. Windows has no such thing, and needs none on NTFS.
 */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Undefined when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function newerVersion(path: string, version: number): OperatingError {
  return new OperatingError('E_UNSUPPORTED', `${path} has version ${version}, written by a newer console`, {
    fix: 'Start that newer version, or move the file away to begin with defaults.',
  });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Everything here comes from the file system; anything else is a bug and goes on up. */
export function fileError(error: unknown, path: string): OperatingError {
  if (error instanceof OperatingError) return error;
  const code = codeOf(error);
  if (code === '') throw error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OperatingError('E_STORE_FULL', `${path}: no space left on the disk`, {
      cause: error,
      fix: 'Free space on this disk.',
    });
  }
  if (code === 'ELOOP') {
    return new OperatingError('E_PERMISSION', `${path} is a symbolic link and is not followed`, {
      cause: error,
      fix: 'Remove the link.',
    });
  }
  const denied =
    code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'EISDIR' || code === 'ENOTDIR';
  return new OperatingError(denied ? 'E_PERMISSION' : 'E_STORE_FAILED', `${path}: ${String(error)}`, {
    cause: error,
  });
}
