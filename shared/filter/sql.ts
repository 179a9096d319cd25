/**
 * Tree → WHERE clause for the event store's narrow table (columns: seq, source, kind, severity as index in
 * SEVERITIES, type, host, link, peer, id, body_bytes, simulated as 0 or 1; no column is NULL, texts are well
 * formed).
 *
 * Cheap conditions come first, so that SQLite reads a body only when the columns leave the question open.
 * What SQL cannot say exactly as the matcher does (JSON bodies, wildcards over texts with U+0000) is asked of
 * two functions the store registers, which run the matcher's own code: they agree by construction. Bodies
 * whose bytes lack what such a condition needs are not even handed to them.
 */
import { assertNever } from '../assert.ts';
import { SEVERITIES } from '../model/event.ts';
import type { Expression, FieldName, Operator } from './ast.ts';
import { EventBody } from './body-path.ts';
import { acceptedChoices } from './compare.ts';
import { FIELD_RULES, numberOf } from './fields.ts';
import { byCost, compileBodyMatcher, needsBody } from './match.ts';
import { TEXT_COLUMNS, needOf } from './needs.ts';
import type { Need } from './needs.ts';
import { parsePrinted } from './parse.ts';
import { printFilter } from './print.ts';
import { compilePattern, foldAscii, likePattern, patternLiteral } from './wildcard.ts';

export interface SqlFilter {
  /** A boolean SQL expression with `?` for each parameter, in order; '1' for everything. Never NULL. */
  readonly where: string;
  readonly parameters: readonly (string | number)[];
  /** True when a body may be read for some rows. */
  readonly needsBody: boolean;
}

export interface SqlOptions {
  /** Name or alias of the narrow table in the statement. Default `events`. */
  readonly table?: string;
  /** SQL that gives the body of the current row as a BLOB. Default: a subquery on `bodies` by seq. */
  readonly bodySql?: string;
}

/**
 * Register each with the connection, as deterministic and direct-only. Arguments come as SQLite gives them.
 */
export interface SqlFunction {
  readonly name: string;
  readonly call: (key: unknown, value: unknown) => 0 | 1;
}

const BODY_FUNCTION = 'signalbox_body';
const TEXT_FUNCTION = 'signalbox_text';
const COMPILED_MAX = 256;
/** Signs JSON may write as a backslash and one sign; all others stand as they are, or as `\u` and digits. */
const HAS_SHORT_ESCAPE = /["\\/\b\f\n\r\t]/;
/** Looking for more than this in each body costs more than it saves. */
const BODY_LOOKS_MAX = 8;
/** What the filter sees in place of wrong bytes: they are not that themselves. */
const REPLACEMENT = '\ufffd';

/**
 * `decode` turns all bytes of a body into text as EventBody wants it. The functions hold at most 256 compiled
 * tests.
 */
export function createSqlFunctions(decode: (bytes: Uint8Array) => string): readonly SqlFunction[] {
  const bodyTests = memo((key) => {
    const expression = parsePrinted(key);
    return expression === null ? () => true : compileBodyMatcher(expression);
  });
  const textTests = memo(compilePattern);
  return [
    {
      name: BODY_FUNCTION,
      call(key, value) {
        const body = new EventBody(() => (value instanceof Uint8Array ? decode(value) : ''));
        return bodyTests(String(key))(body) ? 1 : 0;
      },
    },
    {
      name: TEXT_FUNCTION,
      call: (key, value) => (textTests(String(key))(String(value)) ? 1 : 0),
    },
  ];
}

/** null gives the clause for everything. Never throws on a tree of the parser. */
export function toSql(expression: Expression | null, options: SqlOptions = {}): SqlFilter {
  const { table = 'events' } = options;
  const bodySql = options.bodySql ?? `(SELECT bodies.body FROM bodies WHERE bodies.seq = ${table}.seq)`;
  const clause = expression === null ? ALWAYS : new Translator(table, bodySql).translate(expression);
  return { where: clause.sql, parameters: clause.parameters, needsBody: needsBody(expression) };
}

function memo<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= COMPILED_MAX) made.clear();
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}

interface Clause {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

const ALWAYS: Clause = { sql: '1', parameters: [] };
const NEVER: Clause = { sql: '0', parameters: [] };
/** Folded text that may be part of a number in its shortest form, Infinity among them. */
const IN_A_NUMBER = /^(?:[0-9.e+-]*|-?i?n?f?i?n?i?t?y?)$/;

class Translator {
  private readonly table: string;
  private readonly bodySql: string;

