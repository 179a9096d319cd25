/** What can become of one target of a job, and what that means for the job as a whole. Pure. */
import { OUTCOMES, type OutcomeCounts } from '../../shared/contract/dispatch-jobs.ts';

export function noRows(): OutcomeCounts {
  return {
    waiting: 0,
    in_flight: 0,
    ok: 0,
    replied: 0,
    silent: 0,
    failed: 0,
    unknown: 0,
    not_sent: 0,
    cancelled: 0,
  };
}

/**
 * How a command that sent something ends: `done` every target took it · `failed` at least one certainly did
 * not, or nobody can say · `unreached` nothing was sent at all.
 */
export type SendVerdict = 'done' | 'failed' | 'unreached';

export function verdictOf(counts: Readonly<OutcomeCounts>): SendVerdict {
  const good = counts.ok + counts.replied;
  const others = OUTCOMES.reduce((sum, state) => sum + counts[state], 0) - good;
  if (others === 0) return 'done';
  return good === 0 && others === counts.not_sent ? 'unreached' : 'failed';
}
