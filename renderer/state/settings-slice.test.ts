import { beforeEach, expect, test } from 'vitest';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';
import type { Settings } from '../../shared/contract/app.ts';
import { fail, succeed } from '../../shared/failure.ts';
import type { Result } from '../../shared/failure.ts';
import { useSettings, writeSettings } from './settings-slice.ts';

function apiAnswering(answer: Promise<Result<Settings>>): SignalboxApi {
  return { call: () => answer, subscribe: () => () => undefined };
}

beforeEach(() => useSettings.setState({ settings: SETTINGS_DEFAULT, isLoaded: true, failure: null }));

test('a change is seen at once and then as the core kept it', async () => {
  const kept: Settings = { ...SETTINGS_DEFAULT, theme: 'light', zoomPercent: 110 };
  const done = writeSettings(apiAnswering(Promise.resolve(succeed(kept))), { theme: 'light' });
  expect(useSettings.getState().settings.theme).toBe('light');
  expect(await done).toBe(true);
  expect(useSettings.getState().settings).toEqual(kept);
});

test('a refused change is taken back and says why', async () => {
  const refusal = fail('E_READ_ONLY', 'the profile is read-only');
  expect(await writeSettings(apiAnswering(Promise.resolve(refusal)), { theme: 'light' })).toBe(false);
  expect(useSettings.getState().settings.theme).toBe('system');
  expect(useSettings.getState().failure?.code).toBe('E_READ_ONLY');
});

test('quick changes are not undone by the answers to those before them', async () => {
  const answers: ((result: Result<Settings>) => void)[] = [];
  const api: SignalboxApi = {
    call: () => new Promise((resolve) => answers.push(resolve)),
    subscribe: () => () => undefined,
  };
  const first = writeSettings(api, { zoomPercent: 110 });
  const second = writeSettings(api, { zoomPercent: 125 });
  answers[0]?.(succeed({ ...SETTINGS_DEFAULT, zoomPercent: 110 }));
  await first;
  expect(useSettings.getState().settings.zoomPercent).toBe(125);
  answers[1]?.(succeed({ ...SETTINGS_DEFAULT, zoomPercent: 125 }));
  await second;
  expect(useSettings.getState().settings.zoomPercent).toBe(125);
});

test('an absent member leaves its setting alone', async () => {
  const never = new Promise<Result<Settings>>(() => undefined);
  void writeSettings(apiAnswering(never), { theme: undefined, density: 'compact' });
  expect(useSettings.getState().settings).toEqual({ ...SETTINGS_DEFAULT, density: 'compact' });
});
