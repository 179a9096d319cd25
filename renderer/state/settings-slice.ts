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

/** Writes not answered yet: until the last one is, what the core tells may be older than what is shown. */
let unanswered = 0;
/** The answer to the last write: what the stream tells until it has told this as well is older. */
let awaited: { readonly text: string; readonly untilMs: number } | null = null;
/** Another window may have written in between, and then the awaited value never comes. */
const AWAIT_MS = 2_000;

function isOlder(settings: Settings): boolean {
  if (unanswered > 0) return true;
  if (awaited === null || performance.now() > awaited.untilMs) return false;
  if (awaited.text !== JSON.stringify(settings)) return true;
  awaited = null;
  return false;
}

export function watchSettings(api: SignalboxApi): () => void {
  const take = oncePerFrame((settings: Settings) => {
    if (unanswered === 0) useSettings.setState({ settings, isLoaded: true });
  });
  const onItem = (settings: Settings): void => {
    if (!isOlder(settings)) take(settings);
  };
  return watchStream(api, 'settings.changed', {}, { onItem });
}

/** Shown at once; the answer to the last of several quick changes is what stays, so a refused one is taken back. */
export async function writeSettings(api: SignalboxApi, patch: SettingsPatch): Promise<boolean> {
  const before = useSettings.getState().settings;
  useSettings.setState({ settings: { ...before, ...definedOnly(patch) }, failure: null });
  unanswered += 1;
  const result = await api.call('settings.write', patch);
  unanswered -= 1;
  if (!result.ok) useSettings.setState({ failure: result.failure });
  if (unanswered > 0) return result.ok;
  if (result.ok) {
    awaited = { text: JSON.stringify(result.value), untilMs: performance.now() + AWAIT_MS };
    useSettings.setState({ settings: result.value, isLoaded: true });
  } else useSettings.setState({ settings: before });
  return result.ok;
}

/** `{ theme: undefined }` means "leave it", never "clear it". */
function definedOnly(patch: SettingsPatch): Partial<Settings> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
