import { beforeAll, describe, expect, test } from 'vitest';
import i18next from 'i18next';
import { formatAge, formatAgo, ageParts } from './format-age.ts';
import { formatBytes, formatCount, formatRate } from './format-number.ts';
import { formatClock, formatDate, formatTime } from './format-time.ts';
import { startTexts } from './i18n.ts';
import type { TextFunction } from './i18n.ts';

describe('times', () => {
  const at = Date.UTC(2026, 2, 9, 4, 3, 7, 42);
  test('to the millisecond, marked as UTC', () => {
    expect(formatClock(at, 'utc')).toBe('04:03:07.042Z');
    expect(formatDate(at, 'utc')).toBe('2026-03-09');
    expect(formatTime(at, 'utc')).toBe('2026-03-09 04:03:07.042Z');
  });
  test('local times are those of the machine', () => {
    const local = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
    expect(formatTime(local, 'local')).toBe('2026-01-02 03:04:05.006');
  });
});

describe('ages', () => {
  beforeAll(() => startTexts('en'));
  test.each([
    [-5_000, 0, 's'],
    [0, 0, 's'],
    [999, 0, 's'],
    [1_000, 1, 's'],
    [59_999, 59, 's'],
    [60_000, 1, 'min'],
    [3_599_999, 59, 'min'],
    [3_600_000, 1, 'h'],
    [86_399_999, 23, 'h'],
    [86_400_000, 1, 'd'],
  ])('%i ms is %i %s', (ageMs, n, unit) => expect(ageParts(ageMs)).toEqual({ n, unit }));

  test('in both languages', () => {
    const en: TextFunction = i18next.getFixedT('en', ['frame', 'feed', 'cache', 'dispatch']);
    const zh: TextFunction = i18next.getFixedT('zh-CN', ['frame', 'feed', 'cache', 'dispatch']);
    expect(formatAge(240_000, en)).toBe('4 min');
    expect(formatAgo(240_000, en)).toBe('4 min ago');
    expect(formatAgo(1_999, en)).toBe('just now');
    expect(formatAgo(2_000, en)).toBe('2 s ago');
    expect(formatAgo(240_000, zh)).toBe('4 分钟前');
    expect(formatAgo(0, zh)).toBe('刚刚');
  });

  test('the number decides between singular and plural', () => {
    const en: TextFunction = i18next.getFixedT('en', ['frame', 'feed', 'cache', 'dispatch']);
    const zh: TextFunction = i18next.getFixedT('zh-CN', ['frame', 'feed', 'cache', 'dispatch']);
    expect(en('missing.button', { count: 1 })).toBe('1 part is missing');
    expect(en('missing.button', { count: 2 })).toBe('2 parts are missing');
    expect(zh('missing.button', { count: 1 })).toBe('缺少 1 个部件');
  });
});

describe('numbers', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1\u202f000'],
    [12_345_678, '12\u202f345\u202f678'],
    [1.6, '2'],
  ])('count %d', (value, text) => expect(formatCount(value)).toBe(text));
  test.each([
    [0, '0'],
    [0.04, '0'],
    [0.4, '0.4'],
    [3, '3'],
    [9.94, '9.9'],
    [9.96, '10'],
    [10.4, '10'],
    [1_234.5, '1\u202f235'],
  ])('rate %d', (value, text) => expect(formatRate(value)).toBe(text));
  test.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [10 * 1_024, '10 KiB'],
    [4 * 1_024 ** 3, '4.0 GiB'],
    [5_000 * 1_024 ** 4, '5000 TiB'],
  ])('%d bytes', (value, text) => expect(formatBytes(value)).toBe(text));
});
