import { fuzzyScore } from '../../state/fuzzy.ts';

export interface Ranked<T> {
  readonly item: T;
  readonly title: string;
}

/** The entries that answer the query, best first; without a query all of them in their own order. */
export function rankEntries<T>(query: string, entries: readonly Ranked<T>[]): readonly Ranked<T>[] {
  if (query.trim() === '') return entries;
  return entries
    .map((entry, index) => ({ entry, index, score: fuzzyScore(query, entry.title) }))
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.index - b.index)
    .map(({ entry }) => entry);
}
