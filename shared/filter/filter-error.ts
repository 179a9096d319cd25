/**
 * What can be wrong with a filter text. Codes let a window translate; message and fix are the English of the
 * CLI.
 */
import type { Span } from './ast.ts';

export const FILTER_ERROR_CODES = [
  'too_long',
  'too_deep',
  'unknown_field',
  'field_missing',
  'value_missing',
  'value_unknown',
  'value_group',
  'number_bad',
  'operator_unfit',
  'list_unfit',
  'path_bad',
  'operand_missing',
  'group_empty',
  'open_unmatched',
  'close_unmatched',
  'quote_unclosed',
  'quote_inside',
  'escape_bad',
] as const;
export type FilterErrorCode = (typeof FILTER_ERROR_CODES)[number];

/**
 * The span lies inside the text and is not empty. `subject` is the text at fault, clipped; `choices` what
 * would fit.
 */
export interface FilterError {
  readonly code: FilterErrorCode;
  readonly span: Span;
  readonly subject: string;
  readonly choices: readonly string[];
  /** What is wrong and why. */
  readonly message: string;
  /** What to do now. */
  readonly fix: string;
}

/** More errors than this in one text are not told: the first ones matter. */
export const FILTER_ERRORS_MAX = 20;
const SUBJECT_CHARACTERS_MAX = 40;

/** Collects errors with spans cut to the text. */
export class ErrorList {
  readonly errors: FilterError[] = [];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  add(
    code: FilterErrorCode,
    span: Span,
    message: string,
    fix: string,
    choices: readonly string[] = [],
  ): void {
    if (this.errors.length >= FILTER_ERRORS_MAX) return;
    const end = Math.max(1, Math.min(span.end, this.text.length));
    const start = Math.max(0, Math.min(span.start, end - 1));
    const found = this.text.slice(start, end);
    const subject =
      found.length > SUBJECT_CHARACTERS_MAX ? `${found.slice(0, SUBJECT_CHARACTERS_MAX)}…` : found;
    this.errors.push({ code, span: { start, end }, subject, choices, message, fix });
  }
}
