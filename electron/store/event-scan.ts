/** What every scan of the events has in common: its condition and the time range in SQL. */
import type { TimeRange } from '../../shared/contract/feed.ts';
import type { SqlFilter } from '../../shared/filter/sql.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventQuery } from './event-store.ts';
import type { BlockCondition } from './block-plan.ts';
import { filterCondition } from './filter-sql.ts';
import { BLOCK_ROWS } from './schema.ts';
import { compileSignatureTest } from './signature-test.ts';

/** A row whose body is looked into costs many times a row that is not. */
const BODY_ROWS_PER_STEP = 4_096;

/** Takes the two numbers of rangeValues. The clock may jump, so no order of the times can be used here. */
export const RANGE_SQL = 'e.received_ms >= ? AND e.received_ms < ?';

/** `where` speaks of `events AS e`, and of `bodies AS b` when `needsBody`. */
export interface ScanCondition extends SqlFilter, BlockCondition {
  readonly rowsPerStep: number;
  /** Rows of one read, after which a step may end early. */
  readonly rowsPerRun: number;
  /** True when every row matches: nothing has to be looked at to know. */
  readonly matchesAll: boolean;
}

export function rangeValues(range: TimeRange): [number, number] {
  return [range.fromMs ?? -Number.MAX_VALUE, range.toMs ?? Number.MAX_VALUE];
}

export function scanCondition(query: EventQuery): ScanCondition {
  const condition = filterCondition(query.filter);
  const open = query.range.fromMs === null && query.range.toMs === null;
  const rowsPerStep = condition.needsBody ? BODY_ROWS_PER_STEP : LIMITS.storeScanRowsPerStep;
  return {
    ...condition,
    range: query.range,
    mayMatch: compileSignatureTest(query.filter),
    rowsPerStep,
    rowsPerRun: condition.needsBody ? BLOCK_ROWS : rowsPerStep,
    matchesAll: query.filter === null && open,
  };
}
