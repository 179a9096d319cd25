import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anchorIndex, survivor } from './cache-anchor.ts';

const find =
  (keys: readonly string[]) =>
  (key: string): number =>
    keys.indexOf(key);

describe('survivor', () => {
  test('the row itself, wherever it went', () => {
    expect(survivor(['a', 'b', 'c'], 1, find(['x', 'y', 'b']))).toEqual({ oldIndex: 1, newIndex: 2 });
  });
  test('the next one that stayed, else the one before', () => {
    expect(survivor(['a', 'b', 'c'], 1, find(['a', 'c']))).toEqual({ oldIndex: 2, newIndex: 1 });
    expect(survivor(['a', 'b', 'c'], 1, find(['x', 'a']))).toEqual({ oldIndex: 0, newIndex: 1 });
    expect(survivor(['a'], 0, find(['b']))).toBeNull();
    expect(survivor([], 0, find(['b']))).toBeNull();
  });
});

describe('anchor', () => {
  const look = { scrollTopPx: 100, heightPx: 200, rowHeightPx: 20, pointerPx: null, selectedIndex: -1 };
  test('the row under the pointer, else the selected one in view, else the topmost', () => {
    expect(anchorIndex({ ...look, pointerPx: 45, selectedIndex: 6 }, 100)).toBe(7);
    expect(anchorIndex({ ...look, selectedIndex: 6 }, 100)).toBe(6);
    expect(anchorIndex({ ...look, selectedIndex: 90 }, 100)).toBe(5);
    expect(anchorIndex(look, 100)).toBe(5);
  });
  test('a pointer above or below the rows is elsewhere', () => {
    expect(anchorIndex({ ...look, pointerPx: -5 }, 100)).toBe(5);
    expect(anchorIndex({ ...look, pointerPx: 200 }, 100)).toBe(5);
  });
  test('never outside the list', () => {
    expect(anchorIndex({ ...look, pointerPx: 190 }, 3)).toBe(2);
    expect(anchorIndex(look, 0)).toBe(0);
  });
});

test('a row that stays does not move on the screen', () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(keys, keys, fc.nat(), (before, after, pick) => {
      const index = pick % before.length;
      const found = survivor(before, index, find(after));
      const stayed = after.includes(before[index] ?? '');
      if (stayed) expect(found?.oldIndex).toBe(index);
      if (found !== null) expect(after[found.newIndex]).toBe(before[found.oldIndex]);
      else expect(before.some((key) => after.includes(key))).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});
