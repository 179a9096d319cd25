import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeExpressions, expressions } from '../../tests/kit/filter-arbitraries.ts';
import { LIMITS } from '../limits.ts';
import type { Expression } from './ast.ts';
import { FILTER_ERRORS_MAX, type FilterError } from './filter-error.ts';
import { parseFilter } from './parse.ts';
import { printFilter } from './print.ts';

function tree(text: string): Expression | null {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.errors)}`);
  return parsed.expression;
}

function errorsOf(text: string): readonly FilterError[] {
  const parsed = parseFilter(text);
  return parsed.ok ? [] : parsed.errors;
}

const text = (value: string): Expression => ({ type: 'text', value });
const field = (name: string, operator: string, value: string): unknown => {
  return { type: 'field', field: name, operator, value };
};

describe('parseFilter reads', () => {
  it('the example of the product', () => {
    expect(
      tree('src:gse sev>=warn type:bdev_* host:node-1? body.size>1e9 "磁盘" -type:machine_info id:abc'),
    ).toEqual({
      type: 'and',
      terms: [
        field('src', ':', 'gse'),
        field('sev', '>=', 'warn'),
        field('type', ':', 'bdev_*'),
        field('host', ':', 'node-1?'),
        { type: 'body', path: ['size'], operator: '>', value: '1e9' },
        text('磁盘'),
        { type: 'not', term: field('type', ':', 'machine_info') },
        field('id', ':', 'abc'),
      ],
    });
  });

  it.each(['', '   ', '\t\n', '\u3000'])('%j as everything', (blank) => expect(tree(blank)).toBeNull());

  it.each<[string, unknown]>([
    ['disk', text('disk')],
    ['disk*', text('disk*')],
    ['127.0.0.1:9988', text('127.0.0.1:9988')],
    ['12:30:05', text('12:30:05')],
    ['/dev/sda', text('/dev/sda')],
    ['body.txt', text('body.txt')],
    ['body', text('body')],
    ['or', text('or')],
    ['"OR"', text('OR')],
    ['""', text('')],
    ['"a \\"b\\" \\\\ \\n\\u4e2d"', text('a "b" \\ \n中')],
    ['a-b', text('a-b')],
    ['((a))', text('a')],
    ['a b', { type: 'and', terms: [text('a'), text('b')] }],
    ['a\u3000b', { type: 'and', terms: [text('a'), text('b')] }],
    ['a AND b', { type: 'and', terms: [text('a'), text('b')] }],
    ['a OR b', { type: 'or', terms: [text('a'), text('b')] }],
    ['a b OR c', { type: 'or', terms: [{ type: 'and', terms: [text('a'), text('b')] }, text('c')] }],
    ['a (b OR c)', { type: 'and', terms: [text('a'), { type: 'or', terms: [text('b'), text('c')] }] }],
    ['(a b) c', { type: 'and', terms: [{ type: 'and', terms: [text('a'), text('b')] }, text('c')] }],
    ['a(b)', { type: 'and', terms: [text('a'), text('b')] }],
    ['-a', { type: 'not', term: text('a') }],
    ['NOT a', { type: 'not', term: text('a') }],
    ['--a', { type: 'not', term: { type: 'not', term: text('a') } }],
    ['-(a b)', { type: 'not', term: { type: 'and', terms: [text('a'), text('b')] } }],
    [
      'NOT -a b',
      { type: 'and', terms: [{ type: 'not', term: { type: 'not', term: text('a') } }, text('b')] },
    ],
    ['a OR NOT b', { type: 'or', terms: [text('a'), { type: 'not', term: text('b') }] }],
  ])('%s', (source, expected) => expect(tree(source)).toEqual(expected));

  it.each<[string, unknown]>([
    ['type:a,b', { type: 'or', terms: [field('type', ':', 'a'), field('type', ':', 'b')] }],
    ['type="a,b",c', { type: 'or', terms: [field('type', '=', 'a,b'), field('type', '=', 'c')] }],
    ['type:a\\,b', field('type', ':', 'a,b')],
    ['type:"a*"', field('type', ':', 'a\\*')],
    ['type:a\\*b*', field('type', ':', 'a\\*b*')],
    ['type=a*', field('type', '=', 'a*')],
    ['type:my\\ name*', field('type', ':', 'my name*')],
    ['host:""', field('host', ':', '')],
    ['peer:127.0.0.1:*', field('peer', ':', '127.0.0.1:*')],
    ['severity:WARNING', field('sev', ':', 'warn')],
    ['SEV>=Fatal', field('sev', '>=', 'critical')],
    ['level!=err', field('sev', '!=', 'error')],
    ['sev:W*', field('sev', ':', 'w*')],
    ['source:mimo', field('src', ':', 'mimo')],
    ['sim:yes', field('sim', ':', 'true')],
    ['size>=1e3', field('bytes', '>=', '1e3')],
    ['seq>-1', field('seq', '>', '-1')],
    ['host>=node-5', field('host', '>=', 'node-5')],
    ['body.a:x', { type: 'body', path: ['a'], operator: ':', value: 'x' }],
    ['BODY.a[0].b=1', { type: 'body', path: ['a', '0', 'b'], operator: '=', value: '1' }],
    ['body["x y"]["]"]:*', { type: 'body', path: ['x y', ']'], operator: ':', value: '*' }],
    ['body.磁盘!=坏', { type: 'body', path: ['磁盘'], operator: '!=', value: '坏' }],
    ['body.__proto__:x', { type: 'body', path: ['__proto__'], operator: ':', value: 'x' }],
  ])('%s', (source, expected) => expect(tree(source)).toEqual(expected));
});

describe('parseFilter refuses', () => {
  it.each<[string, string, number, number]>([
    ['tpye:x', 'unknown_field', 0, 4],
    ['a node-1:80', 'unknown_field', 2, 8],
    ['__proto__:x', 'unknown_field', 0, 9],
    ['constructor=x', 'unknown_field', 0, 11],
    ['sev>=bad', 'value_unknown', 5, 8],
    ['sev:x*', 'value_unknown', 4, 6],
    ['src:gse,nope', 'value_unknown', 8, 12],
    ['sim:maybe', 'value_unknown', 4, 9],
    ['bytes>many', 'number_bad', 6, 10],
    ['bytes>1e999', 'number_bad', 6, 11],
    ['seq:1*', 'number_bad', 4, 6],
    ['bytes>0x10', 'number_bad', 6, 10],
    ['src>gse', 'operator_unfit', 3, 4],
    ['type==a', 'operator_unfit', 4, 7],
    ['type!=a,b', 'list_unfit', 0, 9],
    ['type:', 'value_missing', 0, 5],
    ['type: a', 'value_missing', 0, 5],
    ['type:a,', 'value_missing', 0, 7],
    ['type:,a', 'value_missing', 0, 5],
    ['(type:)', 'value_missing', 1, 6],
    ['type:(a b)', 'value_group', 0, 6],
    ['>5', 'field_missing', 0, 2],
    [':', 'field_missing', 0, 1],
    ['body:x', 'path_bad', 0, 4],
    ['body.:x', 'path_bad', 0, 7],
    ['body[x]:1', 'path_bad', 0, 9],
    ['body["a":1', 'path_bad', 0, 10],
    ['a OR', 'operand_missing', 2, 4],
    ['OR a', 'operand_missing', 0, 2],
    ['a OR OR b', 'operand_missing', 2, 4],
    ['AND', 'operand_missing', 0, 3],
    ['a AND', 'operand_missing', 2, 5],
    ['NOT', 'operand_missing', 0, 3],
    ['a NOT OR b', 'operand_missing', 2, 5],
    ['-', 'operand_missing', 0, 1],
    ['- a', 'operand_missing', 0, 1],
    ['a ()', 'group_empty', 2, 4],
    ['(a', 'open_unmatched', 0, 1],
    ['((a)', 'open_unmatched', 0, 1],
    ['a)', 'close_unmatched', 1, 2],
    ['a "b', 'quote_unclosed', 2, 4],
    ['a"b"', 'quote_inside', 0, 4],
    ['"a"b', 'quote_inside', 3, 4],
    ['"\\q"', 'escape_bad', 1, 3],
    ['a\\', 'escape_bad', 1, 2],
    ['"\\u12"', 'escape_bad', 1, 3],
  ])('%s: %s at %i to %i', (source, code, start, end) => {
    const [first] = errorsOf(source);
    expect(first).toMatchObject({ code, span: { start, end }, subject: source.slice(start, end) });
    expect(first?.message).not.toBe('');
    expect(first?.fix).not.toBe('');
  });

  it('and names the field that was meant', () => {
    expect(errorsOf('hots:x')[0]?.choices).toEqual(['host']);
    expect(errorsOf('severty:warn')[0]?.choices).toEqual(['severity']);
    expect(errorsOf('zzz:x')[0]?.choices).toContain('type');
  });

  it('and tells of every mistake, in text order', () => {
    const codes = errorsOf('tpye:x sev>bad ok (bytes>q').map(({ code }) => code);
    expect(codes).toEqual(['unknown_field', 'value_unknown', 'open_unmatched', 'number_bad']);
  });

  it('with at most a bounded number of errors', () => {
    expect(errorsOf('x:y '.repeat(400))).toHaveLength(FILTER_ERRORS_MAX);
  });

  it('texts one character over the limit, and takes those at the limit', () => {
    expect(tree('a'.repeat(LIMITS.filterCharactersMax))).toEqual(
      text('a'.repeat(LIMITS.filterCharactersMax)),
    );
    const [error] = errorsOf('a'.repeat(LIMITS.filterCharactersMax + 1));
    expect(error).toMatchObject({ code: 'too_long', span: { start: 2_000, end: 2_001 } });
    expect(errorsOf('('.repeat(1_000_000))).toHaveLength(1);
  });

  it.each(['-', '(', 'NOT '])('%s nested one deeper than the limit, and takes the limit', (opener) => {
    const nested = (depth: number): string =>
      opener.repeat(depth) + 'a' + (opener === '(' ? ')'.repeat(depth) : '');
    expect(tree(nested(LIMITS.filterDepthMax))).not.toBeNull();
    const errors = errorsOf(nested(LIMITS.filterDepthMax + 1));
    expect(errors.map(({ code }) => code)).toEqual(['too_deep']);
    expect(errors[0]?.span.start).toBe(LIMITS.filterDepthMax * opener.length);
    expect(errorsOf(opener.repeat(Math.floor(2_000 / opener.length))).map(({ code }) => code)).toEqual([
      'too_deep',
    ]);
  });

  it('body paths with more steps than a body can have', () => {
    expect(tree(`body${'.a'.repeat(LIMITS.filterDepthMax)}:x`)).not.toBeNull();
    expect(errorsOf(`body${'.a'.repeat(LIMITS.filterDepthMax + 1)}:x`)[0]?.code).toBe('too_deep');
  });
});

describe('parser and printer', () => {
  it('give every tree back: parse(print(x)) = x', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        const printed = printFilter(expression);
        fc.pre(printed.length <= LIMITS.filterCharactersMax);
        expect(parseFilter(printed)).toEqual({ ok: true, expression });
      }),
      { numRuns: 10_000 },
    );
  });

  it('print one spelling: print(parse(print(x))) = print(x), and it shows every character', () => {
    fc.assert(
      fc.property(closeExpressions, (expression) => {
        const printed = printFilter(expression);
        expect(printFilter(tree(printed))).toBe(printed);
        expect(printed).not.toMatch(/[\p{C}]/u);
      }),
      { numRuns: 2_000 },
    );
  });

  it("print null as the empty text and programs' empty lists as texts of the same meaning", () => {
    expect(printFilter(null)).toBe('');
    expect(printFilter({ type: 'and', terms: [] })).toBe('""');
    expect(printFilter({ type: 'or', terms: [] })).toBe('-""');
    expect(printFilter({ type: 'and', terms: [text('a')] })).toBe('a');
  });

  const PARTS = 'type sev body src : = != > >= < ( ) " \\ - OR AND NOT , . [ ] 0 warn gse * ? a 磁';
  const grammarText = fc
    .array(fc.constantFrom(...PARTS.split(' '), ' ', '  ', '\u3000', '\\u0041', '\ud800'), { maxLength: 20 })
    .map((parts) => parts.join(''));

  it('never throw on any text; spans lie inside it and are not empty; what parses survives printing', () => {
    fc.assert(
      fc.property(fc.oneof(grammarText, fc.string({ unit: 'binary', maxLength: 60 })), (source) => {
        const parsed = parseFilter(source);
        if (parsed.ok) {
          const printed = printFilter(parsed.expression);
          expect(parseFilter(printed)).toEqual(parsed);
          return;
        }
        expect(parsed.errors.length).toBeGreaterThan(0);
        for (const { span, message, fix } of parsed.errors) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end).toBeLessThanOrEqual(source.length);
          expect(message.length * fix.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
