/** Values for the completion: those of the last facets and those of the loaded rows. */
import { create } from 'zustand';
import type { FeedFacets } from '../../../shared/contract/feed.ts';
import type { FieldName } from '../../../shared/filter/ast.ts';
import type { KnownValues } from '../../../shared/filter/complete.ts';

const useKnown = create<KnownValues>(() => ({ fields: {}, bodyPaths: [] }));

export function useKnownValues(): KnownValues {
  return useKnown();
}

export function noteFacets(facets: FeedFacets): void {
  const fields: Partial<Record<FieldName, readonly string[]>> = { ...useKnown.getState().fields };
  for (const facet of facets.facets) {
    const values = facet.values.map(({ value }) => value).filter((value) => value !== '');
    fields[facet.field] = [...new Set([...values, ...(fields[facet.field] ?? [])])].slice(0, VALUES_KEPT_MAX);
  }
  useKnown.setState({ fields });
}

const VALUES_KEPT_MAX = 200;
