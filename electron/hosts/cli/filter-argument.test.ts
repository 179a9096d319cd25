import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, filterReport, readFilter } from './filter-argument.ts';
import { jsonLine } from './output.ts';
import { rowLine } from './row-line.ts';
import { readTime } from './time-argument.ts';

function reportOf(text: string): string[] {
  const filter = readFilter([text]);
  return filter.ok ? [] : filter.report.split('\n');
}

describe('the filter of the command line', () => {
  test('joins the words of the shell and gives the tree', () => {
    const filter = readFilter(['src:mimo', 'sev>=warn']);
    expect(filter).toMatchObject({ ok: true, text: 'src:mimo sev>=warn', expression: { type: 'and' } });
    expect(readFilter([])).toMatchObject({ ok: true, expression: null });
  });

  test('underlines the part at fault, also behind wide characters and in long filters', () => {
    expect(reportOf('sev>=wran').slice(0, 2)).toEqual(['  sev>=wran', '       ^^^^']);
    expect(reportOf('磁盘 ｗ sev>=wran').slice(0, 2)).toEqual(['  磁盘 ｗ sev>=wran', '               ^^^^']);
    const [line = '', marks = ''] = reportOf(`${'type:x '.repeat(100)}sev>=wran${' type:y'.repeat(50)}`);
    expect(line.length).toBeLessThan(140);
    expect(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('wran');
  });

  test('never prints a control character and always marks something, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        for (const line of reportOf(`${text} sev>=`)) {
          // eslint-disable-next-line no-control-regex
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/u);
        }
        expect(filterReport('x', [])).toBe('');
      }),
      { numRuns: 3_000 },
    );
  });

  test('counts columns as a terminal does', () => {
    expect(columnsOf('abc')).toBe(3);
    expect(columnsOf('磁盘')).toBe(4);
    expect(columnsOf('e\u0301')).toBe(1);
  });
});

test('times are ago, a date, or milliseconds; anything else is none', () => {
  const nowMs = Date.UTC(2026, 10, 20, 12);
  expect(readTime('15m', nowMs)).toBe(nowMs - 900_000);
  expect(readTime('2d', nowMs)).toBe(nowMs - 172_800_000);
  expect(readTime('2026-11-20T12:00:00Z', 0)).toBe(nowMs);
  expect(readTime(String(nowMs), 0)).toBe(nowMs);
  for (const text of ['', '15', 'm', '5y', '-5m', '2026-13-45', 'yesterday', '1e9d'])
    expect(readTime(text, nowMs)).toBeNull();
});

test('a JSON line is the same value and harmless in a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = jsonLine({ text });
      expect(JSON.parse(line)).toEqual({ text });
      // eslint-disable-next-line no-control-regex
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
    { numRuns: 10_000 },
  );
});

test('an event is one line with its time, number and marks', () => {
  const row = {
    seq: 17,
    receivedAtMs: Date.UTC(2026, 10, 20),
    source: 'mimo',
    kind: 'refused',
    severity: 'warn',
    type: 'E_JSON',
    host: 'n1',
    link: 'mimo-9988',
    peer: '127.0.0.1:1',
    id: '',
    sentAtS: null,
    bodyBytes: 3,
    preview: '{"a',
    simulated: true,
  } as const;
  expect(rowLine(row)).toBe('2026-11-20T00:00:00.000Z #17 warn     mimo/refused E_JSON host=n1 (lab) {"a');
});
