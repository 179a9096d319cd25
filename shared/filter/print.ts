/** Tree → filter text, in one spelling. parseFilter(printFilter(x)) gives x again. */
import { assertNever } from '../assert.ts';
import type { Expression, Operator } from './ast.ts';
import { patternLiteral } from './wildcard.ts';

const PLAIN_WORD = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/;
const PLAIN_VALUE = /^[A-Za-z0-9_./@+-][A-Za-z0-9_./:@+-]*$/;
const PLAIN_PATH_NAME = /^[\p{L}\p{N}_$-]+$/u;
const INDEX = /^\d{1,15}$/;
/**
 * Controls, invisible format signs, lone surrogates and white space: written as escapes so that they can be
 * seen.
 */
const UNSEEN = /[\p{C}\p{Z}]/u;
const KEYWORDS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT']);

/** null (everything) gives ''. */
export function printFilter(expression: Expression | null): string {
  return expression === null ? '' : print(expression);
}

/** A value as it stands after an operator, quoted when needed. */
export function printValue(value: string, operator: Operator): string {
  if (operator !== ':') return printLiteral(value);
  const literal = patternLiteral(value);
  return literal === null ? printPattern(value) : printLiteral(literal);
}

/** A body path such as `body.a[0]["b c"]`. */
export function printPath(path: readonly string[]): string {
  const steps = path.map((name) => {
    if (INDEX.test(name)) return `[${name}]`;
    return PLAIN_PATH_NAME.test(name) ? `.${name}` : `[${quote(name)}]`;
  });
  return `body${steps.join('')}`;
}

function print(expression: Expression): string {
  switch (expression.type) {
    case 'text':
      return printText(expression.value);
    case 'field':
    case 'body':
      return `${head(expression)}${printValue(expression.value, expression.operator)}`;
    case 'not':
      return `-${printOperand(expression.term)}`;
    case 'and':
      return printAnd(expression.terms);
    case 'or':
      return printOr(expression.terms);
    default:
      return assertNever(expression);
  }
}

function printAnd(terms: readonly Expression[]): string {
  // The parser makes no `and` of none; every text has the empty text in it.
  if (terms.length === 0) return '""';
  return terms.map(printOperand).join(' ');
}

function printOr(terms: readonly Expression[]): string {
  if (terms.length === 0) return '-""';
  const list = printList(terms);
  if (list !== null) return list;
  return terms.map((term) => (isJoined(term, 'or') ? `(${print(term)})` : print(term))).join(' OR ');
}

/** Inside `and` and after a minus. */
function printOperand(term: Expression): string {
  return isJoined(term, 'or') || isJoined(term, 'and') ? `(${print(term)})` : print(term);
}

/** True when the term prints with spaces between its parts. */
function isJoined(term: Expression, type: 'and' | 'or'): boolean {
  return term.type === type && term.terms.length > 0 && !(type === 'or' && printList(term.terms) !== null);
}

/** `type:a,b` when all terms ask the same of one field, else null. */
function printList(terms: readonly Expression[]): string | null {
  const heads = terms.map((term) =>
    (term.type === 'field' || term.type === 'body') && (term.operator === ':' || term.operator === '=')
      ? head(term)
      : null,
  );
  const first = heads[0];
  if (first === undefined || first === null || heads.length < 2 || heads.some((other) => other !== first))
    return null;
  const values = terms.map((term) =>
    term.type === 'field' || term.type === 'body' ? printValue(term.value, term.operator) : '',
  );
  return `${first}${values.join(',')}`;
}

function head(term: Extract<Expression, { type: 'field' | 'body' }>): string {
  return `${term.type === 'field' ? term.field : printPath(term.path)}${term.operator}`;
}

function printText(value: string): string {
  return PLAIN_WORD.test(value) && !KEYWORDS.has(value) ? value : quote(value);
}

function printLiteral(value: string): string {
  return PLAIN_VALUE.test(value) ? value : quote(value);
}

function quote(value: string): string {
  let quoted = '';
  for (const character of value) {
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (character === '\n') quoted += '\\n';
    else if (character === '\r') quoted += '\\r';
    else if (character === '\t') quoted += '\\t';
    else quoted += character === ' ' ? ' ' : escapeUnseen(character);
  }
  return `"${quoted}"`;
}

/** With wildcards a pattern cannot be quoted: every sign in it that could mean something is escaped. */
function printPattern(pattern: string): string {
  let printed = '';
  let isEscaped = false;
  for (const character of pattern) {
    if (!isEscaped && character === '\\') isEscaped = true;
    else {
      const isWildcard = !isEscaped && (character === '*' || character === '?');
      printed += isWildcard ? character : printPatternCharacter(character, printed === '');
      isEscaped = false;
    }
  }
  return isEscaped ? `${printed}\\\\` : printed;
}

function printPatternCharacter(character: string, isFirst: boolean): string {
  if (/[A-Za-z0-9_./@+-]/.test(character) || (character === ':' && !isFirst)) return character;
  if (character > '\u007f' || character < ' ' || character === '\u007f') return escapeUnseen(character);
  return `\\${character}`;
}

function escapeUnseen(character: string): string {
  if (!UNSEEN.test(character)) return character;
  let escaped = '';
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
