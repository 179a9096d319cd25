import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SnapshotRow } from '../../shared/contract/snapshots.ts';
import { ROW_SORTS, orderedRows } from './cache-order.ts';

function row(name: string, change: Partial<SnapshotRow> = {}): SnapshotRow {
  const history: SnapshotRow['history'] = [];
  const fixed = { index: 0, hash: 0, options: 0, enabled: 1, nameHex: '', pathHex: '', presentSince: 1 };
  return { ...fixed, key: name, name, path: `/${name}`, unchangedSince: 1, history, ...change };
}

const names = (rows: readonly SnapshotRow[]): string => rows.map(({ name }) => name).join('');

test('by the column, upwards or downwards, equal ones by path', () => {
  const rows = [row('c', { hash: 1 }), row('a', { hash: 2 }), row('b', { hash: 1 })];
  expect(names(orderedRows(rows, { sort: 'hash', descending: false }, null))).toBe('bca');
  expect(names(orderedRows(rows, { sort: 'hash', descending: true }, null))).toBe('abc');
  expect(names(orderedRows(rows, { sort: 'name', descending: true }, null))).toBe('cba');
});

test('only what matches', () => {
  const rows = [row('a'), row('b')];
  expect(names(orderedRows(rows, { sort: 'path', descending: false }, ({ name }) => name === 'b'))).toBe('b');
});

test('the order depends on the rows alone, never on how they came', () => {
  const arbitrary = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 12 });
  fc.assert(
    fc.property(arbitrary, fc.constantFrom(...ROW_SORTS), fc.boolean(), (keys, sort, descending) => {
      const rows = keys.map((key) => row(key, { hash: key.length }));
      const order = { sort, descending };
      const forwards = names(orderedRows(rows, order, null));
      expect(names(orderedRows(rows.toReversed(), order, null))).toBe(forwards);
    }),
    { numRuns: 2_000 },
  );
});
