// Event name and payload text ⇒ exact body bytes on the wire, or accepted and never sent.
import * as v from 'valibot';
import { ScriptedReceiver } from '../../kit/scripted-receiver.ts';
import { expectSame, expectThat, hasMembers, runCases, show } from '../case-run.ts';
import type { Report, VectorFile, RowKind } from '../vector-kind.ts';
import type { SenderUnderTest } from './sender-under-test.ts';
import { senders } from './senders.ts';
import { bytesOf, repeated } from './vector-text.ts';

const text = v.nullish(v.string());
const row = v.object({
  id: v.string(),
  input: v.strictObject({
    event: text,
    event_b64: text,
    event_repeat: v.optional(repeated),
    payload: text,
    payload_b64: text,
    payload_repeat: v.optional(repeated),
  }),
  expect: v.strictObject({
    /** For reading. */
    reason: text,
    /** What an older toolchain of the original wrote. */
    variant_go_before_1_22: v.optional(v.looseObject({})),
    return_code: v.number(),
    sent: v.boolean(),
    body_before_timestamp: text,
    body_before_timestamp_b64: text,
    body_before_timestamp_repeat: v.optional(repeated),
  }),
});

const SENTINEL = Buffer.from('signalbox-end-of-case');

export const envelope: RowKind = {
  name: 'mimo/envelope',
  fits: (value) =>
    hasMembers(value, 'input', 'expect') &&
    hasMembers(value['expect'], 'return_code', 'sent') &&
    ['event', 'event_b64', 'event_repeat'].some((name) => hasMembers(value['input'], name)),
  run: async (file, report) => {
    for (const sender of await senders()) await runWith(sender, file, report);
  },
};

async function runWith(implementation: SenderUnderTest, file: VectorFile, report: Report): Promise<void> {
  const receiver = await ScriptedReceiver.start([{ status: 204 }]);
  const sender = await implementation.start(JSON.stringify({ endpoint: receiver.url() }));
  const run = async ({ input, expect }: v.InferOutput<typeof row>): Promise<void> => {
    const event = bytesOf(input.event, input.event_b64, input.event_repeat) ?? null;
    const payload = bytesOf(input.payload, input.payload_b64, input.payload_repeat) ?? null;
    const seen = receiver.requests.length;
    const code = await sender.notify(event, payload);
    expectSame('return code', expect.return_code, code);
    expectSame('return code of the call behind it', 0, await sender.notify(SENTINEL, null));
    const requests = await receiver.waitForRequests(seen + (expect.sent ? 2 : 1));
    const bodies = requests.slice(seen).map(({ body }) => body);
    expectSame('requests', expect.sent ? 2 : 1, bodies.length);
    const [body] = bodies;
    if (!expect.sent || body === undefined) return;
    const { body_before_timestamp: before, body_before_timestamp_b64: beforeB64 } = expect;
    if (typeof before === 'string' && typeof beforeB64 === 'string')
      expectSame('text and base64 of the body', Buffer.from(before).toString('base64'), beforeB64);
    const expected = bytesOf(before, beforeB64, expect.body_before_timestamp_repeat) ?? Buffer.alloc(0);
    expectSame(
      'body before the timestamp',
      expected.toString('latin1'),
      body.toString('latin1', 0, expected.length),
    );
    const rest = body.toString('latin1', expected.length);
    expectThat(/^,"timestamp":[1-9]\d{9}\}$/.test(rest), ',"timestamp":<unix seconds>}', show(rest));
    const lateS = Date.now() / 1_000 - Number(/\d+/.exec(rest)?.[0]);
    expectThat(Math.abs(lateS) < 60, 'a timestamp of now', `${lateS} s off`);
  };
  try {
    await runCases(file, report, row, run, { suffix: implementation.suffix });
  } finally {
    await sender.finish(2_000);
    await receiver.close();
  }
}
