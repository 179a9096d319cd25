/** Which targets go into which request of a job. Pure. */
import type { Draft } from '../../../shared/contract/dispatch.ts';
import { rollingSteps } from '../gse-rolling.ts';

export interface PlannedRequest {
  /** Rolling step, from 0. */
  readonly step: number;
  readonly start: number;
  readonly count: number;
}

/** Fails with E_INPUT for a rolling expression that is none. */
export function planRequests(
  { rolling, batchSize }: Pick<Draft, 'rolling' | 'batchSize'>,
  targets: number,
  isPerAgent: boolean,
): PlannedRequest[] {
  const size = isPerAgent ? 1 : batchSize;
  const requests: PlannedRequest[] = [];
  let start = 0;
  for (const [step, stepSize] of rollingSteps(rolling, targets).entries()) {
    const end = start + stepSize;
    for (; start < end; start += Math.min(size, end - start))
      requests.push({ step, start, count: Math.min(size, end - start) });
  }
  return requests;
}
