/** Tree → function, compiled once and run per event. SQL made by sql.ts accepts exactly the same events. */
import { assertNever } from '../assert.ts';
import { SEVERITIES, type EventRow } from '../model/event.ts';
import type { Expression, FieldName, Operator } from './ast.ts';
import { compilePath, type EventBody } from './body-path.ts';
import { acceptedChoices, compileNumberTest, compileScalarTest, compileTextTest } from './compare.ts';
import { FIELD_RULES, numberOf } from './fields.ts';
import { containsFolded, foldAscii } from './wildcard.ts';

/**
 * An event a filter can look at. Texts are well formed (no lone surrogates), as the store keeps them. Without
 * `body` (rows of a list, whose bodies stay in the store) text search looks into the preview and body
 * conditions are false.
 */
export interface Matchable extends Readonly<EventRow> {
  readonly body?: EventBody | undefined;
}

export type Matcher = (event: Matchable) => boolean;

/** null matches everything. The matcher keeps no state and never throws. */
export function compileMatcher(expression: Expression | null): Matcher {
  return expression === null ? () => true : compile(expression);
}

/**
 * True when some condition can look into the body, so that a matcher without bodies may answer differently.
 */
export function needsBody(expression: Expression | null): boolean {
  return expression !== null && costOf(expression) >= COST_BODY;
}

/**
 * Compiles conditions on the body alone; text search then means the body text. Conditions on fields are a bug
 * here.
 */
export function compileBodyMatcher(expression: Expression): (body: EventBody) => boolean {
  switch (expression.type) {
    case 'text':
      return compileBodySearch(foldAscii(expression.value.toWellFormed()));
    case 'body':
      return compileBody(expression.path, expression.operator, expression.value);
    case 'not': {
      const term = compileBodyMatcher(expression.term);
      return (body) => !term(body);
    }
    case 'and':
      return every(expression.terms.map(compileBodyMatcher));
    case 'or':
      return some(expression.terms.map(compileBodyMatcher));
    case 'field':
      throw new TypeError('a field is no condition on the body');
    default:
      return assertNever(expression);
  }
}

const COST_CHOICE = 1;
const COST_TEXT = 10;
const COST_BODY = 1_000;

/** A rough cost of a term: cheap ones are asked first, bodies last, whatever order the text has. */
export function costOf(expression: Expression): number {
  switch (expression.type) {
    case 'text':
      return COST_BODY;
    case 'body':
      return COST_BODY * 2;
    case 'field': {
      const { kind } = FIELD_RULES[expression.field];
      return kind === 'text' ? COST_TEXT : COST_CHOICE;
    }
    case 'not':
      return costOf(expression.term);
    case 'and':
    case 'or':
      return expression.terms.reduce((sum, term) => sum + costOf(term), 0);
    default:
      return assertNever(expression);
  }
}

/** The terms, cheapest first; equal ones keep their order. */
export function byCost(terms: readonly Expression[]): readonly Expression[] {
  return terms
    .map((term) => ({ term, cost: costOf(term) }))
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ term }) => term);
}

function compile(expression: Expression): Matcher {
  switch (expression.type) {
    case 'text':
      return compileText(expression.value);
    case 'field':
      return compileField(expression.field, expression.operator, expression.value);
    case 'body': {
      const test = compileBody(expression.path, expression.operator, expression.value);
      return (event) => event.body !== undefined && test(event.body);
    }
    case 'not': {
      const term = compile(expression.term);
      return (event) => !term(event);
    }
    case 'and':
      return every(byCost(expression.terms).map(compile));
    case 'or':
      return some(byCost(expression.terms).map(compile));
    default:
      return assertNever(expression);
  }
}

function every<T>(tests: readonly ((value: T) => boolean)[]): (value: T) => boolean {
  const [first, second] = tests;
  if (tests.length === 2 && first !== undefined && second !== undefined)
    return (value) => first(value) && second(value);
  return (value) => {
    for (const test of tests) if (!test(value)) return false;
    return true;
  };
}

function some<T>(tests: readonly ((value: T) => boolean)[]): (value: T) => boolean {
  const [first, second] = tests;
  if (tests.length === 2 && first !== undefined && second !== undefined)
    return (value) => first(value) || second(value);
  return (value) => {
    for (const test of tests) if (test(value)) return true;
    return false;
  };
}

/** A needle without ASCII letters is found in the text as it is. */
function compileBodySearch(needle: string): (body: EventBody) => boolean {
  return /[a-z]/.test(needle)
    ? (body) => body.folded().includes(needle)
    : (body) => body.text().includes(needle);
}

function compileText(value: string): Matcher {
  const needle = foldAscii(value.toWellFormed());
  const isInBody = compileBodySearch(needle);
  return (event) =>
    containsFolded(event.type, needle) ||
    containsFolded(event.host, needle) ||
    containsFolded(event.id, needle) ||
    containsFolded(event.peer, needle) ||
    (event.body === undefined ? containsFolded(event.preview, needle) : isInBody(event.body));
}

function compileBody(
  path: readonly string[],
  operator: Operator,
  value: string,
): (body: EventBody) => boolean {
  const member = compilePath(path);
  const test = compileScalarTest(operator, value);
  const isPresenceTest = operator === ':' && /^\*+$/.test(value);
  return (body) => {
    const found = member(body);
    if (found === null) return false;
    return found.isScalar ? test(found.scalar) : isPresenceTest;
  };
}

function compileField(field: FieldName, operator: Operator, value: string): Matcher {
  switch (field) {
    case 'src':
    case 'kind': {
      const accepted = new Set<string>(acceptedChoices(FIELD_RULES[field].choices, false, operator, value));
      return field === 'src' ? (event) => accepted.has(event.source) : (event) => accepted.has(event.kind);
    }
    case 'sev': {
      const accepted = new Set<string>(acceptedChoices(SEVERITIES, true, operator, value));
      return (event) => accepted.has(event.severity);
    }
    case 'sim': {
      const accepted = acceptedChoices(FIELD_RULES.sim.choices, false, operator, value);
      const whenTrue = accepted.includes('true');
      const whenFalse = accepted.includes('false');
      return (event) => (event.simulated ? whenTrue : whenFalse);
    }
    case 'seq':
    case 'bytes': {
      const operand = numberOf(value);
      if (operand === null) return () => false;
      const test = compileNumberTest(operator, operand);
      return field === 'seq' ? (event) => test(event.seq) : (event) => test(event.bodyBytes);
    }
    case 'type':
    case 'host':
    case 'link':
    case 'peer':
    case 'id': {
      const test = compileTextTest(operator, value);
      return (event) => test(event[field]);
    }
    default:
      return assertNever(field);
  }
}
