import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeExpressions, events, type RandomEvent } from '../../tests/kit/filter-arbitraries.ts';
import { LIMITS } from '../limits.ts';
import { SEVERITIES } from '../model/event.ts';
import type { Expression } from './ast.ts';
import { EventBody } from './body-path.ts';
import { compileMatcher } from './match.ts';
import { parseFilter } from './parse.ts';
import { printFilter } from './print.ts';
import { createSqlFunctions, toSql, type SqlOptions } from './sql.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const decode = (bytes: Uint8Array): string => decoder.decode(bytes);

let database: DatabaseSync;
const bodiesLookedAt = new Set<unknown>();
const COUNTED_BODY = '(SELECT looked_at(bodies.seq, bodies.body) FROM bodies WHERE bodies.seq = events.seq)';

beforeAll(() => {
  database = new DatabaseSync(':memory:');
  database.exec(`
    CREATE TABLE events (seq INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, source TEXT NOT NULL,
      kind TEXT NOT NULL, severity INTEGER NOT NULL, type TEXT NOT NULL, host TEXT NOT NULL, link TEXT NOT NULL,
      peer TEXT NOT NULL, id TEXT NOT NULL, sent_s REAL, body_bytes INTEGER NOT NULL, preview TEXT NOT NULL,
      simulated INTEGER NOT NULL);
    CREATE TABLE bodies (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, head BLOB NOT NULL);`);
  for (const { name, call } of createSqlFunctions(decode)) {
    database.function(name, { deterministic: true, directOnly: true }, call);
  }
  database.function('looked_at', (seq, body) => {
    bodiesLookedAt.add(seq);
    return body;
  });
});
afterAll(() => database.close());

function fill(all: readonly RandomEvent[]): void {
  database.exec('BEGIN; DELETE FROM events; DELETE FROM bodies');
  const insertRow = database.prepare('INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,NULL,?,?,?)');
  const insertBody = database.prepare("INSERT INTO bodies VALUES (?, ?, x'')");
  for (const { row, body } of all) {
    const { seq, receivedAtMs, source, kind, type, host, link, peer, id } = row;
    const severity = SEVERITIES.indexOf(row.severity);
    const simulated = row.simulated ? 1 : 0;
    insertRow.run(
      seq,
      receivedAtMs,
      source,
      kind,
      severity,
      type,
      host,
      link,
      peer,
      id,
      body.length,
      '',
      simulated,
    );
    insertBody.run(seq, body);
  }
  database.exec('COMMIT');
}

function selected(expression: Expression | null, options: SqlOptions = {}): number[] {
  const { where, parameters } = toSql(expression, options);
  const statement = database.prepare(`SELECT seq FROM events WHERE ${where} ORDER BY seq`);
  return statement.all(...parameters).map((row) => Number(row['seq']));
}

function matched(expression: Expression | null, all: readonly RandomEvent[]): number[] {
  const matcher = compileMatcher(expression);
  return all
    .filter(({ row, body }) => matcher({ ...row, body: new EventBody(() => decode(body)) }))
    .map(({ row }) => row.seq);
}

function parsed(text: string): Expression | null {
  const result = parseFilter(text);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.expression;
}

function sample(count: number, seed: number): RandomEvent[] {
  return fc.sample(events, { numRuns: count, seed }).map(({ row, body }, index) => ({
    row: { ...row, seq: index + 1 },
    body,
  }));
}

