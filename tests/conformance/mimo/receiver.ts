// Requests to the real listener: what is answered and what is recorded. After every row a good client must be
// served.
import * as v from 'valibot';
import {
  openMimoListener,
  type MimoListener,
  type MimoReceived,
} from '../../../electron/protocols/mimo/listener.ts';
import { SYSTEM_CLOCK as clock } from '../../../electron/net/system-clock.ts';
import { RawConnection, type RawAnswer } from '../../kit/raw-http-client.ts';
import { expectSame, expectThat, hasMembers, runCases, show } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import {
  bodyOf,
  plainRequest,
  request,
  sendRequest,
  type PlainRequest,
  type VectorRequest,
} from './receiver-request.ts';

const recorded = v.strictObject({
  event: v.string(),
  timestamp: v.optional(v.unknown()),
  payload: v.optional(v.unknown()),
});
type Recorded = v.InferOutput<typeof recorded>;
const row = v.object({
  id: v.string(),
  request,
  expect: v.strictObject({
    outcome: v.picklist(['accept', 'reject', 'either', 'nothing recorded']),
    status: v.string(),
    recorded: v.nullish(v.union([v.array(recorded), recorded])),
  }),
});
type Row = v.InferOutput<typeof row>;

const WAIT_MS = 60_000;
const AT_ONCE_MS = 2_000;
const QUIET_MS = 100;
const RAW_ANSWERS_MAX = 64;
const GOOD: PlainRequest = v.parse(plainRequest, {
  method: 'POST',
  path: '/mimo/events',
  headers: { 'Content-Type': 'application/json' },
  body: '{"event":"good_client","timestamp":1700000000}',
});

export const receiver: RowKind = {
  name: 'mimo/receiver',
  fits: (value) => hasMembers(value, 'request', 'expect') && hasMembers(value['expect'], 'outcome', 'status'),
  run: (file, report) => runCases(file, report, row, runRow, { atOnce: 4 }),
};

async function runRow({ request: vector, expect }: Row): Promise<void> {
  const events: MimoReceived[] = [];
  const listener = await openMimoListener({
    host: '127.0.0.1',
    port: 0,
    clock,
    accept: async (event) => void events.push(event),
    refuse: async () => undefined,
  });
  const members = Reflect.ownKeys(Object.prototype).length;
  const connection = await RawConnection.open(listener.port);
  try {
    const answers = await exchange(connection, vector, listener, expect.status);
    checkAnswers(expect.status, expect.outcome, answers, connection.isClosed);
    const own = events.filter(({ event }) => event !== 'good_client');
    checkRecorded(expect, own, answers, vector);
    if (expect.outcome === 'accept') await checkKept(connection, listener.port);
    await checkGoodClient(listener.port);
    expectSame('members of every object', members, Reflect.ownKeys(Object.prototype).length);
  } finally {
    connection.destroy();
    await listener.close();
  }
}

async function exchange(
  connection: RawConnection,
  vector: VectorRequest,
  listener: MimoListener,
  status: string,
): Promise<RawAnswer[]> {
  if ('pipeline' in vector) {
    for (const part of vector.pipeline) await sendRequest(connection, part, listener.port);
    return collect(connection, vector.pipeline.length, 'POST', WAIT_MS);
  }
  if ('method' in vector) {
    await sendRequest(connection, vector, listener.port);
    if (vector.declared_length_extra > 0) connection.endSending();
    return collect(connection, 1, vector.method, status.includes('at once') ? AT_ONCE_MS : WAIT_MS);
  }
  const bytes =
    vector.raw_b64 === undefined ? Buffer.from(vector.raw ?? '') : Buffer.from(vector.raw_b64, 'base64');
  await connection.send(
    Buffer.from(bytes.toString('latin1').replaceAll('<PORT>', String(listener.port)), 'latin1'),
  );
  // Other connections stay served meanwhile.
  await checkGoodClient(listener.port);
  if (vector.then === 'close') connection.endSending();
  const [first] = await collect(connection, 1, 'POST', silenceMs(status));
  // More than one request may have been seen in the bytes, which must not happen unnoticed.
  return first === undefined
    ? []
    : [first, ...(await collect(connection, RAW_ANSWERS_MAX, 'POST', QUIET_MS))];
}

