import { describe, expect, test } from 'vitest';
import type { GenerationHead, SnapshotDiffRow, SnapshotRow } from '../../shared/contract/snapshots.ts';
import { CacheBook } from './cache-book.ts';

function head(number: number): GenerationHead {
  return {
    number,
    generation: String(number),
    items: 0,
    systemdEnabled: 1,
    takenAtMs: number * 1_000,
    payloadBytes: 0,
    refreshMs: 1,
    added: 0,
    removed: 0,
    changed: 0,
  };
}

function row(name: string, change: Partial<SnapshotRow> = {}): SnapshotRow {
  return {
    index: 0,
    key: `1:${name}`,
    hash: 1,
    options: 0,
    enabled: 1,
    name,
    nameHex: '',
    path: `/${name}`,
    pathHex: '',
    presentSince: 1,
    unchangedSince: 1,
    history: [],
    ...change,
  };
}

const added = (after: SnapshotRow): SnapshotDiffRow => ({ kind: 'added', before: null, after });
const removed = (before: SnapshotRow): SnapshotDiffRow => ({ kind: 'removed', before, after: null });
const changed = (before: SnapshotRow, after: SnapshotRow): SnapshotDiffRow => ({
  kind: 'changed',
  before,
  after,
});
const signs = (book: CacheBook, key: string, numbers: readonly number[]): string =>
  book
    .historyOf(key, numbers)
    .map(({ presence, isChange }) => `${presence ?? '?'}${isChange ? '!' : ''}`)
    .join(' ');

describe('rows', () => {
  test('differences bring one generation to the next', () => {
    const book = new CacheBook();
    book.load(head(1), [row('a'), row('b')], [1]);
    book.apply(head(2), [added(row('c')), removed(row('a')), changed(row('b'), row('b', { enabled: 0 }))]);
    expect([...book.rows.keys()].toSorted()).toEqual(['1:b', '1:c']);
    expect(book.rows.get('1:b')?.enabled).toBe(0);
    expect(book.head?.number).toBe(2);
  });

  test('of rows with the same key the first counts', () => {
    const book = new CacheBook();
    book.load(head(1), [row('a', { options: 1 }), row('a', { options: 2 })], [1]);
    expect(book.rows.get('1:a')?.options).toBe(1);
  });

  test('a row that went is still known, and known to be gone', () => {
    const book = new CacheBook();
    book.load(head(1), [row('a')], [1]);
    book.apply(head(2), [removed(row('a'))]);
    expect(book.lastSeen('1:a')).toMatchObject({ isHere: false, row: { name: 'a' } });
    book.apply(head(3), [added(row('a', { presentSince: 3 }))]);
    expect(book.lastSeen('1:a')).toMatchObject({ isHere: true, row: { presentSince: 3 } });
    expect(book.lastSeen('1:none')).toBeNull();
  });

  test('what was loaded anew forgets what went before', () => {
    const book = new CacheBook();
    book.load(head(1), [row('a')], [1]);
    book.apply(head(2), [removed(row('a'))]);
    book.load(head(9), [row('b')], [9]);
    expect(book.lastSeen('1:a')).toBeNull();
  });
});

describe('history', () => {
  test('as the core told it: absent, there and off, there and on', () => {
    const book = new CacheBook();
    const history: SnapshotRow['history'] = [0, 1, 2];
    book.load(head(3), [row('a', { presentSince: 2, unchangedSince: 3, history })], [1, 2, 3]);
    expect(signs(book, '1:a', [1, 2, 3])).toBe('0 1! 2!');
  });

  test('goes on with what was seen since', () => {
    const book = new CacheBook();
    book.load(head(2), [row('a', { history: [2, 2] }), row('b', { history: [2, 2] })], [1, 2]);
    book.apply(head(3), [changed(row('a'), row('a', { options: 7, unchangedSince: 3 })), removed(row('b'))]);
    book.apply(head(4), []);
    expect(signs(book, '1:a', [1, 2, 3, 4])).toBe('2 2 2! 2');
    expect(signs(book, '1:b', [1, 2, 3, 4])).toBe('2 2 0! 0');
  });

  test('a row that came later was not there before', () => {
    const book = new CacheBook();
    book.load(head(2), [], [1, 2]);
    book.apply(head(3), [added(row('c', { presentSince: 3, unchangedSince: 3 }))]);
    expect(signs(book, '1:c', [1, 2, 3])).toBe('0 0 2!');
  });

  test('of a row never seen nothing is known', () => {
    const book = new CacheBook();
    book.load(head(1), [], [1]);
    expect(signs(book, '1:x', [1])).toBe('?');
  });
});
