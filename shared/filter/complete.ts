/**
 * What could stand at the caret of a filter box: fields, operators, values. Pure; knows values only as told.
 */
import { FIELDS, OPERATORS, type FieldName, type Operator } from './ast.ts';
import { FIELD_ALIASES, FIELD_RULES, fieldOf } from './fields.ts';
import { printPath, printValue } from './print.ts';
import { foldAscii, literalPattern } from './wildcard.ts';

/** Values seen so far, best first, such as those of the facets. Missing fields just give no values. */
export interface KnownValues {
  readonly fields: Readonly<Partial<Record<FieldName, readonly string[]>>>;
  /** Paths of body members, as in Expression. */
  readonly bodyPaths: readonly (readonly string[])[];
}

export interface Completion {
  readonly kind: 'field' | 'operator' | 'value' | 'keyword';
  /** As shown; for values the value itself, unquoted. */
  readonly label: string;
  /** What replaces [from, to). */
  readonly insert: string;
  /** One line about it; may be ''. */
  readonly about: string;
}

/** Replace [from, to) of the text by `insert` of an option and put the caret after it. */
export interface Completions {
  readonly from: number;
  readonly to: number;
  readonly options: readonly Completion[];
}

export const COMPLETIONS_MAX = 50;
const NOTHING_KNOWN: KnownValues = { fields: {}, bodyPaths: [] };
const WORD_END = /[\s()]/;
const VALUE_END = /[\s(),]/;
const OPERATOR_ABOUT: Readonly<Record<Operator, string>> = {
  ':': 'matches, with * and ?',
  '=': 'is exactly',
  '!=': 'is not',
  '>': 'above',
  '>=': 'at or above',
  '<': 'below',
  '<=': 'at or below',
};
const KEYWORDS: readonly Completion[] = [
  { kind: 'keyword', label: 'OR', insert: 'OR ', about: 'one of both sides' },
  { kind: 'keyword', label: 'NOT', insert: 'NOT ', about: 'all but the next' },
];

/** Never throws; `caret` outside the text is taken as its nearest end. */
export function completions(text: string, caret: number, known: KnownValues = NOTHING_KNOWN): Completions {
  const at = Math.max(0, Math.min(caret, text.length));
  const { start, isQuoted } = wordStart(text, at);
  const typed = text.slice(start, at);
  const condition = splitCondition(typed);
  const to = wordEnd(text, at, isQuoted, condition !== null);
  if (condition === null) {
    if (typed.startsWith('"')) return { from: at, to: at, options: [] };
    return { from: start, to, options: fieldOptions(typed, known).slice(0, COMPLETIONS_MAX) };
  }
  const from = start + condition.valueStart;
  return {
    from,
    to,
    options: valueOptions(condition, typed.slice(condition.valueStart), known).slice(0, COMPLETIONS_MAX),
  };
}

/** Start of the word the caret is in, after any minus signs; a space inside quotes does not end a word. */
function wordStart(text: string, caret: number): { readonly start: number; readonly isQuoted: boolean } {
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < caret; index++) {
    const character = text.charAt(index);
    if (character === '\\') index++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && WORD_END.test(character)) start = index + 1;
  }
  while (start < caret && text.charAt(start) === '-') start++;
  return { start: Math.min(start, caret), isQuoted };
}

/** End of that word, or of that value in a list: in quotes their end, if they have one. */
function wordEnd(text: string, caret: number, isQuoted: boolean, isValue: boolean): number {
  const close = isQuoted ? text.indexOf('"', caret) : -1;
  let end = close < 0 ? caret : close + 1;
  const endsAt = isValue ? VALUE_END : WORD_END;
  while (end < text.length && !endsAt.test(text.charAt(end))) end++;
  return end;
}

interface TypedCondition {
  readonly name: string;
  readonly operator: Operator;
  /** Where the value under the caret starts in the word. */
  readonly valueStart: number;
}

function splitCondition(word: string): TypedCondition | null {
  const head = /^([A-Za-z_](?:[^\s()"\\,/:=<>!]|"[^"]*")*)(!=|>=|<=|[:=<>])/.exec(word);
  const [whole, name, sign] = head ?? [];
  const operator = OPERATORS.find((one) => one === sign);
  if (whole === undefined || name === undefined || operator === undefined) return null;
  let valueStart = whole.length;
  let isQuoted = false;
  for (let index = valueStart; index < word.length; index++) {
    const character = word.charAt(index);
    if (character === '\\') index++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) valueStart = index + 1;
  }
  return { name, operator, valueStart };
}

function fieldOptions(typed: string, known: KnownValues): readonly Completion[] {
  const field = typed === '' ? null : fieldOf(typed);
  const operators = field === null ? [] : operatorOptions(typed, field);
  const names = FIELDS.filter((name) => field !== name && answersTo(name, typed)).map((name): Completion => {
    return { kind: 'field', label: name, insert: `${name}:`, about: FIELD_RULES[name].about };
  });
  const paths = known.bodyPaths
    .map((path) => printPath(path))
    .filter((path) => typed !== '' && startsFolded(path, typed))
    .map((path): Completion => ({
      kind: 'field',
      label: path,
      insert: `${path}:`,
      about: 'member of the body',
    }));
  const body: readonly Completion[] = startsFolded('body.', typed)
    ? [
        {
          kind: 'field',
          label: 'body.',
          insert: 'body.',
          about: 'member of the JSON body, such as body.size>10',
        },
      ]
    : [];
  const keywords = typed === '' ? [] : KEYWORDS.filter(({ label }) => label.startsWith(typed));
  return [...operators, ...names, ...body, ...paths, ...keywords];
}

function operatorOptions(typed: string, field: FieldName): readonly Completion[] {
  return FIELD_RULES[field].operators.map((operator): Completion => {
    return {
      kind: 'operator',
      label: `${typed}${operator}`,
      insert: `${typed}${operator}`,
      about: OPERATOR_ABOUT[operator],
    };
  });
}

function answersTo(field: FieldName, typed: string): boolean {
  if (startsFolded(field, typed)) return true;
  return (
    typed !== '' && [...FIELD_ALIASES].some(([alias, name]) => name === field && startsFolded(alias, typed))
  );
}

function startsFolded(text: string, start: string): boolean {
  return foldAscii(text).startsWith(foldAscii(start));
}

/** Values that begin with what was typed, then those that have it somewhere. */
function valueOptions(condition: TypedCondition, typed: string, known: KnownValues): readonly Completion[] {
  const field = fieldOf(condition.name);
  if (field === null) return [];
  const rule = FIELD_RULES[field];
  const values = rule.choices.length > 0 ? rule.choices : (known.fields[field] ?? []);
  const needle = foldAscii(typed.replace(/^"/, ''));
  const folded = values.map((value) => ({ value, text: foldAscii(value) }));
  const starting = folded.filter(({ text }) => text.startsWith(needle));
  const having = folded.filter(({ text }) => !text.startsWith(needle) && text.includes(needle));
  return [...starting, ...having].map(({ value }): Completion => {
    const operand = condition.operator === ':' ? literalPattern(value) : value;
    return { kind: 'value', label: value, insert: printValue(operand, condition.operator), about: '' };
  });
}
