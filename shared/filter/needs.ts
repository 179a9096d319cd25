/**
 * What an event must have for a filter to match it, as far as that can be said without looking at the event.
 * Whoever can rule out such a need for many events at once (an index, a search over bytes) need not ask the
 * filter about them. A need is never more than the filter demands: when in doubt there is none.
 */
import { assertNever } from '../assert.ts';
import { SEVERITIES } from '../model/event.ts';
import type { Expression, FieldName, Operator } from './ast.ts';
import { isElementName } from './body-path.ts';
import { acceptedChoices } from './compare.ts';
import { FIELD_RULES, numberOf } from './fields.ts';
import { foldAscii, patternLiteral, patternParts } from './wildcard.ts';

/** Columns text search looks into. */
export const TEXT_COLUMNS = ['type', 'host', 'id', 'peer'] as const;
/** Columns of the store's table with values that come again and again, or that identify. */
export const NEED_COLUMNS = [...TEXT_COLUMNS, 'link', 'source', 'kind', 'severity', 'simulated'] as const;
export type NeedColumn = (typeof NEED_COLUMNS)[number];
/** Those with few texts among many events: what is inside them can be kept apart from what is inside the rest. */
export const REPEATED_COLUMNS: ReadonlySet<NeedColumn> = new Set(['type', 'host', 'link']);

/** All texts are well formed and folded by `foldAscii`, names of members excepted. */
export type Need =
  | { readonly type: 'and' | 'or'; readonly terms: readonly Need[] }
  /** One of TEXT_COLUMNS or the body as text has this inside. */
  | { readonly type: 'text'; readonly text: string }
  /** The column is this text, but for case; severities by their index, `simulated` 0 or 1. */
  | { readonly type: 'column'; readonly column: NeedColumn; readonly text: string }
  | { readonly type: 'columnPart'; readonly column: NeedColumn; readonly text: string }
  /** The body is JSON and some object in it has a member of this name. */
  | { readonly type: 'member'; readonly name: string }
  /**
   * A scalar of the body (numbers in their shortest form) is one of these texts, but for case. It is the
   * value of a member `name`, or it may be an element of an array where the name could be an index.
   */
  | { readonly type: 'scalar'; readonly name: string; readonly texts: readonly string[] }
  /** A scalar of the body (numbers in their shortest form) has this inside. */
  | { readonly type: 'scalarPart'; readonly text: string }
  /** A member of this name compares so with the operand, unless its value is no number. */
  | {
      readonly type: 'number';
      readonly name: string;
      readonly operator: OrderOperator;
      readonly operand: number;
    };

export type OrderOperator = Exclude<Operator, ':' | '='>;

/** Null when nothing is needed, as far as this can tell. An `or` of no terms can never be had. */
export function needOf(expression: Expression): Need | null {
  switch (expression.type) {
    case 'text':
      return textNeed(expression.value);
    case 'field':
      return fieldNeed(expression.field, expression.operator, expression.value);
    case 'body':
      return allOf(bodyNeeds(expression.path, expression.operator, expression.value));
    case 'not':
      // What an event must not have says nothing about what it must.
      return null;
    case 'and':
      return allOf(expression.terms.map(needOf).filter((need) => need !== null));
    case 'or': {
      const needs = expression.terms.map(needOf);
      const known = needs.filter((need) => need !== null);
      return known.length === needs.length ? { type: 'or', terms: known } : null;
    }
    default:
      return assertNever(expression);
  }
}

function allOf(needs: readonly Need[]): Need | null {
  const [only] = needs;
  if (only === undefined) return null;
  return needs.length === 1 ? only : { type: 'and', terms: needs };
}

function textNeed(value: string): Need | null {
  const text = foldAscii(value.toWellFormed());
  return text === '' ? null : { type: 'text', text };
}

function fieldNeed(field: FieldName, operator: Operator, value: string): Need | null {
  switch (field) {
    case 'src':
      return choiceNeed('source', FIELD_RULES.src.choices, false, operator, value);
    case 'kind':
      return choiceNeed('kind', FIELD_RULES.kind.choices, false, operator, value);
    case 'sev':
      return choiceNeed('severity', SEVERITIES, true, operator, value, (name) =>
        String(SEVERITIES.findIndex((severity) => severity === name)),
      );
    case 'sim':
      return choiceNeed('simulated', FIELD_RULES.sim.choices, false, operator, value, (name) =>
        name === 'true' ? '1' : '0',
      );
    case 'type':
    case 'host':
    case 'link':
    case 'peer':
    case 'id':
      return columnNeed(field, operator, value);
    case 'seq':
    case 'bytes':
      return null;
    default:
      return assertNever(field);
  }
}

function choiceNeed(
  column: NeedColumn,
  choices: readonly string[],
  ranked: boolean,
  operator: Operator,
  value: string,
  storedAs: (choice: string) => string = (choice) => choice,
): Need | null {
  const accepted = acceptedChoices(choices, ranked, operator, value);
  if (accepted.length === choices.length) return null;
  return {
    type: 'or',
    terms: accepted.map((choice) => ({ type: 'column', column, text: storedAs(choice) })),
  };
}

function columnNeed(column: NeedColumn, operator: Operator, value: string): Need | null {
  if (operator === '=') return { type: 'column', column, text: foldAscii(value.toWellFormed()) };
  if (operator !== ':') return null;
  const pattern = foldAscii(value.toWellFormed());
  const literal = patternLiteral(pattern);
  if (literal !== null) return { type: 'column', column, text: literal };
  return allOf(patternParts(pattern).map((text): Need => ({ type: 'columnPart', column, text })));
}

function bodyNeeds(path: readonly string[], operator: Operator, value: string): Need[] {
  const last = path.at(-1);
  if (last === undefined) return [];
  // An index may be that of an array, which has no names.
  const names = path.filter((name) => !isElementName(name));
  const needs = names.map((name): Need => ({ type: 'member', name }));
  const folded = foldAscii(value.toWellFormed());
  const literal = operator === ':' ? patternLiteral(folded) : operator === '=' ? folded : null;
  if (literal !== null) {
    const operand = numberOf(literal);
    const texts = operand === null ? [literal] : [...new Set([literal, foldAscii(String(operand))])];
    return [...needs, { type: 'scalar', name: last, texts }];
  }
  if (operator === ':' || operator === '=') {
    return [...needs, ...patternParts(folded).map((text): Need => ({ type: 'scalarPart', text }))];
  }
  const operand = numberOf(value);
  if (operand === null || isElementName(last)) return needs;
  return [...needs, { type: 'number', name: last, operator, operand }];
}
