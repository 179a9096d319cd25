/** The operator's settings in memory, written through the settings file before anyone sees the change. */
import type { Settings, SettingsPatch } from '../../shared/contract/app.ts';

/** What is needed of the settings file. */
export interface SettingsStore {
  /** Atomic: the file holds the old or the new settings, never a mixture. */
  save(settings: Settings): Promise<void>;
}

export type SettingsListener = (settings: Settings, before: Settings) => void;

export class SettingsKeeper {
  private readonly file: SettingsStore;
  private readonly listeners = new Set<SettingsListener>();
  private held: Settings;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(file: SettingsStore, initial: Settings) {
    this.file = file;
    this.held = initial;
  }

  get current(): Settings {
    return this.held;
  }

  onChange(listener: SettingsListener): void {
    this.listeners.add(listener);
  }

  /** Changes come one after the other, so that two windows never write over each other's members. */
  async change(patch: SettingsPatch): Promise<Settings> {
    const turn = this.writing.then(() => this.writeThrough(patch));
    // The next change must not fail because this one did; the caller gets the error.
    this.writing = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when no change is under way. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async writeThrough(patch: SettingsPatch): Promise<Settings> {
    const before = this.held;
    const next: Settings = { ...before, ...withoutUndefined(patch) };
    await this.file.save(next);
    this.held = next;
    for (const listener of this.listeners) listener(next, before);
    return next;
  }
}

function withoutUndefined(patch: SettingsPatch): Partial<Settings> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
