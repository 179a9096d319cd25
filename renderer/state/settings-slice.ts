/** The settings file as the core last told it, and the one way to change it. */
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { Settings, SettingsPatch } from '../../shared/contract/app.ts';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';
import type { Failure } from '../../shared/failure.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { watchStream } from './watch-stream.ts';

export interface SettingsSlice {
  readonly settings: Settings;
  /** False until the core has told them: until then the defaults are shown. */
  readonly isLoaded: boolean;
  /** Why the last change was refused. */
  readonly failure: Failure | null;
}

export const useSettings = create<SettingsSlice>(() => ({
  settings: SETTINGS_DEFAULT,
  isLoaded: false,
  failure: null,
}));

export function watchSettings(api: SignalboxApi): () => void {
  const take = oncePerFrame((settings: Settings) => useSettings.setState({ settings, isLoaded: true }));
  return watchStream(api, 'settings.changed', {}, { onItem: take });
}

/** Shown at once, taken back when the core refuses. */
export async function writeSettings(api: SignalboxApi, patch: SettingsPatch): Promise<boolean> {
  const before = useSettings.getState().settings;
  useSettings.setState({ settings: { ...before, ...definedOnly(patch) }, failure: null });
  const result = await api.call('settings.write', patch);
  if (result.ok) useSettings.setState({ settings: result.value, isLoaded: true, failure: null });
  else useSettings.setState({ settings: before, failure: result.failure });
  return result.ok;
}

/** `{ theme: undefined }` means "leave it", never "clear it". */
function definedOnly(patch: SettingsPatch): Partial<Settings> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
