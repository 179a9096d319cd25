import { expect, test } from 'vitest';
import { rankEntries } from '../panels/frame/rank-commands.ts';
import { fuzzyScore } from './fuzzy.ts';

test('all letters must occur in order', () => {
  expect(fuzzyScore('stg', 'Settings')).not.toBeNull();
  expect(fuzzyScore('gts', 'Settings')).toBeNull();
  expect(fuzzyScore('settingss', 'Settings')).toBeNull();
  expect(fuzzyScore('', 'anything')).toBe(0);
});

test('case and blanks of the query do not count', () => {
  expect(fuzzyScore('KEY map', 'Keyboard map')).toBe(fuzzyScore('keymap', 'Keyboard map'));
});

test('runs and word starts win over scattered letters', () => {
  const titles = ['Times in UTC or local', 'Zoom in', 'Switch language', 'Zoom 100 %'];
  const ranked = rankEntries(
    'zoo',
    titles.map((title) => ({ item: title, title })),
  );
  expect(ranked.map(({ item }) => item)).toEqual(['Zoom in', 'Zoom 100 %']);
  const key = rankEntries(
    'km',
    ['Links of the main view', 'Keyboard map'].map((title) => ({ item: title, title })),
  );
  expect(key[0]?.item).toBe('Keyboard map');
});

test('Chinese titles are found by any of their characters', () => {
  expect(fuzzyScore('诊断', '诊断')).not.toBeNull();
  expect(fuzzyScore('语言', '切换语言：English')).not.toBeNull();
  expect(fuzzyScore('言语', '切换语言：English')).toBeNull();
});

test('without a query everything stands in its own order', () => {
  const entries = ['b', 'a'].map((title) => ({ item: title, title }));
  expect(rankEntries('  ', entries)).toEqual(entries);
});
