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
  /** Members of the configuration file, or its text; by default only the endpoint. */
  config: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
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
  const sender = await implementation.start(await configFor(value, receiver));
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

/** Settings the words speak of. */
const CONFIG_WORDS: readonly (readonly [words: RegExp, config: string])[] = [
  [/broken config/, '{"endpoint":'],
  [/(?:impossible|bad) endpoint/, '{"endpoint":"nowhere at all"}'],
  [/bad method/, '{"method":"PO ST"}'],
];

async function configFor({ title, config }: Row, receiver: ScriptedReceiver): Promise<string> {
  if (typeof config === 'string') return config.replaceAll('<PORT>', String(receiver.port));
  if (config !== undefined)
    return JSON.stringify({ endpoint: receiver.url(), ...config }).replaceAll(
      '<PORT>',
      String(receiver.port),
    );
  const words = title.toLowerCase();
  if (words.includes('nobody listens'))
    return JSON.stringify({ endpoint: `http://127.0.0.1:${await reservePort()}/x` });
  const named = CONFIG_WORDS.find(([pattern]) => pattern.test(words))?.[1];
  return named ?? JSON.stringify({ endpoint: receiver.url() });
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
  const event = EVENT_WORDS.find(([pattern]) => pattern.test(words))?.[1];
  const isNamed = event !== null && event !== '';
  const payload = PAYLOAD_WORDS.find(([pattern]) => pattern.test(words))?.[1];
  const usual = isNamed || words.includes('with a payload') ? '{"k":1}' : null;
  return codes.map((_code, index) => {
    const isInvalid = (quality.length > 1 ? quality[index] : quality[0]) === 'invalid';
    const valid = payload === undefined ? usual : payload;
    return { event: event === undefined ? 'x' : event, payload: isInvalid ? '{bad}' : valid };
  });
}

const EVENT_WORDS: readonly (readonly [words: RegExp, event: string | null])[] = [
  [/event (?:name )?null|null event|before the event name/, null],
  [/event (?:name )?(?:empty|is empty)|empty event/, ''],
  [/event (?:name )?(?:of |with only |is )?(?:two )?(?:white ?)?spaces?\b/, '  '],
];
const PAYLOAD_WORDS: readonly (readonly [words: RegExp, payload: string | null])[] = [
  [/payload null|null payload|no payload|without (?:a )?payload/, null],
  [/payload empty|empty payload|payload is empty/, ''],
];
