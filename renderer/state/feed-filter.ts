/**
 * The filter of the feed: what is being typed, what is in force, and what was used before. An invalid text
 * never takes force.
 */
import { create } from 'zustand';
import type { Expression, FieldName } from '../../shared/filter/ast.ts';
import type { FilterError } from '../../shared/filter/filter-error.ts';
import { parseFilter } from '../../shared/filter/parse.ts';
import { printFilter } from '../../shared/filter/print.ts';

const HISTORY_MAX = 30;
/** Typing is not a query a key: the text takes force after this rest, or at once with Enter. */
const REST_MS = 400;

export interface FilterSlice {
  readonly draft: string;
  /** The last valid text. */
  readonly active: string;
  /** Of the draft; empty when it is valid. */
  readonly errors: readonly FilterError[];
  /** Newest first. */
  readonly history: readonly string[];
}

export const useFilter = create<FilterSlice>(() => ({ draft: '', active: '', errors: [], history: [] }));

let restTimer: ReturnType<typeof setTimeout> | undefined;

export function typeFilter(draft: string): void {
  const parsed = parseFilter(draft);
  clearTimeout(restTimer);
  useFilter.setState({ draft, errors: parsed.ok ? [] : parsed.errors });
  if (parsed.ok) restTimer = setTimeout(() => useFilter.setState({ active: draft.trim() }), REST_MS);
}

/** Enter: takes force now and is remembered. False when the draft is invalid. */
export function applyFilter(): boolean {
  const { draft, errors, history } = useFilter.getState();
  clearTimeout(restTimer);
  if (errors.length > 0) return false;
  const active = draft.trim();
  useFilter.setState({ active, history: remember(history, active) });
  return true;
}

export function setFilter(text: string): void {
  typeFilter(text);
  applyFilter();
}

function remember(history: readonly string[], text: string): readonly string[] {
  if (text === '') return history;
  return [text, ...history.filter((other) => other !== text)].slice(0, HISTORY_MAX);
}

/** `base` with one more condition; a base that does not parse counts as empty. */
export function withTerm(base: string, term: Expression): string {
  const parsed = parseFilter(base);
  const present = parsed.ok ? parsed.expression : null;
  if (present === null) return printFilter(term);
  const terms = present.type === 'and' ? present.terms : [present];
  const text = printFilter(term);
  if (terms.some((other) => printFilter(other) === text)) return base;
  return printFilter({ type: 'and', terms: [...terms, term] });
}

/** `field:value`; with `=` where `:` would read wildcards in the value, or the value is empty. */
export function fieldTerm(field: FieldName, value: string): Expression {
  return { type: 'field', field, operator: value === '' || /[*?\\]/.test(value) ? '=' : ':', value };
}

/** Narrows the active filter to rows that match the term, or to those that do not. */
export function narrow(term: Expression, exclude: boolean): void {
  setFilter(withTerm(useFilter.getState().active, exclude ? { type: 'not', term } : term));
}
