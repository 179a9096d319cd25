// The MIMO vector files as typed rows (tests/vectors/mimo/README.md). Every shape is checked here, once.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { ReceiverAnswer } from '../../../tests/kit/scripted-receiver.ts';

const FOLDER = new URL('../../../tests/vectors/mimo/', import.meta.url);

const repeat = v.object({
  prefix: v.optional(v.string(), ''),
  open: v.string(),
  close: v.string(),
  depth: v.number(),
  suffix: v.optional(v.string(), ''),
});

const envelopeCase = v.object({
  id: v.string(),
  title: v.string(),
  input: v.object({
    event_b64: v.nullable(v.string()),
    payload_b64: v.optional(v.nullable(v.string())),
    payload_repeat: v.optional(repeat),
  }),
  expect: v.object({
    return_code: v.number(),
    sent: v.boolean(),
    body_before_timestamp_b64: v.optional(v.string()),
    body_before_timestamp_repeat: v.optional(repeat),
  }),
});

const durationCase = v.object({
  id: v.string(),
  input: v.string(),
  expect: v.object({ ns: v.optional(v.string()), error: v.optional(v.boolean()) }),
});

const configCase = v.object({
  id: v.string(),
  title: v.string(),
  input: v.object({ text: v.optional(v.string()), text_b64: v.optional(v.string()) }),
  expect: v.object({
    init: v.string(),
    notify_return_code: v.optional(v.number()),
    endpoint: v.optional(v.string()),
    method: v.optional(v.string()),
    timeout_ns: v.optional(v.string()),
    source: v.optional(v.string()),
    retry: v.optional(v.number()),
    retry_backoff_ms: v.optional(v.number()),
    events_can_be_built: v.optional(v.boolean()),
  }),
});

const searchCase = v.object({
  id: v.string(),
  title: v.optional(v.string(), ''),
  env: v.optional(v.string()),
  present: v.optional(v.array(v.string()), []),
  broken: v.optional(v.array(v.string()), []),
  use: v.string(),
});

const callCase = v.object({
  id: v.string(),
  title: v.string(),
  return_codes: v.array(v.number()),
  requests_seen: v.number(),
});

const headCase = v.object({
  id: v.string(),
  title: v.string(),
  config: v.record(v.string(), v.string()),
  request_head_lines: v.array(v.string()),
  body_length: v.number(),
});

const answer = v.union([
  v.object({ action: v.picklist(['rst', 'close', 'hang']) }),
  v.object({
    status: v.number(),
    body: v.optional(v.string(), ''),
    headers: v.optional(v.record(v.string(), v.string()), {}),
    delay: v.optional(v.number(), 0),
  }),
]);

const deliveryCase = v.object({
  id: v.string(),
  title: v.string(),
  config: v.record(v.string(), v.string()),
  calls: v.array(
    v.object({ event: v.string(), payload: v.optional(v.string()), after_ms: v.optional(v.number(), 0) }),
  ),
  receiver: v.object({ answers: v.array(answer), starts_listening_after_ms: v.optional(v.number(), 0) }),
  observed_upstream: v.object({
    requests: v.array(
      v.object({
        at_ms: v.number(),
        connection: v.number(),
        method_path: v.string(),
        event: v.nullable(v.string()),
      }),
    ),
  }),
  dropin_should: v.string(),
});

function load<Schema extends v.GenericSchema>(name: string, schema: Schema): v.InferOutput<Schema>[] {
  const file: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
  return v.parse(v.object({ cases: v.array(schema) }), file).cases;
}

export type RepeatedText = v.InferOutput<typeof repeat>;
export type DeliveryCase = v.InferOutput<typeof deliveryCase>;
export type SearchCase = v.InferOutput<typeof searchCase>;

export const envelopeCases = load('envelope', envelopeCase);
export const durationCases = load('durations', durationCase);
export const configCases = load('config', configCase);
export const searchCases = load('config-search', searchCase);
export const callCases = load('calls', callCase);
export const headCases = load('http-request', headCase);
export const deliveryCases = load('delivery', deliveryCase);

/** The text a `*_repeat` member stands for. */
export function repeatedText(text: RepeatedText): string {
  return `${text.prefix}${text.open.repeat(text.depth)}${text.close.repeat(text.depth)}${text.suffix}`;
}

/** The script of a delivery row in the terms of the scripted receiver. */
export function receiverAnswers(row: DeliveryCase): ReceiverAnswer[] {
  return row.receiver.answers;
}
