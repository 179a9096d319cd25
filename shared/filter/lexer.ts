/**
 * Filter text → tokens. One pass, never throws; what is wrong goes into the error list and reading goes on.
 */
import { OPERATORS, type Operator, type Span } from './ast.ts';
import type { ErrorList } from './filter-error.ts';
import { literalPattern } from './wildcard.ts';

/** A text as typed: plain, and as a pattern in which only unquoted, unescaped `*` and `?` are wildcards. */
export interface Piece {
  readonly literal: string;
  readonly pattern: string;
  readonly span: Span;
}

export type Token =
  | { readonly type: 'open' | 'close' | 'minus'; readonly span: Span }
  | { readonly type: 'keyword'; readonly word: 'AND' | 'OR' | 'NOT'; readonly span: Span }
  | { readonly type: 'text'; readonly value: string; readonly span: Span }
  | ConditionToken;

export interface ConditionToken {
  readonly type: 'condition';
  readonly name: string;
  readonly nameSpan: Span;
  /** Path below `body`, or null for a field of the row. */
  readonly path: readonly string[] | null;
  readonly operator: Operator;
  readonly operatorSpan: Span;
  /** At least one. */
  readonly values: readonly Piece[];
  readonly span: Span;
}

const WHITE_SPACE = /\s/;
const NAME_START = /[A-Za-z_]/;
const NAME_END = /[\s()"\\,/:=<>]/;
const PATH_NAME_END = /[\s()"\\,.[\]:=<>!]/;
const HEX_4 = /^[0-9a-fA-F]{4}$/;
/** Longest first, so that `>=` is not read as `>`. */
const OPERATORS_LONGEST_FIRST = OPERATORS.toSorted((a, b) => b.length - a.length);

/** Never throws. Tokens come in text order; a part with an error gives no token. */
export function tokenize(text: string, errors: ErrorList): Token[] {
  return new Lexer(text, errors).run();
}

class Lexer {
  private readonly text: string;
  private readonly errors: ErrorList;
  private readonly tokens: Token[] = [];
  private at = 0;

  constructor(text: string, errors: ErrorList) {
    this.text = text;
    this.errors = errors;
  }

  run(): Token[] {
    for (this.skipSpace(); this.at < this.text.length; this.skipSpace()) this.readToken();
    return this.tokens;
  }

  private readToken(): void {
    const start = this.at;
    const character = this.text.charAt(start);
    if (character === '(' || character === ')') {
      this.at++;
      this.tokens.push({ type: character === '(' ? 'open' : 'close', span: { start, end: this.at } });
    } else if (character === '-') {
      this.at++;
      this.tokens.push({ type: 'minus', span: { start, end: this.at } });
    } else if (this.operatorAt(start) !== null) this.refuseLoneOperator(start);
    else if (!this.readCondition()) this.readText();
  }

  private refuseLoneOperator(start: number): void {
    this.skipWord();
    this.errors.add(
      'field_missing',
      { start, end: this.at },
      'An operator stands here without a field before it.',
      'Write the field directly before it, such as sev>=warn, or put the text in quotes.',
    );
  }

  private readText(): void {
    const start = this.at;
    const quoted = this.text.charAt(start) === '"';
    const piece = this.readPiece(false);
    if (piece === null) return;
    const raw = this.text.slice(start, this.at);
    if (!quoted && (raw === 'AND' || raw === 'OR' || raw === 'NOT')) {
      this.tokens.push({ type: 'keyword', word: raw, span: piece.span });
    } else this.tokens.push({ type: 'text', value: piece.literal, span: piece.span });
  }

  /**
   * Field, operator and values without white space between them; false (nothing read) when this is not a
   * condition.
   */
  private readCondition(): boolean {
    const start = this.at;
    const nameEnd = this.scanName(start);
    if (nameEnd === null) return false;
    const isBody = this.text.slice(start, nameEnd).toLowerCase() === 'body';
    this.at = nameEnd;
    const path = isBody ? this.readPath() : null;
    const nameSpan = { start, end: this.at };
    const operator = this.operatorAt(this.at);
    if (operator === null) return this.refusePath(start);
    this.finishCondition({ name: this.text.slice(start, nameEnd), nameSpan, path, operator });
    return true;
  }

  /**
   * A word that begins like a body path but is none: an error when a condition was meant, else plain text
   * (false).
   */
  private refusePath(start: number): boolean {
    this.skipWord();
    const span = { start, end: this.at };
    const word = this.text.slice(start, this.at);
    if (!/[[:=<>]/.test(word)) {
      this.at = start;
      return false;
    }
    this.errors.add(
      'path_bad',
      span,
      'This looks like a body path but cannot be read as one with an operator and a value.',
      'Write it like body.ctrlr.name:x, body.ranges[0]>5 or body["any name"]=x, or put the text in quotes.',
    );
    return true;
  }

  private finishCondition(head: Pick<ConditionToken, 'name' | 'nameSpan' | 'path' | 'operator'>): void {
    const operatorSpan = { start: this.at, end: this.at + head.operator.length };
    this.at = operatorSpan.end;
    if (this.operatorAt(this.at) !== null) {
      this.skipWord();
      this.errors.add(
        'operator_unfit',
        { start: operatorSpan.start, end: this.at },
        `Two operators stand in a row; ${head.operator} was read first.`,
        `Use one of ${OPERATORS.join(' ')}, or put a value that begins like an operator in quotes.`,
        OPERATORS,
      );
      return;
    }
    const values = this.readValues(head.nameSpan.start, head.operator);
    if (values === null) return;
    const span = { start: head.nameSpan.start, end: this.at };
    this.tokens.push({ type: 'condition', ...head, operatorSpan, values, span });
  }

  private readValues(start: number, operator: Operator): readonly Piece[] | null {
    const values: Piece[] = [];
    let whole = true;
    for (;;) {
      if (this.text.charAt(this.at) === '(') {
        this.errors.add(
          'value_group',
          { start, end: this.at + 1 },
          'A value cannot be a group in parentheses.',
          'Write several values with commas: type:a,b.',
        );
        return null;
      }
      if (this.atWordEnd() || this.text.charAt(this.at) === ',') {
        this.errors.add(
          'value_missing',
          { start, end: this.at },
          `Nothing follows the ${values.length === 0 ? operator : 'comma'} here.`,
          'Write the value directly after it, without a space; "" is the empty text.',
        );
        return null;
      }
      const piece = this.readPiece(true);
      if (piece === null) whole = false;
      else values.push(piece);
      if (this.text.charAt(this.at) !== ',') return whole ? values : null;
      this.at++;
    }
  }

  /**
   * End of the field name at `start`, or null when what stands there is not a name right before an operator
   * or path.
   */
  private scanName(start: number): number | null {
    if (!NAME_START.test(this.text.charAt(start))) return null;
    const isBody = /^body[.[]/i.test(this.text.slice(start, start + 5));
    if (isBody) return start + 4;
    let end = start;
    while (end < this.text.length && !NAME_END.test(this.text.charAt(end)) && this.operatorAt(end) === null)
      end++;
    return this.operatorAt(end) === null ? null : end;
  }

  /** `.name`, `[0]` and `["any text"]`, as often as they come. */
  private readPath(): readonly string[] {
    const path: string[] = [];
    for (;;) {
      const start = this.at;
      const character = this.text.charAt(start);
      if (character === '.') {
        this.at++;
        while (this.at < this.text.length && !PATH_NAME_END.test(this.text.charAt(this.at))) this.at++;
        if (this.at === start + 1) {
          this.at = start;
          return path;
        }
        path.push(this.text.slice(start + 1, this.at));
      } else if (character === '[') {
        const name = this.readBracket();
        if (name === null) {
          this.at = start;
          return path;
        }
        path.push(name);
      } else return path;
    }
  }

  private readBracket(): string | null {
    this.at++;
    if (this.text.charAt(this.at) === '"') {
      const piece = this.readQuoted();
      if (piece === null || this.text.charAt(this.at) !== ']') return null;
      this.at++;
      return piece.literal;
    }
    const close = this.text.indexOf(']', this.at);
    const inner = close < 0 ? '' : this.text.slice(this.at, close);
    if (!/^\d{1,15}$/.test(inner)) return null;
    this.at = close + 1;
    return inner;
  }

  private readPiece(isValue: boolean): Piece | null {
    if (this.text.charAt(this.at) !== '"') return this.readBare(isValue);
    const piece = this.readQuoted();
    if (piece === null || this.atWordEnd() || this.text.charAt(this.at) === '(') return piece;
    if (isValue && this.text.charAt(this.at) === ',') return piece;
    const start = this.at;
    this.skipWord();
    this.refuseQuoteInside({ start, end: this.at });
    return null;
  }

  private refuseQuoteInside(span: Span): void {
    this.errors.add(
      'quote_inside',
      span,
      'Quoted and unquoted text stand together without a space.',
      'Put all of it in quotes, or write a quotation mark in unquoted text as \\".',
    );
  }

  private readBare(isValue: boolean): Piece | null {
    const start = this.at;
    let literal = '';
    let pattern = '';
    let good = true;
    while (!this.atWordEnd()) {
      const character = this.text.charAt(this.at);
      if (character === '(' || (isValue && character === ',')) break;
      if (character === '"') {
        this.skipWord();
        this.refuseQuoteInside({ start, end: this.at });
        return null;
      }
      if (character === '\\') {
        const escaped = this.readEscape();
        if (escaped === null) good = false;
        else {
          literal += escaped;
          pattern += literalPattern(escaped);
        }
      } else {
        literal += character;
        pattern += character;
        this.at++;
      }
    }
    return good ? { literal, pattern, span: { start, end: this.at } } : null;
  }

  private readQuoted(): Piece | null {
    const start = this.at;
    let literal = '';
    let good = true;
    this.at++;
    while (this.at < this.text.length) {
      const character = this.text.charAt(this.at);
      if (character === '"') {
        this.at++;
        const span = { start, end: this.at };
        return good ? { literal, pattern: literalPattern(literal), span } : null;
      }
      if (character === '\\') {
        const escaped = this.readEscape();
        if (escaped === null) good = false;
        else literal += escaped;
      } else {
        literal += character;
        this.at++;
      }
    }
    this.errors.add(
      'quote_unclosed',
      { start, end: this.at },
      'The quotation mark here has no partner.',
      'Close it with ", or write \\" for a quotation mark inside the text.',
    );
    return null;
  }

  /**
   * `\n \r \t \uXXXX`, or any character but an ASCII letter or digit for itself. Null after an error was
   * noted.
   */
  private readEscape(): string | null {
    const start = this.at;
    const character = this.text.charAt(start + 1);
    this.at = Math.min(start + 2, this.text.length);
    if (character === 'n') return '\n';
    if (character === 'r') return '\r';
    if (character === 't') return '\t';
    if (character === 'u') {
      const digits = this.text.slice(start + 2, start + 6);
      if (HEX_4.test(digits)) {
        this.at = start + 6;
        return String.fromCharCode(Number.parseInt(digits, 16));
      }
    } else if (character !== '' && !/[A-Za-z0-9]/.test(character)) return character;
    this.errors.add(
      'escape_bad',
      { start, end: this.at },
      'This backslash makes no known escape.',
      'Known are \\n, \\r, \\t, \\u with four hex digits, and \\ before a sign. A backslash itself is \\\\.',
    );
    return null;
  }

  private operatorAt(index: number): Operator | null {
    for (const operator of OPERATORS_LONGEST_FIRST)
      if (this.text.startsWith(operator, index)) return operator;
    return null;
  }

  private atWordEnd(): boolean {
    const character = this.text.charAt(this.at);
    return character === '' || character === ')' || WHITE_SPACE.test(character);
  }

  private skipWord(): void {
    while (!this.atWordEnd()) this.at++;
  }

  private skipSpace(): void {
    while (this.at < this.text.length && WHITE_SPACE.test(this.text.charAt(this.at))) this.at++;
  }
}
