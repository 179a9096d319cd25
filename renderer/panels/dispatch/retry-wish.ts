/** Which groups of a job can be sent once more, and what must be known before. Pure. */
import type { JobPhase, JobSummary, Outcome } from '../../../shared/contract/dispatch-jobs.ts';
import type { RetryWish } from '../../state/dispatch-job.ts';

const RETRIED = ['failed', 'unknown', 'silent', 'not_sent', 'cancelled'] as const;
type Retried = (typeof RETRIED)[number];
/** While it goes on by itself, groups still change. */
const BUSY_PHASES: readonly JobPhase[] = ['armed', 'running'];

function asRetried(outcome: Outcome): Retried | null {
  return RETRIED.find((other) => other === outcome) ?? null;
}

export function canRetry(job: Pick<JobSummary, 'phase' | 'counts'>, outcome: Outcome): boolean {
  return asRetried(outcome) !== null && job.counts[outcome] > 0 && !BUSY_PHASES.includes(job.phase);
}

/** Null when there is nothing to repeat. Unknown and silent targets may have the message. */
export function retryWish(job: Pick<JobSummary, 'phase' | 'counts'>, outcome: Outcome): RetryWish | null {
  const retried = asRetried(outcome);
  if (retried === null || !canRetry(job, outcome)) return null;
  const mayRepeat = retried === 'unknown' || retried === 'silent';
  return { outcomes: [retried], rows: null, targets: job.counts[outcome], mayRepeat };
}