/** "close within 60 s" gives the time and a little. */
function silenceMs(status: string): number {
  const seconds = /within (\d+) s\b/.exec(status)?.[1];
  return seconds === undefined ? WAIT_MS : Number(seconds) * 1_000 + AT_ONCE_MS;
}

async function collect(
  connection: RawConnection,
  count: number,
  method: string,
  waitMs: number,
): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  for (let index = 0; index < count; index += 1) {
    const answer = await connection.answer(waitMs, method);
    if (answer === null) break;
    answers.push(answer);
  }
  return answers;
}

/**
 * Status text: "2xx", "2xx or 415", "413, or the connection is closed", "none or 400", "408 or close within
 * 60 s", …
 */
function checkAnswers(
  status: string,
  outcome: string,
  answers: readonly RawAnswer[],
  isClosed: boolean,
): void {
  const allowed = status.match(/\b\d(?:xx|\d\d)\b/g) ?? [];
  const mayClose = /close/.test(status) && isClosed;
  const mayBeSilent = /none/.test(status) || mayClose;
  expectThat(
    answers.length > 0 || mayBeSilent,
    status,
    isClosed ? 'the connection closed without an answer' : 'no answer',
  );
  for (const answer of answers) {
    const fits = allowed.some((code) =>
      code.endsWith('xx') ? code[0] === String(answer.status)[0] : code === String(answer.status),
    );
    // Closing is allowed; what was said before closing must still be a refusal.
    expectThat(fits || (mayClose && answer.status >= 400), `status ${status}`, String(answer.status));
    expectThat(answer.status < 500, 'no 5xx because of content', String(answer.status));
    expectThat(
      !answer.headers.has('access-control-allow-origin'),
      'no CORS header',
      show([...answer.headers.keys()]),
    );
    if (outcome === 'accept') expectSame('body of the answer', 0, answer.body.length);
  }
}

function checkRecorded(
  expect: Row['expect'],
  events: readonly MimoReceived[],
  answers: readonly RawAnswer[],
  vector: VectorRequest,
): void {
  const accepted = answers.filter(({ status }) => status < 300).length;
  const isGet = 'method' in vector && vector.method !== 'POST';
  if (expect.outcome !== 'nothing recorded' || !isGet) expectSame('recorded events', accepted, events.length);
  if (expect.outcome === 'reject' || expect.outcome === 'nothing recorded')
    expectSame('recorded events', 0, events.length);
  if (expect.recorded === undefined || expect.recorded === null) return;
  const rows = Array.isArray(expect.recorded) ? expect.recorded : [expect.recorded];
  const parts = 'pipeline' in vector ? vector.pipeline : 'method' in vector ? [vector] : [];
  expectSame('recorded events', rows.length, events.length);
  for (const [index, expected] of rows.entries()) checkEvent(expected, events[index], parts[index]);
}

function checkEvent(
  expected: Recorded,
  event: MimoReceived | undefined,
  sent: PlainRequest | undefined,
): void {
  expectSame('event', expected.event, event?.event);
  if (Object.hasOwn(expected, 'timestamp')) expectSame('timestamp', expected.timestamp, event?.sentAtS);
  if (Object.hasOwn(expected, 'payload')) expectSame('payload', expected.payload, event?.payload);
  if (sent === undefined || sent.body_repeat !== undefined) return;
  const body = bodyOf(sent);
  expectSame('raw body', body.toString('latin1'), Buffer.from(event?.body ?? []).toString('latin1'));
  const document: unknown = JSON.parse(body.toString('utf8'));
  if (!hasMembers(document, 'payload')) expectSame('payload', undefined, event?.payload);
}

/** A good event leaves the connection open: the next one is answered on it. */
async function checkKept(connection: RawConnection, port: number): Promise<void> {
  await sendRequest(connection, GOOD, port);
  const answer = await connection.answer(WAIT_MS);
  expectSame('status of the next event on the same connection', 204, answer?.status);
}

async function checkGoodClient(port: number): Promise<void> {
  const connection = await RawConnection.open(port);
  try {
    await sendRequest(connection, GOOD, port);
    const answer = await connection.answer(WAIT_MS);
    expectSame('status for a good client', 204, answer?.status);
  } finally {
    connection.destroy();
  }
}
