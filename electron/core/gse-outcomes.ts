/** What can become of one target of a job, and what that means for the job as a whole. Pure. */

/**
 * `waiting` its turn has not come · `in_flight` its request is under way · `ok` the server took it ·
 * `replied` its plugin answered ·
 * `silent` taken, and no answer in time · `failed` certainly not taken · `unknown` nobody can say, so never
 * repeated without asking ·
 * `not_sent` not a byte left for it · `cancelled` not sent because the operator said so.
 */
export const ROW_STATES = [
  'waiting',
  'in_flight',
  'ok',
  'replied',
  'silent',
  'failed',
  'unknown',
  'not_sent',
  'cancelled',
] as const;
export type RowState = (typeof ROW_STATES)[number];

export type RowCounts = Readonly<Record<RowState, number>>;

export function noRows(): Record<RowState, number> {
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

export function verdictOf(counts: RowCounts): SendVerdict {
  const good = counts.ok + counts.replied;
  const others = ROW_STATES.reduce((sum, state) => sum + counts[state], 0) - good;
  if (others === 0) return 'done';
  return good === 0 && others === counts.not_sent ? 'unreached' : 'failed';
}
