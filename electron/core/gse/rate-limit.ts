/** So many requests a minute, evenly. */
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

  /** 0 takes a turn; else how long to wait before asking again. */
  take(): number {
    const nowMs = this.#clock.monotonicMs();
    if (this.#intervalMs === 0) return 0;
    if (this.#nextMs > nowMs) return this.#nextMs - nowMs;
    this.#nextMs = nowMs + this.#intervalMs;
    return 0;
  }
}
