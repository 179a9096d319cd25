import { describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../../shared/contract/dispatch-jobs.ts';
import type { JobPhase, Outcome, OutcomeCounts } from '../../../shared/contract/dispatch-jobs.ts';
import { canRetry, retryWish } from './retry-wish.ts';
import { sentences } from './sentences.ts';

const none: OutcomeCounts = {
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
const job = (phase: JobPhase, counts: Partial<OutcomeCounts>): Parameters<typeof canRetry>[0] => ({
  phase,
  counts: { ...none, ...counts },
});
const all = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 2])) as Partial<OutcomeCounts>;

describe('retry', () => {
  test('what was not sent or failed is repeated without a question, what may have arrived is not', () => {
    const asks: Partial<Record<Outcome, boolean>> = {};
    for (const outcome of OUTCOMES) {
      const wish = retryWish(job('done', all), outcome);
      if (wish !== null) asks[outcome] = wish.mayRepeat;
    }
    expect(asks).toEqual({ silent: true, failed: false, unknown: true, not_sent: false, cancelled: false });
  });

  test('nothing is offered of an empty group, nor while the job goes on by itself', () => {
    expect(canRetry(job('done', { ok: 5 }), 'failed')).toBe(false);
    expect(canRetry(job('running', { failed: 5 }), 'failed')).toBe(false);
    expect(canRetry(job('armed', { not_sent: 5 }), 'not_sent')).toBe(false);
    expect(canRetry(job('interrupted', { unknown: 5 }), 'unknown')).toBe(true);
    expect(retryWish(job('done', { silent: 3 }), 'silent')?.targets).toBe(3);
  });
});

test('parts become sentences', () => {
  expect(sentences('not sent: refused', '', 'Check the port.')).toBe('Not sent: refused. Check the port.');
  expect(sentences('')).toBe('');
});
