/** How long to wait before trying a peer again: jitter below a growing ceiling (docs/THREATS.md H1). */
import { LIMITS } from '../../shared/limits.ts';

/** How the ceiling grows and how much of it is left to chance. */
export interface BackoffShape {
  /** Ceiling after the first failure. */
  readonly firstMs: number;
  /** The ceiling is multiplied by this after each further failure. */
  readonly factor: number;
  readonly maxMs: number;
  /** 1 = anywhere between zero and the ceiling (full jitter); 0.2 = within the upper fifth. */
  readonly jitterShare: number;
}

/** 250 ms · 2^n up to 30 s, full jitter: for peers nobody prescribes anything for. */
export const BACKOFF_FULL_JITTER: BackoffShape = {
  firstMs: LIMITS.backoffMinMs,
  factor: 2,
  maxMs: LIMITS.backoffMaxMs,
  jitterShare: 1,
};

/**
 * Waiting time in milliseconds before try number `failures` + 1; `failures` ≥ 1 counts the tries that failed in a row;
 * `chance` is a number in [0, 1) and picks the place below the ceiling. Never more than `maxMs`.
 */
export function backoffMs(
  failures: number,
  chance: number,
  shape: BackoffShape = BACKOFF_FULL_JITTER,
): number {
  const steps = Math.min(Math.max(failures - 1, 0), 64);
  const ceilingMs = Math.min(shape.maxMs, shape.firstMs * shape.factor ** steps);
  return Math.floor(ceilingMs * (1 - shape.jitterShare + shape.jitterShare * chance));
}
