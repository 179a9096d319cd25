/** Filter text → tree. Grammar and examples: docs/FILTER.md. */
import { assert } from '../assert.ts';
import { LIMITS } from '../limits.ts';
import type { Expression, FieldName, Span } from './ast.ts';
import { FIELDS } from './ast.ts';
import { FIELD_ALIASES, FIELD_RULES, fieldOf, numberOf } from './fields.ts';
import { ErrorList, type FilterError } from './filter-error.ts';
import { tokenize, type ConditionToken, type Piece, type Token } from './lexer.ts';
import { compilePattern, foldAscii, patternLiteral } from './wildcard.ts';

/**
 * `expression` null: the text is empty and matches everything. Errors come in text order, at most
 * FILTER_ERRORS_MAX.
 */
export type FilterParse =
  | { readonly ok: true; readonly expression: Expression | null }
  | { readonly ok: false; readonly errors: readonly FilterError[] };

/**
 * Never throws. Bounded by LIMITS.filterCharactersMax and LIMITS.filterDepthMax (parentheses and negations
 * inside one another). After an error it reads on, so that one answer tells of every mistake.
 */
export function parseFilter(text: string): FilterParse {
  if (text.length <= LIMITS.filterCharactersMax) return parse(text);
  const errors = new ErrorList(text);
  errors.add(
    'too_long',
    { start: LIMITS.filterCharactersMax, end: text.length },
    `The filter has ${text.length} characters; at most ${LIMITS.filterCharactersMax} are read.`,
    'Shorten it from here on.',
  );
  return { ok: false, errors: errors.errors };
}

/** Parses what our own printer made, of any length. A text that does not parse is a bug and throws. */
export function parsePrinted(text: string): Expression | null {
  const parsed = parse(text);
  assert(parsed.ok, 'printed filters parse');
  return parsed.expression;
}

