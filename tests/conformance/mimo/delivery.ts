// Scripted receivers and what a sender does: order, number and earliest time of its requests. Later is
// allowed (the machine may be busy), earlier is not. `dropin_should` says where a replacement must do better
// than what was observed.
import * as v from 'valibot';
import { parseGoDuration } from '../../../electron/protocols/mimo/go-duration.ts';
import {
  reservePort,
  ScriptedReceiver,
  type ReceiverAnswer,
  type RecordedRequest,
} from '../../kit/scripted-receiver.ts';
import { expectSame, expectThat, hasMembers, Mismatch, runCases, show } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import {
  answer,
  call,
  modelOf,
  type Answer,
  type Expected,
  type ExpectedRequest,
  type Script,
} from './delivery-model.ts';
import type { SenderUnderTest } from './sender-under-test.ts';
import { senders } from './senders.ts';

const observedRequest = v.strictObject({
  at_ms: v.number(),
  connection: v.optional(v.number()),
  method_path: v.string(),
  event: v.nullable(v.string()),
});
const row = v.object({
  id: v.string(),
  config: v.strictObject({
    source: v.optional(v.string()),
    timeout: v.optional(v.string()),
    retry: v.optional(v.number()),
    retry_backoff_ms: v.optional(v.number()),
    method: v.optional(v.string()),
  }),
  calls: v.array(call),
  receiver: v.strictObject({
    starts_listening_after_ms: v.optional(v.number(), 0),
    answers: v.array(answer),
  }),
  observed_upstream: v.strictObject({
    requests: v.array(observedRequest),
    connections: v.optional(v.array(v.number()), []),
  }),
  dropin_should: v.optional(v.string()),
});
type Row = v.InferOutput<typeof row>;

/** Timers of the two sides and the model's ideal times differ by this much. */
const EARLY_MS = 60;
/** Of the observed times, which grow with every pause of a real sender. */
const DRIFT_SHARE = 0.05;
/** A busy machine makes everything late, but not by this. */
const LATE_MS = 5_000;
/** Waiting for a request that must not come. */
const QUIET_MS = 400;

export const delivery: RowKind = {
  name: 'mimo/delivery',
  fits: (value) => hasMembers(value, 'calls', 'receiver', 'observed_upstream'),
  run: async (file, report) => {
    for (const sender of await senders()) {
      const run = (value: Row): Promise<void> => runRow(sender, value);
      await runCases(file, report, row, run, { suffix: sender.suffix, atOnce: 4 });
    }
  },
};

async function runRow(implementation: SenderUnderTest, value: Row): Promise<void> {
  const path = value.observed_upstream.requests[0]?.method_path.split(' ')[1] ?? '/e';
  const expected = expectedOf(value, path);
  const port = await reservePort();
  const { starts_listening_after_ms: listensAfterMs, answers } = value.receiver;
  const script = answers.map(receiverAnswer);
  // The receiver listens from the first call on, or after the named time; it is started late on the same
  // clock.
  const early = listensAfterMs > 0 ? null : await ScriptedReceiver.start(script, port);
  const config = { ...value.config, endpoint: `http://127.0.0.1:${port}${path}` };
  const sender = await implementation.start(JSON.stringify(config));
  const startMs = performance.now();
  const late =
    early === null
      ? pauseUntil(startMs + listensAfterMs).then(() => ScriptedReceiver.start(script, port))
      : null;
  try {
    let callMs = startMs;
    for (const { event, payload, after_ms: afterMs } of value.calls) {
      callMs += afterMs;
      await pauseUntil(callMs);
      const code = await sender.notify(
        Buffer.from(event),
        typeof payload === 'string' ? Buffer.from(payload) : null,
      );
      expectSame('return code', event === '' ? -1 : 0, code);
    }
    const receiver = early ?? (await late);
    if (receiver === null) throw new Mismatch('a receiver', 'none');
    await receiver.waitForRequests(expected.least.length, 30_000);
    const lastMs = Math.max(0, ...expected.most.map(({ atLeastMs }) => atLeastMs));
    await pauseUntil(Math.max(performance.now(), startMs + lastMs) + QUIET_MS);
    check(value, expected, receiver, startMs);
    expectSame('events given up', expected.lost, await sender.lost());
  } finally {
    await sender.finish(2_000);
    await early?.close();
    await (await late)?.close();
  }
}

interface Bounds {
  readonly least: readonly ExpectedRequest[];
  readonly most: readonly ExpectedRequest[];
  readonly lost: number;
  /** The row says that the connection must live on. */
  readonly oneConnection: boolean;
  /** The row wants what was observed, so not more connections than were observed either. */
  readonly isObserved: boolean;
}

