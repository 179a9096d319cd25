import type { Clock } from '../../shared/clock.ts';

/** The machine's own clocks. */
export const SYSTEM_CLOCK: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
