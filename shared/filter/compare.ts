/**
 * How one value of an event is compared with the value of a condition: the same rules for row fields and body
 * members.
 */
import { assertNever } from '../assert.ts';
import type { Operator } from './ast.ts';
import { numberOf } from './fields.ts';
import { compilePattern, patternLiteral } from './wildcard.ts';

/**
 * Text order by code point, which is the order of UTF-8 bytes and so SQLite's; JavaScript's `<` goes by
 * UTF-16 unit.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Compiles a comparison of texts. `:` is a pattern, the rest exact. */
export function compileTextTest(operator: Operator, value: string): (text: string) => boolean {
  if (operator === ':') return compilePattern(value);
  const operand = value.toWellFormed();
  if (operator === '=') return (text) => text === operand;
  if (operator === '!=') return (text) => text !== operand;
  const order = compileOrder(operator);
  return (text) => order(compareText(text, operand));
}

/** Compiles a comparison of numbers; `:` and `=` are the same. */
export function compileNumberTest(operator: Operator, operand: number): (value: number) => boolean {
  switch (operator) {
    case ':':
    case '=':
      return (value) => value === operand;
    case '!=':
      return (value) => value !== operand;
    case '>':
      return (value) => value > operand;
    case '>=':
      return (value) => value >= operand;
    case '<':
      return (value) => value < operand;
    case '<=':
      return (value) => value <= operand;
    default:
      return assertNever(operator);
  }
}

/** Compiles a comparison of the sign of a difference with zero. */
function compileOrder(operator: Operator): (difference: number) => boolean {
  return compileNumberTest(operator, 0);
}

/** A scalar of a JSON body. */
export type Scalar = string | number | boolean | null;

/**
 * Compiles a comparison with a body member: two numbers compare as numbers, anything else as text, numbers
 * then in their shortest JSON form, `true`, `false` and `null` as these words.
 */
export function compileScalarTest(operator: Operator, value: string): (scalar: Scalar) => boolean {
  const asText = compileTextTest(operator, value);
  const literal = operator === ':' ? patternLiteral(value) : value;
  const operand = literal === null ? null : numberOf(literal);
  const asNumber = operand === null ? null : compileNumberTest(operator, operand);
  return (scalar) => {
    if (typeof scalar === 'number' && asNumber !== null) return asNumber(scalar);
    return asText(typeof scalar === 'string' ? scalar : String(scalar));
  };
}

/**
 * The choices of a closed list a condition accepts. `ranked` compares positions in the list (severities),
 * else text. An operand outside the list accepts nothing but with `!=`.
 */
export function acceptedChoices<T extends string>(
  choices: readonly T[],
  ranked: boolean,
  operator: Operator,
  value: string,
): readonly T[] {
  if (operator === ':') return choices.filter(compilePattern(value));
  const operandRank: number = choices.findIndex((choice) => choice === value);
  if (ranked && operandRank >= 0) {
    const test = compileNumberTest(operator, operandRank);
    return choices.filter((_, index) => test(index));
  }
  if (operator === '=') return choices.filter((choice) => choice === value);
  return operator === '!=' ? choices.filter((choice) => choice !== value) : [];
}
