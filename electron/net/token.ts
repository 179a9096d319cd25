/**
 * Tokens for every door but the MIMO one (docs/THREATS.md B4): 256 random bits, compared as digests in
 * constant time, and slow to guess. The token itself is never logged and never put into a URL that stays.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { LIMITS } from '../../shared/limits.ts';

const TOKEN_BYTES = 32;

/** 43 characters of base64url: 256 bits from the system's generator. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Both sides are hashed first, so neither length nor a common beginning shows in the time taken. */
export function isSameToken(presented: string, expected: string): boolean {
  return timingSafeEqual(digestOf(presented), digestOf(expected));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/**
 * The token in `Authorization: Bearer <token>`, or the password of `Authorization: Basic …` (senders that
 * only know user:pass@ in their endpoint); null when there is none.
 */
export function presentedToken(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const [scheme, value] = authorization.split(' ', 2);
  if (value === undefined || scheme === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? null : pair.slice(colon + 1);
}

/** `wait` the caller answers only after `waitMs`, whatever it answers. */
export interface TokenVerdict {
  readonly accepted: boolean;
  readonly waitMs: number;
}

/**
 * One guarded secret. After LIMITS.tokenWrongTriesMax wrong tries in a row each further wrong answer is
 * delayed.
 */
export class TokenGate {
  readonly #token: string;
  readonly #clock: Clock;
  #wrongTries = 0;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(token: string, clock: Clock) {
    this.#token = token;
    this.#clock = clock;
  }

  /** A right token is let in at once even during a delay: guessing must not lock the operator out. */
  check(presented: string | null): TokenVerdict {
    if (presented !== null && isSameToken(presented, this.#token)) {
      this.#wrongTries = 0;
      return { accepted: true, waitMs: 0 };
    }
    this.#wrongTries += 1;
    if (this.#wrongTries < LIMITS.tokenWrongTriesMax) return { accepted: false, waitMs: 0 };
    // Wrong tries at the same moment queue behind one another: parallel guessing gains nothing.
    const nowMs = this.#clock.monotonicMs();
    this.#quietUntilMs = Math.max(this.#quietUntilMs, nowMs) + LIMITS.tokenDelayMs;
    return { accepted: false, waitMs: Math.min(this.#quietUntilMs - nowMs, LIMITS.httpRequestTimeoutMs) };
  }
}
