import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';
import { LIMITS } from '../../shared/limits.ts';
import { SETTINGS_FILE, SettingsFile } from './settings-file.ts';

const clock = { wallMs: () => Date.UTC(2026, 0, 2, 3, 4, 5), monotonicMs: () => 0 };
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-settings-'));
  path = join(folder, SETTINGS_FILE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const badFiles = (): string[] => readdirSync(folder).filter((name) => name.includes('.bad-'));

describe('settings file', () => {
  it('gives the defaults when there is no file, and writes nothing', async () => {
    expect(await new SettingsFile(folder, clock).load()).toEqual({
      settings: SETTINGS_DEFAULT,
      notice: null,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reads back what it wrote, private, with no other file left', async () => {
    const wanted = {
      ...SETTINGS_DEFAULT,
      language: 'zh-CN' as const,
      zoomPercent: 125,
      savedFilters: [{ name: '磁盘', filter: 'sev>=warn' }],
    };
    await new SettingsFile(folder, clock).save(wanted);
    expect(await new SettingsFile(folder, clock).load()).toEqual({ settings: wanted, notice: null });
    expect(readdirSync(folder)).toEqual([SETTINGS_FILE]);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps the order of writes asked for at once', async () => {
    const file = new SettingsFile(folder, clock);
    await Promise.all(
      [80, 90, 100, 110, 120].map((zoomPercent) => file.save({ ...SETTINGS_DEFAULT, zoomPercent })),
    );
    expect((await file.load()).settings.zoomPercent).toBe(120);
  });

  it.each([
    ['cut short', '{"version": 1, "langu'],
    ['empty', ''],
    ['of the wrong shape', '{"version": 1, "language": "xx"}'],
    ['with a member too many', JSON.stringify({ ...SETTINGS_DEFAULT, extra: 1 })],
    ['of an old version', '{"version": 0}'],
    ['not an object', '[]'],
    ['too long', JSON.stringify({ ...SETTINGS_DEFAULT, pad: 'x'.repeat(LIMITS.settingsBytesMax) })],
  ])('keeps a file %s aside and starts with defaults, saying so', async (_, text) => {
    writeFileSync(path, text);
    const { settings, notice } = await new SettingsFile(folder, clock).load();
    expect(settings).toEqual(SETTINGS_DEFAULT);
    expect(notice).toContain('.bad-2026-01-02T03-04-05');
    expect(badFiles().map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([text]);
    expect(await new SettingsFile(folder, clock).load()).toEqual({
      settings: SETTINGS_DEFAULT,
      notice: null,
    });
  });

  it('refuses a newer version and leaves it as it is', async () => {
    const newer = JSON.stringify({ version: 2, language: 'eo' });
    writeFileSync(path, newer);
    await expect(new SettingsFile(folder, clock).load()).rejects.toMatchObject({
      code: 'E_UNSUPPORTED',
      message: expect.stringContaining('version 2'),
    });
    expect(readFileSync(path, 'utf8')).toBe(newer);
    expect(badFiles()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'follows no symbolic link, neither to read nor to write',
    async () => {
      const elsewhere = join(folder, 'elsewhere.json');
      writeFileSync(elsewhere, JSON.stringify(SETTINGS_DEFAULT));
      symlinkSync(elsewhere, path);
      await expect(new SettingsFile(folder, clock).load()).rejects.toMatchObject({ code: 'E_PERMISSION' });
      symlinkSync(elsewhere, `${path}.new`);
      await new SettingsFile(folder, clock).save({ ...SETTINGS_DEFAULT, zoomPercent: 90 });
      expect(JSON.parse(readFileSync(elsewhere, 'utf8'))).toEqual(SETTINGS_DEFAULT);
      expect((await new SettingsFile(folder, clock).load()).settings.zoomPercent).toBe(90);
    },
  );

  it('survives a new file left behind by a process that died', async () => {
    writeFileSync(`${path}.new`, '{"version": 1, "la');
    await new SettingsFile(folder, clock).save(SETTINGS_DEFAULT);
    expect((await new SettingsFile(folder, clock).load()).notice).toBeNull();
  });
});
