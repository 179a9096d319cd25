/** The small pure parts of the frame. */
import { describe, expect, test } from 'vitest';
import { sparklinePath } from '../../components/sparkline-path.ts';
import { rowHeightPixels } from '../../state/density.ts';
import { ledgerSums } from '../../state/pulse-slice.ts';
import { parsePort, wholeNumber } from '../../state/whole-number.ts';
import { shownTheme } from './apply-look.ts';
import { addedRule, movedRule } from './colour-rule-list.ts';
import { nextOption } from './next-option.ts';
import { nextChoice } from './palette-choice.ts';
import { usedPercent } from './used-percent.ts';
import { nextZoom } from './zoom.ts';

test('a sparkline runs from the left edge to the right, the peak at the top', () => {
  expect(sparklinePath([], 10, 4)).toBe('');
  expect(sparklinePath([0, 0], 10, 4)).toBe('M0.0 4.0L10.0 4.0');
  expect(sparklinePath([0, 8, 4], 10, 4)).toBe('M0.0 4.0L5.0 0.0L10.0 2.0');
  expect(sparklinePath([7], 10, 4)).toBe('M0.0 0.0');
  expect(sparklinePath([-3, 1], 10, 4)).toBe('M0.0 4.0L10.0 0.0');
});

test.each([
  ['9988', 9_988],
  [' 1 ', 1],
  ['65535', 65_535],
  ['65536', null],
  ['0', null],
  ['', null],
  ['1e3', null],
  ['0x10', null],
  ['12.0', null],
  ['-1', null],
  ['９９８８', null],
])('port %j', (typed, port) => expect(parsePort(typed)).toBe(port));

test('a whole number of more digits than a number can hold is none', () => {
  expect(wholeNumber('9'.repeat(16), 0, Number.MAX_SAFE_INTEGER)).toBeNull();
});

describe('zoom', () => {
  test.each([
    [100, 1, 110],
    [200, 1, 200],
    [80, -1, 80],
    [103, 1, 110],
    [103, -1, 100],
  ] as const)('from %i by %i', (from, direction, to) => expect(nextZoom(from, direction)).toBe(to));
  test('row heights follow density and zoom', () => {
    expect(rowHeightPixels({ density: 'normal', zoomPercent: 100 })).toBe(24);
    expect(rowHeightPixels({ density: 'compact', zoomPercent: 200 })).toBe(40);
  });
});

test('the theme of the system, its wish for contrast first', () => {
  expect(shownTheme('system', { light: false, moreContrast: false })).toBe('dark');
  expect(shownTheme('system', { light: true, moreContrast: false })).toBe('light');
  expect(shownTheme('system', { light: true, moreContrast: true })).toBe('high-contrast');
  expect(shownTheme('dark', { light: true, moreContrast: true })).toBe('dark');
});

test('options go round', () => {
  expect(nextOption(['a', 'b'], 'a')).toBe('b');
  expect(nextOption(['a', 'b'], 'b')).toBe('a');
});

test('the choice of the palette goes round by arrows and stops at the ends by pages', () => {
  expect(nextChoice('ArrowDown', 2, 3)).toBe(0);
  expect(nextChoice('ArrowUp', 0, 3)).toBe(2);
  expect(nextChoice('PageDown', 1, 5)).toBe(4);
  expect(nextChoice('PageUp', 3, 20)).toBe(0);
  expect(nextChoice('x', 0, 3)).toBeNull();
  expect(nextChoice('ArrowDown', 0, 0)).toBeNull();
});

test('a store that holds anything is not empty, and none is more than full', () => {
  expect(usedPercent({ bytes: 0, bytesMax: 100 })).toBe(0);
  expect(usedPercent({ bytes: 1, bytesMax: 1_000_000 })).toBe(1);
  expect(usedPercent({ bytes: 50, bytesMax: 100 })).toBe(50);
  expect(usedPercent({ bytes: 200, bytesMax: 100 })).toBe(100);
  expect(usedPercent({ bytes: 5, bytesMax: 0 })).toBe(0);
});

test('ledger lines add up', () => {
  const sums = ledgerSums([
    { source: 'mimo', received: 6, stored: 3, refused: 2, dropped: 1 },
    { source: 'gse', received: 10, stored: 10, refused: 0, dropped: 0 },
  ]);
  expect(sums).toEqual({ received: 16, stored: 13, refused: 2, dropped: 1 });
});

describe('colour rules', () => {
  const named = (n: number): string => `Rule ${n}`;
  test('a new one has a free name and the next colour and mark', () => {
    const one = addedRule([], named);
    const two = addedRule(one, named);
    expect(two.map(({ name, colour, mark }) => [name, colour, mark])).toEqual([
      ['Rule 1', 'red', '▲'],
      ['Rule 2', 'orange', '●'],
    ]);
    expect(addedRule(two.slice(1), named).at(-1)?.name).toBe('Rule 3');
  });
  test('moving changes the order and nothing else', () => {
    const rules = addedRule(addedRule([], named), named);
    expect(movedRule(rules, 0, 1).map(({ name }) => name)).toEqual(['Rule 2', 'Rule 1']);
    expect(movedRule(rules, 0, -1)).toEqual(rules);
    expect(movedRule(rules, 1, 1)).toEqual(rules);
  });
});
