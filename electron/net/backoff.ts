/** How long to wait before trying a peer again: full jitter between zero and a doubling ceiling (docs/THREATS.md H1). */
import { LIMITS } from '../../shared/limits.ts';

/**
 * Waiting time in milliseconds before try number `failures` + 1; `failures` ≥ 1 counts the tries that failed in a row.
 * The ceiling is 250 ms · 2^(failures-1), at most 30 s; `chance` is a number in [0, 1) and picks the place below it.
 */
export function backoffMs(failures: number, chance: number): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 32);
  const ceilingMs = Math.min(LIMITS.backoffMaxMs, LIMITS.backoffMinMs * 2 ** doublings);
  return Math.floor(ceilingMs * chance);
}
