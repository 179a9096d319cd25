import { expect, test } from 'vitest';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';
import type { Settings } from '../../shared/contract/app.ts';
import { OperatingError } from '../../shared/failure.ts';
import { StoreKit } from '../../tests/kit/store-kit.ts';
import { SettingsFile } from '../store/settings-file.ts';
import { SettingsKeeper } from './settings.ts';

test('two windows that change different members at once both get their way, also on the disk', async () => {
  const kit = new StoreKit();
  try {
    const keeper = new SettingsKeeper(new SettingsFile(kit.folder, kit.clock), SETTINGS_DEFAULT);
    const seen: Settings[] = [];
    keeper.onChange((next) => seen.push(next));
    await Promise.all([
      keeper.change({ theme: 'dark' }),
      keeper.change({ language: 'zh-CN' }),
      keeper.change({ zoomPercent: 120 }),
    ]);
    const expected = { ...SETTINGS_DEFAULT, theme: 'dark', language: 'zh-CN', zoomPercent: 120 };
    expect(keeper.current).toEqual(expected);
    expect(seen.length).toBe(3);
    expect((await new SettingsFile(kit.folder, kit.clock).load()).settings).toEqual(expected);
  } finally {
    await kit.end();
  }
});

test('what could not be written is not in force, and the next change is', async () => {
  let broken = true;
  const save = async (): Promise<void> => {
    if (broken) throw new OperatingError('E_STORE_FULL', 'no space left');
  };
  const keeper = new SettingsKeeper({ save }, SETTINGS_DEFAULT);
  await expect(keeper.change({ theme: 'dark' })).rejects.toMatchObject({ code: 'E_STORE_FULL' });
  expect(keeper.current.theme).toBe('system');
  broken = false;
  expect((await keeper.change({ density: 'compact' })).theme).toBe('system');
  expect(keeper.current.density).toBe('compact');
});
