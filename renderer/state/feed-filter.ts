/** The filter of the feed. */
import type { Expression, FieldName } from '../../shared/filter/ast.ts';
import { parseFilter } from '../../shared/filter/parse.ts';
import { printFilter } from '../../shared/filter/print.ts';
import { createFilterDraft } from './filter-draft.ts';

const draft = createFilterDraft();
export const useFilter = draft.use;
export const typeFilter = draft.type;
export const applyFilter = draft.apply;
export const setFilter = draft.set;

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
