/**
 * Life cycle of an agent socket client: docs/protocols/gse.md section 7. Pure: time and chance come in,
 * effects go out, and the owner carries them out in order.
 */
import { assert } from '../../../shared/assert.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { backoffMs, type BackoffShape } from '../../net/backoff.ts';
import { AlreadyLaunchedError, NotLaunchedError } from './errors.ts';

export type SessionState = 'idle' | 'connecting' | 'connected' | 'reconnecting';

const NEXT: Readonly<Record<SessionState, readonly SessionState[]>> = {
  idle: ['connecting'],
  connecting: ['connected', 'idle'],
  connected: ['reconnecting', 'idle'],
  reconnecting: ['connected', 'idle'],
};

export interface SessionRules {
  /** Wait after a failed dial; the first step of the back-off unless `sdkExact`. */
  readonly reconnectMs: number;
  readonly keepaliveMs: number;
  /** Drop and redial a connection on which nothing came for three keepalive intervals. */
  readonly redialWhenStale: boolean;
  /** Fixed wait, immediate redial after every loss, keepalives by the old timer, no liveness check. */
  readonly sdkExact: boolean;
}

export const SESSION_RULES_DEFAULT: SessionRules = {
  reconnectMs: LIMITS.gseReconnectMs,
  keepaliveMs: LIMITS.gseKeepaliveMs,
  redialWhenStale: false,
  sdkExact: false,
};

/**
 * `dial` connect, then `dialed` or `dialFailed` · `wait` call `waited` after it · `keepalive` send one ·
 * `arm_keepalive` call
 * `keepaliveDue` after it, instead of any armed before · `drop` close the socket · `stop_timers` of both
 * kinds · `launched` and
 * `launch_ended` settle the launch · `stale`, `fresh` tell the owner.
 */
export type SessionEffect =
  | {
      readonly do:
        | 'dial'
        | 'keepalive'
        | 'drop'
        | 'stop_timers'
        | 'launched'
        | 'launch_ended'
        | 'stale'
        | 'fresh';
    }
  | { readonly do: 'wait' | 'arm_keepalive'; readonly ms: number };

const BACKOFF_FACTOR = 1.5;
const BACKOFF_JITTER_SHARE = 0.2;
const SILENT_INTERVALS_MAX = 3;

export class AgentSession {
  readonly #rules: SessionRules;
  readonly #backoff: BackoffShape;
  #state: SessionState = 'idle';
  /** Dials that failed, and connections that did not hold, in a row. */
  #failures = 0;
  #connectedAtMs = 0;
  #lastFrameAtMs = 0;
  #isStale = false;

  constructor(rules: SessionRules) {
    this.#rules = rules;
    const { reconnectMs: firstMs } = rules;
    const maxMs = LIMITS.backoffMaxMs;
    this.#backoff = { firstMs, factor: BACKOFF_FACTOR, maxMs, jitterShare: BACKOFF_JITTER_SHARE };
  }

  get state(): SessionState {
    return this.#state;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  /** Fails with AlreadyLaunchedError. */
  launch(): SessionEffect[] {
    if (this.#state !== 'idle') throw new AlreadyLaunchedError();
    this.#failures = 0;
    this.#go('connecting');
    return [{ do: 'dial' }];
  }

  dialed(nowMs: number): SessionEffect[] {
    const isFirst = this.#state === 'connecting';
    this.#go('connected');
    this.#connectedAtMs = nowMs;
    this.#lastFrameAtMs = nowMs;
    const effects: SessionEffect[] = isFirst ? [{ do: 'launched' }] : [];
    // The agent does not know who is connected before the first keepalive.
    if (isFirst || !this.#rules.sdkExact)
      effects.push({ do: 'keepalive' }, { do: 'arm_keepalive', ms: this.#rules.keepaliveMs });
    return effects;
  }

  /** `chance` in [0, 1). */
  dialFailed(chance: number): SessionEffect[] {
    assert(this.#state === 'connecting' || this.#state === 'reconnecting', 'a dial was under way');
    this.#failures += 1;
    return [{ do: 'wait', ms: this.#waitMs(chance) }];
  }

  waited(): SessionEffect[] {
    return [{ do: 'dial' }];
  }

  /** The connection has ended, whoever ended it. */
  lost(nowMs: number, chance: number): SessionEffect[] {
    this.#go('reconnecting');
    const effects = this.#fresh();
    if (this.#rules.sdkExact) return [...effects, { do: 'dial' }];
    if (nowMs - this.#connectedAtMs >= LIMITS.gseHealthyMs) this.#failures = 0;
    this.#failures += 1;
    // At once the first time; a connection that did not hold counts as a failed dial after that.
    if (this.#failures === 1) return [...effects, { do: 'dial' }];
    return [...effects, { do: 'wait', ms: backoffMs(this.#failures - 1, chance, this.#backoff) }];
  }

  keepaliveDue(nowMs: number): SessionEffect[] {
    const { keepaliveMs, redialWhenStale, sdkExact } = this.#rules;
    const again: SessionEffect = { do: 'arm_keepalive', ms: keepaliveMs };
    if (this.#state !== 'connected') return [again];
    const isSilent = nowMs - this.#lastFrameAtMs >= SILENT_INTERVALS_MAX * keepaliveMs;
    if (sdkExact || !isSilent) return [{ do: 'keepalive' }, again];
    if (redialWhenStale) return [{ do: 'drop' }, again];
    if (this.#isStale) return [{ do: 'keepalive' }, again];
    this.#isStale = true;
    return [{ do: 'stale' }, { do: 'keepalive' }, again];
  }

  frameArrived(nowMs: number): SessionEffect[] {
    this.#lastFrameAtMs = nowMs;
    return this.#fresh();
  }

  /** A launch that was cancelled or ran out of time; nothing happens when it has been settled already. */
  cancelLaunch(): SessionEffect[] {
    if (this.#state !== 'connecting') return [];
    this.#go('idle');
    return [{ do: 'stop_timers' }, { do: 'drop' }, { do: 'launch_ended' }];
  }

  /** Fails with NotLaunchedError. */
  terminate(): SessionEffect[] {
    if (this.#state === 'idle') throw new NotLaunchedError();
    const wasLaunching = this.#state === 'connecting';
    this.#go('idle');
    this.#isStale = false;
    const effects: SessionEffect[] = [{ do: 'stop_timers' }, { do: 'drop' }];
    if (wasLaunching) effects.push({ do: 'launch_ended' });
    return effects;
  }

  #waitMs(chance: number): number {
    if (this.#rules.sdkExact) return this.#rules.reconnectMs;
    return backoffMs(this.#failures, chance, this.#backoff);
  }

  #fresh(): SessionEffect[] {
    if (!this.#isStale) return [];
    this.#isStale = false;
    return [{ do: 'fresh' }];
  }

  #go(state: SessionState): void {
    assert(NEXT[this.#state].includes(state), `${this.#state} → ${state} is not a move`);
    this.#state = state;
  }
}
