/**
 * The settings of a data folder, one JSON file. It is never half-written (promise G5): a new file is written
 * beside it, flushed, and put in its place by a rename, which is flushed too.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../shared/clock.ts';
import { SETTINGS_DEFAULT, settings as settingsSchema } from '../../shared/contract/app.ts';
import type { Settings } from '../../shared/contract/app.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { jsonValueOf } from '../../shared/json-text.ts';
import { fileError, readPrivate, writePrivate } from './private-file.ts';

export const SETTINGS_FILE = 'settings.json';

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
  readonly #clock: Clock;
  /** Writes go one after the other: two at once would share the new file. */
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(folder: string, clock: Clock) {
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
    const value = jsonValueOf(text);
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
    const write = this.#lastWrite.then(() =>
      writePrivate(this.#path, `${JSON.stringify(checked, null, 2)}\n`),
    );
    // The next write must not fail because this one did; whoever asked for this one gets its error.
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  /** Null when there is no file. One too long to be ours is not read: '' is damaged. */
  async #readText(): Promise<string | null> {
    try {
      return (await readPrivate(this.#path, LIMITS.settingsBytesMax))?.toString('utf8') ?? null;
    } catch (error) {
      if (error instanceof OperatingError && error.code === 'E_LIMIT') return '';
      throw error;
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
}

function newerVersion(path: string, version: number): OperatingError {
  return new OperatingError('E_UNSUPPORTED', `${path} has version ${version}, written by a newer console`, {
    fix: 'Start that newer version, or move the file away to begin with defaults.',
  });
}
