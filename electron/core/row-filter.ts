/** Filter text → what the core needs of it. The only place of the core that parses filters. */
import { OperatingError } from '../../shared/failure.ts';
import type { Expression } from '../../shared/filter/ast.ts';
import { EventBody } from '../../shared/filter/body-path.ts';
import { compileMatcher, needsBody } from '../../shared/filter/match.ts';
import type { Matchable, Matcher } from '../../shared/filter/match.ts';
import { parseFilter } from '../../shared/filter/parse.ts';
import type { EventRow } from '../../shared/model/event.ts';

export interface RowFilter {
  readonly expression: Expression;
  /** True when a row alone cannot decide. */
  readonly needsBody: boolean;
  readonly matches: Matcher;
}

/** As EventBody wants its text: wrong bytes replaced, a byte order mark kept. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** Null for a text that matches everything. Throws E_FILTER. */
export function compileFilter(text: string): RowFilter | null {
  const parsed = parseFilter(text);
  if (!parsed.ok) {
    const [first] = parsed.errors;
    const where = first === undefined ? '' : ` (at ${first.span.start}–${first.span.end})`;
    const message = `${first?.message ?? 'the filter cannot be read'}${where}`;
    throw new OperatingError('E_FILTER', message, first === undefined ? {} : { fix: first.fix });
  }
  const { expression } = parsed;
  if (expression === null) return null;
  return { expression, needsBody: needsBody(expression), matches: compileMatcher(expression) };
}

/** A row with its body, decoded at most once however many filters look into it. */
export function withBody(row: EventRow, body: Uint8Array): Matchable {
  return { ...row, body: new EventBody(() => DECODER.decode(body)) };
}
