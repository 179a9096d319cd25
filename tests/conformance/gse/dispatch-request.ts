// Inputs ⇒ exact HTTP request: docs/protocols/gse.md sections 2.2 to 2.4 and 2.6.
import * as v from 'valibot';
import { OperatingError } from '../../../shared/failure.ts';
import { InvalidConfigError } from '../../../electron/protocols/gse/errors.ts';
import { expectSame, expectThat, hasMembers, runCases, show } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import {
  answerText,
  comparedHeaders,
  headerLines,
  runDispatch,
  type DispatchCall,
} from './dispatch-calls.ts';
import { expectErrorClass } from './error-class.ts';
import { hexBytes, plainAnswer, plainResult, replyResult, wideInteger } from './vector-bytes.ts';

const request = v.strictObject({
  method: v.string(),
  path: v.string(),
  headers: v.array(v.tuple([v.string(), v.string()])),
  /** For reading. */
  body: v.optional(v.string()),
  body_hex: hexBytes,
});

const row = v.looseObject({
  id: v.string(),
  api: v.optional(v.picklist(['dispatch_message', 'dispatch_multi_message'])),
  input: v.strictObject({
    base_url: v.string(),
    slot_id: wideInteger,
    token: v.string(),
    app_code: v.string(),
    app_secret: v.string(),
    base_headers: v.optional(v.record(v.string(), v.array(v.string()))),
    message_id: v.optional(v.string()),
    message_id_hex: v.optional(hexBytes),
    content_hex: v.optional(hexBytes),
    agent_ids: v.optional(v.nullable(v.array(v.string()))),
    /** For reading. */
    content_text: v.optional(v.string()),
    agent_messages: v.optional(v.array(v.strictObject({ agent_id: v.string(), content_hex: hexBytes }))),
    front_content: v.optional(v.string()),
    back_content: v.optional(v.string()),
  }),
  server_responses: v.array(v.looseObject({ raw_hex: hexBytes })),
  expect: v.strictObject({
    requests: v.array(request),
    result: v.optional(replyResult),
    error: v.optional(v.string()),
  }),
});
type Row = v.InferOutput<typeof row>;

export function fitsDispatchRequest(found: unknown): boolean {
  return (
    hasMembers(found, 'input', 'server_responses', 'expect') &&
    hasMembers(found['input'], 'base_url', 'slot_id')
  );
}

export function runDispatchRequests(file: VectorFile, report: Report): Promise<void> {
  return runCases(file, report, row, runRow, { atOnce: 4 });
}

async function runRow({ api, input, server_responses, expect }: Row): Promise<void> {
  const call: DispatchCall = {
    baseUrl: input.base_url,
    slotId: input.slot_id,
    token: input.token,
    appCode: input.app_code,
    appSecret: input.app_secret,
    baseHeaders: input.base_headers ?? {},
    send: (client) => {
      const messageId = input.message_id_hex ?? input.message_id ?? '';
      if (api !== 'dispatch_multi_message')
        return client.dispatch(messageId, input.content_hex ?? Buffer.alloc(0), input.agent_ids ?? null);
      const messages = (input.agent_messages ?? []).map(({ agent_id, content_hex }) => ({
        agentId: agent_id,
        content: content_hex,
      }));
      return client.dispatchMulti(messageId, messages, {
        front: input.front_content ?? '',
        back: input.back_content ?? '',
      });
    },
  };
  const responses = server_responses.map(({ raw_hex }) => raw_hex);
  const { address, requests, answer } = await runDispatch(responses, call);
  expectSame('number of requests', expect.requests.length, requests.length);
  for (const [index, wanted] of expect.requests.entries()) {
    const got = requests[index];
    if (got === undefined) return;
    const path = Buffer.from(got.path, 'latin1').toString('utf8');
    expectSame('request line', `${wanted.method} ${wanted.path}`, `${got.method} ${path}`);
    expectSame('body', wanted.body_hex.toString('latin1'), got.body.toString('latin1'));
    const headers = wanted.headers.map(([name, value]): [string, string] => [
      name,
      Buffer.from(value.replaceAll('{ADDR}', address)).toString('latin1'),
    ]);
    expectSame('headers', comparedHeaders(headers), comparedHeaders(headerLines(got)));
  }
  if (expect.result !== undefined) {
    expectThat(!(answer instanceof OperatingError), 'a result', answerText(answer));
    if (!(answer instanceof OperatingError))
      expectSame('result', plainResult(expect.result), plainAnswer(expect.result, answer));
  } else {
    expectThat(answer instanceof OperatingError, `error ${show(expect.error)}`, 'a result');
    if (answer instanceof OperatingError) expectErrorClass(expect.error, answer, address);
    if (expect.requests.length === 0)
      expectThat(answer instanceof InvalidConfigError, 'a configuration error', answerText(answer));
  }
}
