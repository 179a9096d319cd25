/** Random filters and events that meet often: both draw their texts from the same few characters. */
import * as fc from 'fast-check';
import {
  FIELDS,
  OPERATORS,
  type Expression,
  type FieldName,
  type Operator,
} from '../../shared/filter/ast.ts';
import { FIELD_RULES } from '../../shared/filter/fields.ts';
import { compilePattern, literalPattern } from '../../shared/filter/wildcard.ts';
import { KINDS, SEVERITIES, SOURCES, type EventRow } from '../../shared/model/event.ts';

const FEW = [
  'a',
  'A',
  'b',
  'B',
  '_',
  '%',
  '*',
  '?',
  '\\',
  '"',
  ' ',
  ',',
  '(',
  ')',
  ':',
  '-',
  '.',
  '中',
  '😀',
  '\0',
  '\ufffd',
];
const fewText = fc.string({ unit: fc.constantFrom(...FEW), maxLength: 5 });
/** Any UTF-16 text, lone surrogates too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));
const wildText = fc.string({ unit: 'binary', maxLength: 12 });

const NAMES = ['a', 'A', 'b', 'size', 'x y', '__proto__', 'constructor', '0', '1', '', 'ключ', 'q"uote'];
const nameOf = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: text });

const number = fc.oneof(
  fc.integer({ min: -2, max: 12 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('1e9', '.5', '5.', '+3', '1E2', '1e+1', '007'),
);

/** A pattern in the canonical form of the parser: only `\`, `*` and `?` escaped. */
const patternOf = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: text.map(literalPattern) },
        { weight: 2, arbitrary: fc.constant('*') },
        { weight: 1, arbitrary: fc.constant('?') },
      ),
      { maxLength: 5 },
    )
    .map((pieces) => pieces.join(''));

function fieldCondition(field: FieldName, text: fc.Arbitrary<string>): fc.Arbitrary<Expression> {
  const { kind, operators, choices } = FIELD_RULES[field];
  return fc.constantFrom(...operators).chain((operator): fc.Arbitrary<Expression> => {
    const build = (value: string): Expression => ({ type: 'field', field, operator, value });
    if (kind === 'number') return number.map(build);
    if (kind === 'text') return (operator === ':' ? patternOf(text) : text).map(build);
    if (operator !== ':') return fc.constantFrom(...choices).map(build);
    const patterns = ['*', '*e*', '?*r*', 'g*', '*ue'].filter((pattern) =>
      choices.some(compilePattern(pattern)),
    );
    return fc.constantFrom(...choices, ...patterns).map(build);
  });
}

function bodyCondition(text: fc.Arbitrary<string>): fc.Arbitrary<Expression> {
  const path = fc.array(nameOf(text), { minLength: 1, maxLength: 3 });
  return fc.tuple(path, fc.constantFrom(...OPERATORS)).chain(([names, operator]) => {
    const value = fc.oneof(
      operator === ':' ? patternOf(text) : text,
      number,
      fc.constantFrom('true', 'null'),
    );
    return value.map((one): Expression => ({ type: 'body', path: names, operator, value: one }));
  });
}

/** Several values of one field, which the printer writes as a list. */
function list(text: fc.Arbitrary<string>): fc.Arbitrary<Expression> {
  const head = fc.tuple(
    fc.constantFrom<FieldName>('type', 'host', 'id'),
    fc.constantFrom<Operator>(':', '='),
  );
  return head.chain(([field, operator]) =>
    fc
      .array(operator === ':' ? patternOf(text) : text, { minLength: 2, maxLength: 4 })
      .map((values): Expression => {
        return { type: 'or', terms: values.map((value) => ({ type: 'field', field, operator, value })) };
      }),
  );
}

function expressionsOf(text: fc.Arbitrary<string>): fc.Arbitrary<Expression> {
  const leaf = fc.oneof(
    text.map((value): Expression => ({ type: 'text', value })),
    fc.constantFrom(...FIELDS).chain((field) => fieldCondition(field, text)),
    bodyCondition(text),
    list(text),
  );
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => {
    const terms = fc.array(tie('tree'), { minLength: 2, maxLength: 3 });
    return {
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        tie('tree').map((term): Expression => ({ type: 'not', term })),
        terms.map((some): Expression => ({ type: 'and', terms: some })),
        terms.map((some): Expression => ({ type: 'or', terms: some })),
      ),
    };
  });
  return tree;
}

/** Any tree the parser could give. */
export const expressions = expressionsOf(fc.oneof(fewText, anyText, wildText));
/** Trees that match and miss random events about equally often. */
export const closeExpressions = expressionsOf(fewText);

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fewText,
    fc.integer({ min: -2, max: 12 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** JSON as others write it: escapes where none are needed, numbers in all their forms, members given twice. */
function oddJson(value: unknown, pick: () => number): string {
  if (typeof value === 'number') {
    return (
      [`${value}`, `${value}.0`, `${value}e0`, `${value}0E-1`, `${value}00000000000000000e-17`][pick()] ??
      '-0'
    );
  }
  if (typeof value === 'string') {
    const units = value.split('').map((unit) => {
      const escaped = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
      return pick() < 2 ? escaped : JSON.stringify(unit).slice(1, -1);
    });
    return `"${units.join('')}"`;
  }
  if (Array.isArray(value)) return `[${value.map((one) => oddJson(one, pick)).join(' , ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(
    ([name, one]) => `${oddJson(name, pick)} : ${oddJson(one, pick)}`,
  );
  return `{ ${members.flatMap((member) => (pick() === 0 ? [`"a":"b"`, member] : [member])).join(',')}}`;
}

const oddBody = fc
  .tuple(json, fc.array(fc.nat(5), { minLength: 3, maxLength: 11 }), fc.option(fc.nat(20)))
  .map(([value, picks, wrongAt]) => {
    let next = 0;
    const bytes = new TextEncoder().encode(oddJson(value, () => picks[next++ % picks.length] ?? 0));
    if (wrongAt !== null && wrongAt < bytes.length) bytes[wrongAt] = 0xff;
    return bytes;
  });

const body: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: json.map((value) => new TextEncoder().encode(JSON.stringify(value))) },
  { weight: 3, arbitrary: oddBody },
  { weight: 1, arbitrary: fewText.map((text) => new TextEncoder().encode(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);

export interface RandomEvent {
  readonly row: EventRow;
  readonly body: Uint8Array;
}

/** `seq` is 0: who keeps the events numbers them. */
export const events: fc.Arbitrary<RandomEvent> = fc
  .record({
    receivedAtMs: fc.integer({ min: 0, max: 2_000_000_000_000 }),
    source: fc.constantFrom(...SOURCES),
    kind: fc.constantFrom(...KINDS),
    severity: fc.constantFrom(...SEVERITIES),
    type: fewText,
    host: fewText,
    link: fewText,
    peer: fewText,
    id: fewText,
    simulated: fc.boolean(),
    body,
  })
  .map(({ body, ...rest }) => ({
    row: { ...rest, seq: 0, sentAtS: null, bodyBytes: body.length, preview: '' },
    body,
  }));