function parse(text: string): FilterParse {
  const errors = new ErrorList(text);
  const tokens = tokenize(text, errors);
  const expression = new Parser(tokens, errors).run();
  if (errors.errors.length === 0) return { ok: true, expression };
  return { ok: false, errors: errors.errors.toSorted((a, b) => a.span.start - b.span.start) };
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly errors: ErrorList;
  /** The lexer took tokens out where it found errors: then a missing operand is no news. */
  private readonly isWhole: boolean;
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[], errors: ErrorList) {
    this.tokens = tokens;
    this.errors = errors;
    this.isWhole = errors.errors.length === 0;
  }

  run(): Expression | null {
    let whole: Expression | null = null;
    while (this.at < this.tokens.length) {
      whole = this.readOr();
      const stray = this.tokens[this.at];
      if (stray === undefined) break;
      if (this.depth > LIMITS.filterDepthMax) return null;
      assert(stray.type === 'close', 'a whole expression ends at the end or at a closing parenthesis');
      this.at++;
      this.errors.add(
        'close_unmatched',
        stray.span,
        'This closing parenthesis has no opening one.',
        'Remove it, add "(" before, or put the text in quotes.',
      );
    }
    return whole;
  }

  private readOr(): Expression | null {
    const terms: Expression[] = [];
    for (;;) {
      const term = this.readAnd();
      if (term !== null) terms.push(term);
      const token = this.tokens[this.at];
      if (token?.type !== 'keyword' || token.word !== 'OR') break;
      this.at++;
      if (term === null) this.refuseKeyword(token.word, token.span, 'before');
      if (!this.operandFollows()) this.refuseKeyword(token.word, token.span, 'after');
    }
    return join('or', terms);
  }

  private readAnd(): Expression | null {
    const terms: Expression[] = [];
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined || token.type === 'close') break;
      if (token.type === 'keyword' && token.word === 'OR') break;
      if (token.type === 'keyword' && token.word === 'AND') {
        this.at++;
        if (terms.length === 0) this.refuseKeyword(token.word, token.span, 'before');
        if (!this.operandFollows()) this.refuseKeyword(token.word, token.span, 'after');
        continue;
      }
      if (this.depth > LIMITS.filterDepthMax) break;
      const term = this.readTerm();
      if (term !== null) terms.push(term);
    }
    return join('and', terms);
  }

  /** True when a term can start here. */
  private operandFollows(): boolean {
    const token = this.tokens[this.at];
    if (token === undefined || token.type === 'close') return false;
    return token.type !== 'keyword' || token.word === 'NOT';
  }

  private refuseKeyword(word: string, span: Span, side: 'before' | 'after'): void {
    if (!this.isWhole || this.depth > LIMITS.filterDepthMax) return;
    this.errors.add(
      'operand_missing',
      span,
      `${word} needs something ${side} it.`,
      `Add a condition ${side} ${word}, remove it, or search for the word itself with "${word}".`,
    );
  }

  private readTerm(): Expression | null {
    const token = this.tokens[this.at];
    if (token === undefined) return null;
    this.at++;
    if (token.type === 'text') return { type: 'text', value: token.value };
    if (token.type === 'condition') return this.condition(token);
    if (!this.descend(token.span)) return null;
    const term = token.type === 'open' ? this.readGroup(token.span) : this.readNegation(token);
    // Out of depth the counter stays above the limit: everything up to run() then ends at once.
    if (this.depth <= LIMITS.filterDepthMax) this.depth--;
    return term;
  }

  private descend(span: Span): boolean {
    this.depth++;
    if (this.depth <= LIMITS.filterDepthMax) return true;
    this.errors.add(
      'too_deep',
      span,
      `More than ${LIMITS.filterDepthMax} parentheses and negations stand inside one another here.`,
      'Leave out the ones that change nothing.',
    );
    return false;
  }

  private readGroup(open: Span): Expression | null {
    const inner = this.readOr();
    const close = this.tokens[this.at];
    if (this.depth > LIMITS.filterDepthMax) return null;
    if (close?.type !== 'close') {
      this.errors.add(
        'open_unmatched',
        open,
        'This opening parenthesis is never closed.',
        'Add ")" where the group ends, or put the text in quotes.',
      );
      return inner;
    }
    this.at++;
    if (inner === null && this.isWhole) {
      const span = { start: open.start, end: close.span.end };
      this.errors.add(
        'group_empty',
        span,
        'Nothing stands in these parentheses.',
        'Remove them or fill them.',
      );
    }
    return inner;
  }

  private readNegation(sign: Token): Expression | null {
    const next = this.tokens[this.at];
    const isSign = sign.type === 'minus';
    const reachable = this.operandFollows() && (!isSign || next?.span.start === sign.span.end);
    if (!reachable) {
      if (this.isWhole) {
        this.errors.add(
          'operand_missing',
          sign.span,
          isSign ? 'Nothing stands directly after this minus.' : 'NOT needs something after it.',
          isSign
            ? 'Write what to leave out directly after it, such as -type:x.'
            : 'Add a condition after NOT.',
        );
      }
      return null;
    }
    const term = this.readTerm();
    return term === null ? null : { type: 'not', term };
  }

  private condition(token: ConditionToken): Expression | null {
    const { operator, path } = token;
    const isList = token.values.length > 1;
    if (isList && operator !== ':' && operator !== '=') {
      this.errors.add(
        'list_unfit',
        token.span,
        `A list of values does not go with ${operator}.`,
        'Use : or = with a list; put a value with a comma in quotes; write "none of" as -type:a,b.',
        [':', '='],
      );
      return null;
    }
    if (path !== null && path.length > 0) return this.bodyCondition(token, path);
    const field = fieldOf(token.name);
    if (field === null) return this.refuseField(token);
    const fieldRule = FIELD_RULES[field];
    if (!fieldRule.operators.includes(operator)) {
      this.errors.add(
        'operator_unfit',
        token.operatorSpan,
        `${field} has no order, so ${operator} does not fit.`,
        `Use ${fieldRule.operators.join(' ')} with ${field}.`,
        fieldRule.operators,
      );
      return null;
    }
    const values = token.values.map((piece) => this.fieldValue(field, token, piece));
    const terms = values.flatMap((value): Expression[] =>
      value === null ? [] : [{ type: 'field', field, operator, value }],
    );
    return terms.length === values.length ? join('or', terms) : null;
  }

  private bodyCondition(token: ConditionToken, path: readonly string[]): Expression | null {
    const { operator } = token;
    if (path.length > LIMITS.filterDepthMax) {
      this.errors.add(
        'too_deep',
        token.nameSpan,
        `The body path has ${path.length} steps; bodies are at most ${LIMITS.jsonDepthMax} deep.`,
        'Shorten the path.',
      );
      return null;
    }
    const terms = token.values.map((piece): Expression => {
      return { type: 'body', path, operator, value: operator === ':' ? piece.pattern : piece.literal };
    });
    return join('or', terms);
  }

  private refuseField(token: ConditionToken): null {
    const name = token.name.toLowerCase();
    if (name === 'body') {
      this.errors.add(
        'path_bad',
        token.nameSpan,
        'body needs a path to one of its members.',
        'Write body.size>10; to search in the whole body write the text in quotes.',
      );
      return null;
    }
    const near = nearest(name);
    this.errors.add(
      'unknown_field',
      token.nameSpan,
      `There is no field of this name${near === null ? '' : `; did you mean ${near}?`}`,
      `Fields are ${FIELDS.join(', ')} and body.<path>. To search for the text itself, put it in quotes.`,
      near === null ? FIELDS : [near],
    );
    return null;
  }

  /** The value in its one spelling, or null after an error was noted. */
  private fieldValue(field: FieldName, token: ConditionToken, piece: Piece): string | null {
    const { kind } = FIELD_RULES[field];
    if (kind === 'text') return token.operator === ':' ? piece.pattern : piece.literal;
    if (kind !== 'number') return this.choiceValue(field, token, piece);
    if (numberOf(piece.literal) !== null) return piece.literal;
    this.errors.add(
      'number_bad',
      piece.span,
      `${field} is compared with a number, and this is none.`,
      `Write a decimal number such as ${field}>=1000 or ${field}<1e6.`,
    );
    return null;
  }

  private choiceValue(field: FieldName, token: ConditionToken, piece: Piece): string | null {
    const { choices, synonyms } = FIELD_RULES[field];
    const literal = token.operator === ':' ? patternLiteral(piece.pattern) : piece.literal;
    if (literal === null) {
      const matches = compilePattern(piece.pattern);
      if (choices.some(matches)) return foldAscii(piece.pattern);
    } else {
      const folded = foldAscii(literal);
      const choice = synonyms.get(folded) ?? folded;
      if (choices.includes(choice)) return choice;
    }
    this.errors.add(
      'value_unknown',
      piece.span,
      `${field} never has this value.`,
      `Use one of ${choices.join(', ')}.`,
      choices,
    );
    return null;
  }
}

function join(type: 'and' | 'or', terms: readonly Expression[]): Expression | null {
  if (terms.length > 1) return { type, terms };
  return terms[0] ?? null;
}

const EDITS_MAX = 2;

function nearest(name: string): string | null {
  let best: string | null = null;
  let bestEdits = Math.min(EDITS_MAX, name.length - 2);
  for (const candidate of [...FIELDS, ...FIELD_ALIASES.keys()]) {
    const edits = editDistance(name, candidate);
    if (edits <= bestEdits) {
      best = candidate;
      bestEdits = edits - 1;
    }
  }
  return best;
}

/** Insertions, deletions and changes between two short words; words longer than any field count as far. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > EDITS_MAX) return EDITS_MAX + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
