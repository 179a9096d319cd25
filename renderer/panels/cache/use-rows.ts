/** The rows of the shown generation as the filter and the order list them. */
import { useMemo } from 'react';
import type { SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { rowMatcher, useCacheFilter } from '../../state/cache-filter.ts';
import { orderedRows } from '../../state/cache-order.ts';
import { cacheBook, serviceOf, useCache, useCacheView } from '../../state/cache-slice.ts';

const NONE: readonly SnapshotRow[] = [];

export function useRows(): readonly SnapshotRow[] {
  const version = useCache((slice) => slice.version);
  const hasRows = useCache((slice) => slice.head !== null && slice.headServiceId === slice.serviceId);
  const active = useCacheFilter((slice) => slice.active);
  const sort = useCacheView((slice) => slice.sort);
  const descending = useCacheView((slice) => slice.descending);
  return useMemo(() => {
    // `version` stands for the rows, which live outside the store.
    if (version < 0 || !hasRows) return NONE;
    return orderedRows(cacheBook().rows.values(), { sort, descending }, rowMatcher(active));
  }, [version, hasRows, active, sort, descending]);
}

/** Numbers of the kept generations, oldest first; the same array until they change. */
export function useKeptNumbers(): readonly number[] {
  const text = useCache((slice) =>
    (serviceOf(slice)?.generations ?? []).map(({ number }) => number).join(' '),
  );
  return useMemo(() => (text === '' ? [] : text.split(' ').map(Number)), [text]);
}
