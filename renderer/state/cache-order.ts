/** Which rows of a generation are listed, and in which order. */
import type { SnapshotRow } from '../../shared/contract/snapshots.ts';

export const ROW_SORTS = ['name', 'path', 'hash', 'options', 'enabled', 'since'] as const;
export type RowSort = (typeof ROW_SORTS)[number];

export interface RowOrder {
  readonly sort: RowSort;
  readonly descending: boolean;
}

type Compare = (a: SnapshotRow, b: SnapshotRow) => number;

function byText(of: (row: SnapshotRow) => string): Compare {
  return (a, b) => {
    const left = of(a);
    const right = of(b);
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

const COMPARE: Readonly<Record<RowSort, Compare>> = {
  name: byText((row) => row.name),
  path: byText((row) => row.path),
  hash: (a, b) => a.hash - b.hash,
  options: (a, b) => a.options - b.options,
  enabled: (a, b) => a.enabled - b.enabled,
  since: (a, b) => a.presentSince - b.presentSince,
};

const byPath = COMPARE.path;
const byKey = byText((row) => row.key);

/** Equal rows stand by path, then by key, so that a refresh never shuffles them. */
export function orderedRows(
  rows: Iterable<SnapshotRow>,
  order: RowOrder,
  matches: ((row: SnapshotRow) => boolean) | null,
): readonly SnapshotRow[] {
  const compare = COMPARE[order.sort];
  const sign = order.descending ? -1 : 1;
  const listed = matches === null ? [...rows] : [...rows].filter((row) => matches(row));
  return listed.toSorted((a, b) => sign * compare(a, b) || byPath(a, b) || byKey(a, b));
}
