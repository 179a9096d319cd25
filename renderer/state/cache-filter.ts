/** The filter of the Cache view: the same language over rows of a snapshot. */
import type { Expression } from '../../shared/filter/ast.ts';
import { parseFilter } from '../../shared/filter/parse.ts';
import { compileSnapshotMatcher, type SnapshotFields } from '../../shared/filter/snapshot-filter.ts';
import { withTerm } from './feed-filter.ts';
import { createFilterDraft } from './filter-draft.ts';

const draft = createFilterDraft();
export const useCacheFilter = draft.use;
export const typeCacheFilter = draft.type;
export const applyCacheFilter = draft.apply;
export const setCacheFilter = draft.set;

export function narrowCache(term: Expression, exclude: boolean): void {
  setCacheFilter(withTerm(useCacheFilter.getState().active, exclude ? { type: 'not', term } : term));
}

/** A text in force is valid; null when it lets everything through. */
export function rowMatcher(active: string): ((row: SnapshotFields) => boolean) | null {
  const parsed = parseFilter(active);
  return parsed.ok && parsed.expression !== null ? compileSnapshotMatcher(parsed.expression) : null;
}