  constructor(table: string, bodySql: string) {
    this.table = table;
    this.bodySql = bodySql;
  }

  translate(expression: Expression): Clause {
    if (isBodyOnly(expression)) return this.bodyClause(expression);
    switch (expression.type) {
      case 'text':
        return this.textClause(expression.value);
      case 'field':
        return this.fieldClause(expression.field, expression.operator, expression.value);
      case 'not': {
        const term = this.translate(expression.term);
        return { sql: `NOT ${term.sql}`, parameters: term.parameters };
      }
      case 'and':
      case 'or':
        return this.joined(expression.type, expression.terms);
      case 'body':
        return this.bodyClause(expression);
      default:
        return assertNever(expression);
    }
  }

  /** All conditions on the body alone become one call, so that a body is read and parsed once for them. */
  private joined(type: 'and' | 'or', terms: readonly Expression[]): Clause {
    const bodyTerms = terms.filter(isBodyOnly);
    const others = byCost(terms.filter((term) => !isBodyOnly(term))).map((term) => this.translate(term));
    const [only] = bodyTerms;
    if (only === undefined) return balanced(type, others);
    const together: Expression = bodyTerms.length === 1 ? only : { type, terms: bodyTerms };
    return balanced(type, [...others, this.bodyClause(together)]);
  }

  private bodyClause(expression: Expression): Clause {
    const asked = { sql: `${BODY_FUNCTION}(?, ${this.bodySql})`, parameters: [printFilter(expression)] };
    const need = needOf(expression);
    const looked = need === null ? null : this.bytesClause(need);
    if (looked === null || looked.parameters.length > BODY_LOOKS_MAX) return asked;
    // Without an escape a body has its names and texts in its bytes as they are. Most signs have only one.
    const escape = looked.parameters.some((text) => HAS_SHORT_ESCAPE.test(String(text))) ? '5c' : '5c75';
    const escaped = { sql: `(instr(${this.bodySql}, x'${escape}') > 0)`, parameters: [] };
    return balanced('and', [balanced('or', [looked, escaped]), asked]);
  }

  /** What is in the bytes of every body that has what is needed and no escapes. Null when that is unsure. */
  private bytesClause(need: Need): Clause | null {
    switch (need.type) {
      case 'and': {
        const clauses = need.terms.map((term) => this.bytesClause(term)).filter((clause) => clause !== null);
        return clauses.length === 0 ? null : balanced('and', clauses);
      }
      case 'or': {
        const clauses = need.terms.map((term) => this.bytesClause(term));
        const known = clauses.filter((clause) => clause !== null);
        return known.length === clauses.length ? balanced('or', known) : null;
      }
      case 'member':
        return this.bodyHas(need.name, false);
      case 'scalar': {
        // Numbers may be written in other ways than the shortest.
        const [text, other] = need.texts;
        return text === undefined || other !== undefined ? null : this.scalarHas(text);
      }
      case 'scalarPart':
        return this.scalarHas(need.text);
      case 'number':
      case 'text':
      case 'column':
      case 'columnPart':
        return null;
      default:
        return assertNever(need);
    }
  }

  private scalarHas(text: string): Clause | null {
    return IN_A_NUMBER.test(text) ? null : this.bodyHas(text, true);
  }

  /** Null when the bytes do not say what the text of the body has. */
  private bodyHas(text: string, folded: boolean): Clause | null {
    if (text === '' || text.includes(REPLACEMENT) || !text.isWellFormed()) return null;
    const body = `CAST(${this.bodySql} AS TEXT)`;
    // `lower` and `instr` go by length and by bytes: neither U+0000 nor wrong bytes end them early.
    const haystack = folded && /[a-z]/.test(text) ? `lower(${body})` : body;
    return { sql: `(ifnull(instr(${haystack}, ?), 0) > 0)`, parameters: [text] };
  }

  private textClause(value: string): Clause {
    const needle = foldAscii(value.toWellFormed());
    if (needle === '') return ALWAYS;
    const columns = TEXT_COLUMNS.map((column): Clause => {
      return { sql: `(instr(lower(${this.table}.${column}), ?) > 0)`, parameters: [needle] };
    });
    const body = this.bodyHas(needle, true) ?? this.bodyClause({ type: 'text', value });
    return balanced('or', [...columns, body]);
  }

