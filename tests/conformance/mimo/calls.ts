// Return codes of NotifyEvent. The rows describe the calls in words; `calls` is used where a row spells them
// out.
import * as v from 'valibot';
import { reservePort, ScriptedReceiver } from '../../kit/scripted-receiver.ts';
import { expectSame, expectThat, hasMembers, runCases } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import type { SenderUnderTest } from './sender-under-test.ts';
import { senders } from './senders.ts';

const row = v.object({
  id: v.string(),
  title: v.optional(v.string(), ''),
  calls: v.optional(v.array(v.object({ event: v.nullish(v.string()), payload: v.nullish(v.string()) }))),
  return_codes: v.array(v.number()),
  requests_seen: v.number(),
});
type Row = v.InferOutput<typeof row>;

/** Long enough for a request that must not come to come all the same. */
const QUIET_MS = 150;

export const calls: RowKind = {
  name: 'mimo/calls',
  fits: (value) => hasMembers(value, 'return_codes', 'requests_seen'),
  run: async (file, report) => {
    for (const sender of await senders()) {
      const run = (value: Row): Promise<void> => runRow(sender, value);
      await runCases(file, report, row, run, { suffix: sender.suffix, atOnce: 4 });
    }
  },
};

async function runRow(implementation: SenderUnderTest, value: Row): Promise<void> {
  const receiver = await ScriptedReceiver.start([{ status: 204 }]);
  const sender = await implementation.start(await configFor(value.title, receiver));
  try {
    const codes: number[] = [];
    for (const { event, payload } of callsOf(value)) {
      codes.push(
        await sender.notify(
          event === null ? null : Buffer.from(event),
          payload === null ? null : Buffer.from(payload),
        ),
      );
    }
    expectSame('return codes', value.return_codes, codes);
    await receiver.waitForRequests(value.requests_seen);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    expectSame('requests', value.requests_seen, receiver.requests.length);
  } finally {
    await sender.finish(2_000);
    await receiver.close();
  }
}

async function configFor(title: string, receiver: ScriptedReceiver): Promise<string> {
  if (/broken config/i.test(title)) return '{"endpoint":';
  if (/nobody listens/i.test(title))
    return JSON.stringify({ endpoint: `http://127.0.0.1:${await reservePort()}/x` });
  if (/impossible endpoint/i.test(title)) return JSON.stringify({ endpoint: 'nowhere at all' });
  return JSON.stringify({ endpoint: receiver.url() });
}

interface Call {
  readonly event: string | null;
  readonly payload: string | null;
}

/**
 * "event NULL", "event empty string", "… with a payload", "valid, invalid, valid", "broken config is checked
 * before …".
 */
function callsOf({ title, calls: spelled, return_codes: codes }: Row): readonly Call[] {
  if (spelled !== undefined)
    return spelled.map(({ event, payload }) => ({ event: event ?? null, payload: payload ?? null }));
  const words = title.toLowerCase();
  const quality = words.match(/\b(?:in)?valid\b/g) ?? [];
  if (quality.length > 1) expectThat(quality.length === codes.length, 'as many words as codes', title);
  const event = /event null|before the event name/.test(words)
    ? null
    : words.includes('event empty')
      ? ''
      : 'x';
  return codes.map((_code, index) => {
    const isInvalid = (quality.length > 1 ? quality[index] : quality[0]) === 'invalid';
    const payload = isInvalid
      ? '{bad}'
      : event === 'x' || words.includes('with a payload')
        ? '{"k":1}'
        : null;
    return { event, payload };
  });
}