describe('matcher and SQL', () => {
  it('accept the same random events', () => {
    const all = sample(300, 1);
    fill(all);
    let some = 0;
    fc.assert(
      fc.property(closeExpressions, (expression) => {
        const bySql = selected(expression);
        expect(bySql, printFilter(expression)).toEqual(matched(expression, all));
        if (bySql.length > 0 && bySql.length < all.length) some++;
      }),
      { numRuns: 1_500 },
    );
    // The property says nothing when filters take all or none.
    expect(some).toBeGreaterThan(500);
  });

  it('accept the same whatever the events', () => {
    fc.assert(
      fc.property(
        fc.array(events, { minLength: 1, maxLength: 8 }),
        fc.array(closeExpressions),
        (some, filters) => {
          const all = some.map(({ row, body }, index) => ({ row: { ...row, seq: index + 1 }, body }));
          fill(all);
          for (const filter of filters)
            expect(selected(filter), printFilter(filter)).toEqual(matched(filter, all));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    'type:*\\u0000*',
    'type:a*b',
    'type:?',
    'type:*a',
    'type:a\\%*',
    'type>"\\uffff"',
    'type:"a\\u0000b"',
    'type:A',
    '""',
    '-""',
    'k',
  ])('agree on odd texts: %s', (filter) => {
    const texts = [
      '',
      'a',
      'A',
      'a\0b',
      'a\0c',
      'ab',
      'a%',
      'aXb',
      '😀',
      '\uffff',
      'İ',
      '\u212a',
      '中',
      '\0',
      'a\0',
    ];
    const [one] = sample(1, 2);
    if (one === undefined) throw new Error('one event');
    const all = texts.map((type, index) => ({ ...one, row: { ...one.row, type, seq: index + 1 } }));
    fill(all);
    expect(selected(parsed(filter))).toEqual(matched(parsed(filter), all));
  });
});

describe('toSql', () => {
  it('reads bodies only when the columns leave the answer open', () => {
    const all = sample(200, 3);
    fill(all);
    bodiesLookedAt.clear();
    const filter = parsed('body.a:* sev>=critical body.b:* src:gse');
    const hits = selected(filter, { bodySql: COUNTED_BODY });
    const open = all.filter(({ row }) => row.severity === 'critical' && row.source === 'gse').length;
    expect(bodiesLookedAt.size).toBe(open);
    expect(hits.length).toBeLessThanOrEqual(open);
  });

  it('puts text search behind the columns, wherever it stands in the filter', () => {
    const all = sample(200, 3);
    fill(all);
    bodiesLookedAt.clear();
    selected(parsed('"no such text" sev>=critical'), { bodySql: COUNTED_BODY });
    expect(bodiesLookedAt.size).toBe(all.filter(({ row }) => row.severity === 'critical').length);
  });

  it('gives trees the parser never makes the meaning they have in the matcher', () => {
    const all = sample(20, 5);
    fill(all);
    const odd: Expression[] = [
      { type: 'and', terms: [] },
      { type: 'not', term: { type: 'or', terms: [] } },
      { type: 'field', field: 'src', operator: '>', value: 'gse' },
      { type: 'field', field: 'seq', operator: '!=', value: 'bad' },
    ];
    for (const tree of odd) expect(selected(tree)).toEqual(matched(tree, all));
  });

  it('says when it needs bodies, and carries values as parameters only', () => {
    expect(toSql(null)).toEqual({ where: '1', parameters: [], needsBody: false });
    expect(toSql(parsed('type:"\'; DROP TABLE events"')).where).not.toContain('DROP');
    expect(toSql(parsed('x'), { table: 'e', bodySql: 'b.body' })).toMatchObject({ needsBody: true });
    expect(toSql(parsed('x'), { table: 'e', bodySql: 'b.body' }).where).toContain('CAST(b.body AS TEXT)');
    expect(toSql(parsed('body.a>1'), { table: 'e', bodySql: 'b.body' }).where).toContain(
      'signalbox_body(?, b.body)',
    );
  });

  it('stays within the depth SQLite takes for the longest and deepest filters', () => {
    fill(sample(3, 4));
    for (const [opener, closer] of [
      ['(id:x OR ', ')'],
      ['(-id:x ', ')'],
    ] as const) {
      selected(parsed(`${opener.repeat(60)}a${closer.repeat(60)}`));
    }
    selected(parsed('a '.repeat(LIMITS.filterCharactersMax / 2)));
    selected(parsed('a OR '.repeat(LIMITS.filterCharactersMax / 5 - 1) + 'b'));
    selected(parsed(`id:${'a,'.repeat(990)}a`));
    selected(parsed('-'.repeat(64) + 'a'));
  });
});
