/** The filter of the command line, with its mistakes underlined as the window does it. */
import type { Failure } from '../../../shared/failure.ts';
import type { Expression } from '../../../shared/filter/ast.ts';
import type { FilterError } from '../../../shared/filter/filter-error.ts';
import { parseFilter } from '../../../shared/filter/parse.ts';
import { terminalSafe } from '../../../shared/text.ts';

export type FilterArgument =
  | { readonly ok: true; readonly text: string; readonly expression: Expression | null }
  /** `report` is for people, `failure` for programs: the first mistake. */
  | { readonly ok: false; readonly report: string; readonly failure: Failure };

/** `words` are the arguments as the shell cut them. */
export function readFilter(words: readonly string[]): FilterArgument {
  const text = words.join(' ');
  const parsed = parseFilter(text);
  if (parsed.ok) return { ok: true, text, expression: parsed.expression };
  const [first] = parsed.errors;
  const message = first === undefined ? 'the filter cannot be read' : `${first.message} (at character ${first.span.start + 1})`;
  const failure: Failure = { code: 'E_FILTER', message, ...(first === undefined ? {} : { fix: first.fix }) };
  return { ok: false, report: filterReport(text, parsed.errors), failure };
}

/** Each mistake: the filter, the part at fault underlined with ^, what is wrong, what to do. */
export function filterReport(text: string, errors: readonly FilterError[]): string {
  return errors
    .map((error) => [...underlined(text, error), sentences(error.message, error.fix)].join('\n'))
    .join('\n\n');
}

/** What and what now on one line; the first may lack its full stop. */
export function sentences(message: string, fix: string): string {
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${fix}`;
}

const INDENT = '  ';

/** Long filters are shown around the mistake only. */
function underlined(text: string, error: FilterError): [string, string] {
  const from = Math.max(0, error.span.start - 60);
  const to = Math.min(text.length, Math.max(error.span.end, error.span.start + 1), error.span.start + 60);
  const tail = text.slice(to, to + 30);
  const before = terminalSafe((from > 0 ? '…' : '') + text.slice(from, error.span.start));
  const wrong = terminalSafe(text.slice(error.span.start, to));
  const line = `${INDENT}${before}${wrong}${terminalSafe(tail)}${to + 30 < text.length ? '…' : ''}`;
  const marks = '^'.repeat(Math.max(1, columnsOf(wrong)));
  return [line, `${INDENT}${' '.repeat(columnsOf(before))}${marks}`];
}

/** Characters that stand on two columns in terminals. */
const WIDE_SCRIPT = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u;
const WIDE_SIGN = /[\u3000-\u303f\uff01-\uff60]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{Mn}|\p{Me}/u;

export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (COMBINING.test(character)) continue;
    columns += WIDE_SCRIPT.test(character) || WIDE_SIGN.test(character) ? 2 : 1;
  }
  return columns;
}