  private fieldClause(field: FieldName, operator: Operator, value: string): Clause {
    switch (field) {
      case 'src':
        return this.textChoice('source', acceptedChoices(FIELD_RULES.src.choices, false, operator, value));
      case 'kind':
        return this.textChoice('kind', acceptedChoices(FIELD_RULES.kind.choices, false, operator, value));
      case 'sev': {
        const accepted = acceptedChoices(SEVERITIES, true, operator, value);
        return this.numberChoice(
          'severity',
          accepted.map((name) => SEVERITIES.indexOf(name)),
        );
      }
      case 'sim': {
        const accepted = acceptedChoices(FIELD_RULES.sim.choices, false, operator, value);
        return this.numberChoice(
          'simulated',
          accepted.map((name) => (name === 'true' ? 1 : 0)),
        );
      }
      case 'seq':
        return this.numberClause('seq', operator, value);
      case 'bytes':
        return this.numberClause('body_bytes', operator, value);
      case 'type':
      case 'host':
      case 'link':
      case 'peer':
      case 'id':
        return operator === ':' ? this.patternClause(field, value) : this.textCompare(field, operator, value);
      default:
        return assertNever(field);
    }
  }

  private textChoice(column: string, accepted: readonly string[]): Clause {
    if (accepted.length === 0) return NEVER;
    return {
      sql: `(${this.table}.${column} IN (${accepted.map(() => '?').join(', ')}))`,
      parameters: accepted,
    };
  }

  /** The numbers are indexes of our own tables, so they may stand in the text. */
  private numberChoice(column: string, accepted: readonly number[]): Clause {
    if (accepted.length === 0) return NEVER;
    return { sql: `(${this.table}.${column} IN (${accepted.join(', ')}))`, parameters: [] };
  }

  private numberClause(column: string, operator: Operator, value: string): Clause {
    const operand = numberOf(value);
    if (operand === null) return NEVER;
    return { sql: `(${this.table}.${column} ${operator === ':' ? '=' : operator} ?)`, parameters: [operand] };
  }

  private textCompare(column: string, operator: Operator, value: string): Clause {
    return { sql: `(${this.table}.${column} ${operator} ?)`, parameters: [value.toWellFormed()] };
  }

  /**
   * LIKE and NOCASE stop at U+0000, the matcher does not: where it could matter our own function is asked.
   */
  private patternClause(field: string, value: string): Clause {
    const column = `${this.table}.${field}`;
    const pattern = value.toWellFormed();
    if (pattern.includes('\0')) return { sql: `${TEXT_FUNCTION}(?, ${column})`, parameters: [pattern] };
    if (/^\*+$/.test(pattern)) return ALWAYS;
    const literal = patternLiteral(pattern);
    if (literal !== null) return { sql: `(${column} = ? COLLATE NOCASE)`, parameters: [literal] };
    const like = likePattern(pattern);
    if (isPrefix(like)) return { sql: `(${column} LIKE ? ESCAPE '\\')`, parameters: [like] };
    return {
      sql:
        `CASE WHEN instr(${column}, char(0)) THEN ${TEXT_FUNCTION}(?, ${column})` +
        ` ELSE ${column} LIKE ? ESCAPE '\\' END`,
      parameters: [pattern, like],
    };
  }
}

/** Plain text and then one `%`: what comes after a U+0000 of the column cannot change the answer. */
function isPrefix(like: string): boolean {
  return /^(?:[^%_\\]|\\[^])*%$/.test(like);
}

function isBodyOnly(expression: Expression): boolean {
  switch (expression.type) {
    case 'body':
      return true;
    case 'not':
      return isBodyOnly(expression.term);
    case 'and':
    case 'or':
      return expression.terms.length > 0 && expression.terms.every(isBodyOnly);
    case 'text':
    case 'field':
      return false;
    default:
      return assertNever(expression);
  }
}

/**
 * A balanced tree: SQLite counts the depth of an expression, and a chain of 1 000 terms would be 1 000 deep.
 */
function balanced(type: 'and' | 'or', clauses: readonly Clause[]): Clause {
  const [only] = clauses;
  if (only === undefined) return type === 'and' ? ALWAYS : NEVER;
  if (clauses.length === 1) return only;
  const half = clauses.length >> 1;
  const left = balanced(type, clauses.slice(0, half));
  const right = balanced(type, clauses.slice(half));
  return {
    sql: `(${left.sql} ${type === 'and' ? 'AND' : 'OR'} ${right.sql})`,
    parameters: [...left.parameters, ...right.parameters],
  };
}
