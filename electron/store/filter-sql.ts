/** From a filter expression to a WHERE condition on `events AS e`. */
import { OperatingError } from '../../shared/failure.ts';
import type { Expression } from '../../shared/filter/ast.ts';

export interface FilterCondition {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
  /** True when the condition looks into bodies, which makes each row dear. */
  readonly needsBody: boolean;
}

export const EVERYTHING: FilterCondition = { sql: '1', parameters: [], needsBody: false };

export function filterCondition(filter: Expression | null): FilterCondition {
  if (filter === null) return EVERYTHING;
  throw new OperatingError('E_UNSUPPORTED', 'filters are not connected to the store yet');
}
