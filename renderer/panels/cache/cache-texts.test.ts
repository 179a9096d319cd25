import { describe, expect, test } from 'vitest';
import type { SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { wholeNumber } from '../../state/whole-number.ts';
import { fieldChanges, optionsText, rowOf } from './diff-content.ts';
import { hashOf, isRunFolder, isServiceName, pidsOf } from './typed-values.ts';

function row(change: Partial<SnapshotRow>): SnapshotRow {
  const history: SnapshotRow['history'] = [];
  const fixed = { index: 0, key: '1:a', hash: 1, options: 0, enabled: 1, name: 'a', nameHex: '', path: '/a' };
  return { ...fixed, pathHex: '', presentSince: 1, unchangedSince: 1, history, ...change };
}

describe('what changed', () => {
  test('only the fields that differ, each with both values', () => {
    const before = row({ enabled: 1, options: 2, path: '/a' });
    const after = row({ enabled: 0, options: 2, path: '/b' });
    expect(fieldChanges({ kind: 'changed', before, after })).toEqual([
      { field: 'enabled', before: '1', after: '0' },
      { field: 'path', before: '/a', after: '/b' },
    ]);
  });
  test('nothing for rows that came or went; the row is the one there is', () => {
    expect(fieldChanges({ kind: 'added', before: null, after: row({}) })).toEqual([]);
    expect(rowOf({ kind: 'removed', before: row({ name: 'x' }), after: null })?.name).toBe('x');
    expect(optionsText(255)).toBe('0xff');
  });
});

describe('what is typed', () => {
  test.each([
    ['0', 0],
    ['4294967295', 4_294_967_295],
    ['4294967296', null],
    ['0xFDfb8d99', 0xfdfb8d99],
    ['0x', null],
    ['-1', null],
    ['', null],
    [' 12 ', 12],
  ])('hash %j', (typed, hash) => expect(hashOf(typed)).toBe(hash));
  test.each([
    ['1, 2 3', [1, 2, 3]],
    ['1 x', null],
    ['', null],
    [' , ', null],
  ])('pids %j', (typed, pids) => expect(pidsOf(typed)).toEqual(pids));
  test('service names and folders as the contract takes them', () => {
    expect(isServiceName('cgroups-snapshot')).toBe(true);
    for (const name of ['', '.', '..', 'a/b', 'a b', 'x'.repeat(101)])
      expect(isServiceName(name), name).toBe(false);
    expect(isRunFolder('/run/netdata')).toBe(true);
    expect(isRunFolder('run')).toBe(false);
    expect(wholeNumber('99', 100, 200)).toBeNull();
  });
});
