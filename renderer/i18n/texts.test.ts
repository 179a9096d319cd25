import { describe, expect, test } from 'vitest';
import { cacheEn } from './en/cache.ts';
import { dispatchEn } from './en/dispatch.ts';
import { feedEn } from './en/feed.ts';
import { frameEn } from './en/frame.ts';
import { pluginEn } from './en/plugin.ts';
import { cacheZh } from './zh-CN/cache.ts';
import { dispatchZh } from './zh-CN/dispatch.ts';
import { feedZh } from './zh-CN/feed.ts';
import { frameZh } from './zh-CN/frame.ts';
import { pluginZh } from './zh-CN/plugin.ts';

/** Every text by its dotted key. */
function textsOf(tree: object, prefix = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') texts.set(prefix + key, value);
    else for (const [inner, text] of textsOf(value, `${prefix}${key}.`)) texts.set(inner, text);
  }
  return texts;
}

/** The names between braces, sorted. */
function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').toSorted();
}

/** A fault of a filter comes as an English sentence and, for other languages, in parts. */
const FILTER_ERROR_VALUES = ['choices', 'subject', 'words'];

describe.each([
  ['frame', frameEn, frameZh],
  ['feed', feedEn, feedZh],
  ['cache', cacheEn, cacheZh],
  ['dispatch', dispatchEn, dispatchZh],
  ['plugin', pluginEn, pluginZh],
])('%s', (_name, english, chinese) => {
  const en = textsOf(english);
  const zh = textsOf(chinese);

  test('both languages have the same keys, but for the English singular', () => {
    const wanted = [...en.keys()].filter((key) => !key.endsWith('_one')).toSorted();
    expect([...zh.keys()].toSorted()).toEqual(wanted);
  });

  test('both languages speak of the same values', () => {
    for (const [key, text] of zh) {
      const original = en.get(key) ?? '';
      const used = placeholdersOf(text);
      if (original === '{{words}}') expect(FILTER_ERROR_VALUES, key).toEqual(expect.arrayContaining(used));
      else expect(used, key).toEqual(placeholdersOf(original));
    }
  });

  test('no text is empty or has loose blanks', () => {
    for (const [key, text] of [...en, ...zh])
      expect(text.trim() !== '' && text === text.trim(), key).toBe(true);
  });

  test('a singular has its plural beside it', () => {
    for (const key of en.keys()) {
      if (key.endsWith('_one')) expect(en.has(key.replace(/_one$/, '_other')), key).toBe(true);
    }
  });

  test('Chinese sentences do not end with a Latin full stop', () => {
    for (const [key, text] of zh) expect(/[\u4e00-\u9fff]\.$/.test(text), key).toBe(false);
  });
});
