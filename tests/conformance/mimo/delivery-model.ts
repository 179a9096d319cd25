// What a sender that keeps docs/protocols/mimo.md section 5 does with a script, without the retry defect of
// the original: the requests it makes, in order, with the earliest time of each. Written from the text, not
// from the sender.
import * as v from 'valibot';

export const answer = v.strictObject({
  status: v.optional(v.number()),
  action: v.optional(v.picklist(['rst', 'close', 'hang'])),
  headers: v.optional(v.record(v.string(), v.string())),
  body: v.optional(v.string()),
  delay: v.optional(v.number()),
});
export type Answer = v.InferOutput<typeof answer>;

export const call = v.object({
  event: v.string(),
  payload: v.nullish(v.string()),
  after_ms: v.optional(v.number(), 0),
});
export type Call = v.InferOutput<typeof call>;

export interface ExpectedRequest {
  readonly atLeastMs: number;
  readonly methodPath: string;
  readonly event: string | null;
}

export interface Script {
  readonly calls: readonly Call[];
  readonly answers: readonly Answer[];
  readonly listensAfterMs: number;
  readonly method: string;
  readonly path: string;
  readonly retry: number;
  readonly backoffMs: number;
  /** 0 = none. */
  readonly timeoutMs: number;
}

export interface Expected {
  readonly requests: readonly ExpectedRequest[];
  /** Events given up. */
  readonly lost: number;
}

function isToken(method: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method);
}

function isJson(payload: string): boolean {
  if (payload === '') return true;
  try {
    JSON.parse(payload);
    return true;
  } catch {
    // Expected: SyntaxError.
    return false;
  }
}

const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Events one after the other: the next starts when the one before is delivered or given up, but not before
 * its call.
 */
export function modelOf(script: Script): Expected {
  const requests: ExpectedRequest[] = [];
  let nowMs = 0;
  let calledMs = 0;
  let lost = 0;
  for (const { event, after_ms: afterMs, payload } of script.calls) {
    calledMs += afterMs;
    // No name: refused. No JSON: accepted, never sent.
    if (event === '') continue;
    const isSent = isToken(script.method) && isJson(payload ?? '');
    if (!isSent) lost += 1;
    if (!isSent) continue;
    nowMs = Math.max(nowMs, calledMs);
    let isDelivered = false;
    for (let attempt = 0; attempt <= script.retry && !isDelivered; attempt += 1) {
      if (attempt > 0) nowMs += script.backoffMs * 2 ** (attempt - 1);
      const outcome = attemptAt(script, event, nowMs, requests);
      nowMs = outcome.endMs;
      isDelivered = outcome.isDelivered;
    }
    if (!isDelivered) lost += 1;
  }
  return { requests, lost };
}

function attemptAt(
  script: Script,
  event: string,
  startMs: number,
  requests: ExpectedRequest[],
): { endMs: number; isDelivered: boolean } {
  // A negative timeout: every attempt to connect fails.
  if (startMs < script.listensAfterMs || script.timeoutMs < 0) return { endMs: startMs, isDelivered: false };
  let nowMs = startMs;
  let { method, path } = script;
  let sentEvent: string | null = event;
  for (let hops = 0; hops <= 10; hops += 1) {
    const reply = script.answers[Math.min(requests.length, script.answers.length - 1)] ?? { status: 204 };
    requests.push({ atLeastMs: nowMs, methodPath: `${method} ${path}`, event: sentEvent });
    const waitMs = reply.action === 'hang' ? Number.POSITIVE_INFINITY : (reply.delay ?? 0);
    const leftMs = script.timeoutMs === 0 ? Number.POSITIVE_INFINITY : startMs + script.timeoutMs - nowMs;
    if (waitMs > leftMs) return { endMs: nowMs + leftMs, isDelivered: false };
    nowMs += waitMs;
    if (reply.action !== undefined || (reply.status ?? 200) >= 500)
      return { endMs: nowMs, isDelivered: false };
    const location = Object.entries(reply.headers ?? {}).find(
      ([name]) => name.toLowerCase() === 'location',
    )?.[1];
    if (location === undefined || !REDIRECTS.includes(reply.status ?? 0)) break;
    path = new URL(location, `http://receiver${path}`).pathname;
    if (reply.status !== 307 && reply.status !== 308) {
      method = method === 'HEAD' ? 'HEAD' : 'GET';
      sentEvent = null;
    }
  }
  return { endMs: nowMs, isDelivered: true };
}
