/** What of a row differs between two generations, as texts. */
import type { SnapshotDiffRow, SnapshotRow } from '../../../shared/contract/snapshots.ts';

/** Each kind has a sign of its own, so that it is never told by colour alone. */
export const DIFF_SIGNS = { added: '+', removed: '−', changed: '≠', same: '=' } as const;

export interface FieldChange {
  readonly field: 'path' | 'options' | 'enabled';
  readonly before: string;
  readonly after: string;
}

export function optionsText(options: number): string {
  return `0x${options.toString(16)}`;
}

function valueOf(row: SnapshotRow, field: FieldChange['field']): string {
  if (field === 'path') return row.path;
  return field === 'options' ? optionsText(row.options) : String(row.enabled);
}

/** Empty for rows that came, went or stayed. */
export function fieldChanges({ before, after }: SnapshotDiffRow): readonly FieldChange[] {
  if (before === null || after === null) return [];
  const fields = ['enabled', 'options', 'path'] as const;
  return fields
    .map((field) => ({ field, before: valueOf(before, field), after: valueOf(after, field) }))
    .filter((change) => change.before !== change.after);
}

/** The row as it is now, or was last. */
export function rowOf({ before, after }: SnapshotDiffRow): SnapshotRow | null {
  return after ?? before;
}
