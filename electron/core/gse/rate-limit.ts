/** So many requests a minute: whoever takes a turn is told how long to wait for it. */
import type { Clock } from '../../../shared/clock.ts';

const MINUTE_MS = 60_000;

export class RateLimit {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #nextMs = Number.NEGATIVE_INFINITY;

  /** 0 = no limit. */
  constructor(clock: Clock, perMinuteMax: number) {
    this.#clock = clock;
    this.#intervalMs = perMinuteMax === 0 ? 0 : MINUTE_MS / perMinuteMax;
  }

  take(): number {
    const nowMs = this.#clock.monotonicMs();
    if (this.#intervalMs === 0) return 0;
    const turnMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = turnMs + this.#intervalMs;
    return turnMs - nowMs;
  }
}