/**
 * "same…" or no wish: what was observed. "optional", "enough", "possible": at least the first request. Else
 * the model.
 */
function expectedOf(value: Row, path: string): Bounds {
  const model: Expected = modelOf(scriptOf(value, path));
  const wish = value.dropin_should ?? 'same';
  const observed = value.observed_upstream.requests.map(({ at_ms: atMs, method_path: methodPath, event }) => {
    return { atLeastMs: atMs, methodPath, event };
  });
  if (wish.startsWith('same')) {
    expectSame('requests of the model', observed.length, model.requests.length);
    for (const [index, { atLeastMs }] of model.requests.entries()) {
      const seenMs = observed[index]?.atLeastMs ?? 0;
      const isNear = Math.abs(seenMs - atLeastMs) <= EARLY_MS + seenMs * DRIFT_SHARE;
      expectThat(isNear, `request ${index + 1} at ${seenMs} ms`, `${atLeastMs} ms by the rules`);
    }
    return { least: observed, most: observed, lost: model.lost, oneConnection: false, isObserved: true };
  }
  // The original loses what the rules repeat: what it sent is where they begin.
  expectSame(
    'requests of the model',
    observed.map(named),
    model.requests.slice(0, observed.length).map(named),
  );
  const isLenient = /optional|enough|possible/.test(wish);
  const least = isLenient ? model.requests.slice(0, 1) : model.requests;
  const oneConnection = /reuse the connection/.test(wish);
  return { least, most: model.requests, lost: model.lost, oneConnection, isObserved: false };
}

function named({ methodPath, event }: ExpectedRequest): string {
  return `${methodPath} ${event ?? '(no body)'}`;
}

function scriptOf(value: Row, path: string): Script {
  const { config, calls, receiver } = value;
  const timeoutNs =
    config.timeout === undefined || config.timeout === '' ? 2_000_000_000n : parseGoDuration(config.timeout);
  return {
    calls,
    answers: receiver.answers,
    listensAfterMs: receiver.starts_listening_after_ms,
    method: config.method === undefined || config.method === '' ? 'POST' : config.method,
    path,
    retry: config.retry !== undefined && config.retry > 0 ? config.retry : 2,
    backoffMs:
      config.retry_backoff_ms !== undefined && config.retry_backoff_ms > 0 ? config.retry_backoff_ms : 100,
    timeoutMs: Number(timeoutNs ?? 0n) / 1e6,
  };
}

function check(value: Row, expected: Bounds, receiver: ScriptedReceiver, startMs: number): void {
  const { requests } = receiver;
  const names = requests.map(describeRequest);
  const most = expected.most.map(named);
  expectThat(requests.length >= expected.least.length, `at least ${show(most)}`, show(names));
  expectSame('requests', most.slice(0, requests.length), names);
  for (const [index, request] of requests.entries()) {
    const atMs = Math.round(request.atMs - startMs);
    const atLeastMs = (expected.most[index]?.atLeastMs ?? 0) - EARLY_MS;
    expectThat(atMs >= atLeastMs, `request ${index + 1} not before ${atLeastMs} ms`, `${atMs} ms`);
    const atMostMs = (expected.most[index]?.atLeastMs ?? 0) + LATE_MS;
    expectThat(atMs <= atMostMs, `request ${index + 1} not after ${atMostMs} ms`, `${atMs} ms`);
  }
  expectSame('violations', [], receiver.violations);
  const used = receiver.connections.filter(({ requestCount }) => requestCount > 0).length;
  if (expected.oneConnection) expectSame('connections', 1, used);
  const observed = new Set(value.observed_upstream.requests.map(({ connection }) => connection)).size;
  if (expected.isObserved)
    expectThat(used <= Math.max(observed, 1), `at most ${observed} connections`, String(used));
}

function receiverAnswer({ action, status, headers, body, delay }: Answer): ReceiverAnswer {
  if (action !== undefined) return { action };
  return {
    status: status ?? 200,
    ...(headers === undefined ? undefined : { headers }),
    ...(body === undefined ? undefined : { body }),
    ...(delay === undefined ? undefined : { delay }),
  };
}

function describeRequest({ method, path, body }: RecordedRequest): string {
  if (body.length === 0) return `${method} ${path} (no body)`;
  const document: unknown = JSON.parse(body.toString('utf8'));
  const event = hasMembers(document, 'event') ? document['event'] : undefined;
  return `${method} ${path} ${typeof event === 'string' ? event : show(event)}`;
}

async function pauseUntil(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
}
