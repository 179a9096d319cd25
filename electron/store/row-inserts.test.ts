import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { ROWS_WAITING_MAX, RowInserts } from './row-inserts.ts';

it('inserts every row that waits, in order and once, however many there are', () => {
  using database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE pairs (number INTEGER PRIMARY KEY, word TEXT NOT NULL)');
  const inserts = new RowInserts(database, 'pairs', 2);
  const expected: { number: number; word: string }[] = [];
  for (let rows = 0; rows <= 2 * ROWS_WAITING_MAX + 1; rows += 1) {
    for (let row = 0; row < rows; row += 1) {
      const number = expected.length + 1;
      inserts.values.push(number, `word ${number}`);
      expected.push({ number, word: `word ${number}` });
    }
    inserts.flush();
    expect(database.prepare('SELECT count(*) AS rows FROM pairs').get()).toEqual({ rows: expected.length });
  }
  expect(database.prepare('SELECT * FROM pairs ORDER BY number').all()).toEqual(expected);
});

it('forgets what waited with a transaction that never was, refused or cleared', () => {
  using database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE pairs (number INTEGER PRIMARY KEY, word TEXT NOT NULL)');
  const inserts = new RowInserts(database, 'pairs', 2);
  inserts.values.push(1, 'one', 1, 'one again');
  expect(() => inserts.flush()).toThrow(/UNIQUE/);
  inserts.values.push(2, 'two');
  inserts.clear();
  inserts.values.push(3, 'three');
  inserts.flush();
  expect(database.prepare('SELECT number FROM pairs ORDER BY number').all().at(-1)).toEqual({ number: 3 });
  expect(database.prepare('SELECT number FROM pairs WHERE number = 2').get()).toBeUndefined();
});
