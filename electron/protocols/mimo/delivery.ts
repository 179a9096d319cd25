/**
 * What to do after an attempt: docs/protocols/mimo.md section 5. Pure: no socket, no timer, no clock.
 * Delivered is any status below 500; a failed attempt is followed by a doubling pause; redirects stay on the
 * same server.
 */
import { parseEndpoint, type Target } from '../../net/http-endpoint.ts';
import type { Reply } from './reply-reader.ts';

/** Node fires a longer timer at once. */
const PAUSE_MS_MAX = 2 ** 31 - 1;

/** Pause after failed attempt number `failed` (1 for the first), in milliseconds. */
export function pauseAfterMs(failed: number, retryBackoffMs: number): number {
  return Math.min(retryBackoffMs * 2 ** (failed - 1), PAUSE_MS_MAX);
}

export interface Redirect {
  readonly target: Target;
  readonly method: string;
  readonly sendsBody: boolean;
}

/**
 * Null when the reply stands as it is. 301, 302 and 303 go on without the body (as GET, or HEAD when it was
 * HEAD), 307 and 308 with it. Another server is not followed: the event has arrived where the operator wanted
 * it.
 */
export function redirectOf(reply: Reply, from: Target, method: string): Redirect | null {
  const keepsBody = reply.status === 307 || reply.status === 308;
  if (!keepsBody && reply.status !== 301 && reply.status !== 302 && reply.status !== 303) return null;
  if (reply.location === null || reply.location === '') return null;
  const base = `${from.secure ? 'https' : 'http'}://${from.hostHeader}${from.requestTarget}`;
  if (!URL.canParse(reply.location, base)) return null;
  const target = parseEndpoint(new URL(reply.location, base).href);
  if (target === null || target.secure !== from.secure) return null;
  if (target.hostname !== from.hostname || target.port !== from.port) return null;
  const isSafe = method === 'GET' || method === 'HEAD';
  return {
    target: { ...target, hostHeader: from.hostHeader, userInfo: target.userInfo ?? from.userInfo },
    method: keepsBody || isSafe ? method : 'GET',
    sendsBody: keepsBody,
  };
}
