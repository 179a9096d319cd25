// Raw HTTP answers ⇒ result or error, and the requests made: docs/protocols/gse.md section 2.5.
import * as v from 'valibot';
import { OperatingError } from '../../../shared/failure.ts';
import { InvalidResponseError } from '../../../electron/protocols/gse/dispatch-client.ts';
import { encodeDispatchRequest } from '../../../electron/protocols/gse/dispatch-messages.ts';
import { expectSame, expectThat, hasMembers, runCases, show } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import { answerText, comparedHeaders, headerLines, runDispatch } from './dispatch-calls.ts';
import { expectErrorClass } from './error-class.ts';
import { hexBytes, plainAnswer, plainResult, replyResult } from './vector-bytes.ts';

const row = v.looseObject({
  id: v.string(),
  base_url: v.string(),
  server_responses: v.array(v.looseObject({ raw_hex: hexBytes })),
  expect: v.strictObject({
    requests: v.array(
      v.strictObject({
        method: v.string(),
        path: v.string(),
        body_length: v.number(),
        header_names: v.array(v.string()),
      }),
    ),
    result: v.optional(replyResult),
    error: v.optional(v.string()),
    panic: v.optional(v.string()),
    product: v.optional(v.strictObject({ error: v.optional(v.string()) })),
  }),
});
type Row = v.InferOutput<typeof row>;

/** Tolerated by the vectors: an integer written as 1.0 or 1e2. We refuse it as the original does. */
export function fitsDispatchResponse(found: unknown): boolean {
  return hasMembers(found, 'base_url', 'server_responses', 'expect');
}

export function runDispatchResponses(file: VectorFile, report: Report): Promise<void> {
  return runCases(file, report, row, runRow, { atOnce: 4 });
}

async function runRow({ base_url: baseUrl, server_responses, expect }: Row): Promise<void> {
  const slot = { slotId: 1n, token: 't' };
  const first = expect.requests[0];
  const bare = encodeDispatchRequest({ ...slot, messageId: '', agentIds: [], content: Buffer.alloc(0) });
  // The vectors tell only how long the body was.
  const content = Buffer.alloc(Math.max(0, (first?.body_length ?? bare.length) - bare.length), 'x');
  const hasAuth = first === undefined || first.header_names.includes('X-Bkapi-Authorization');
  const { address, requests, answer } = await runDispatch(
    server_responses.map(({ raw_hex }) => raw_hex),
    {
      ...slot,
      baseUrl,
      appCode: hasAuth ? 'code' : '',
      appSecret: 'secret',
      send: (client) => client.dispatch('', content, []),
    },
  );
  const got = requests.map((request) => ({
    line: `${request.method} ${request.path}`,
    bodyBytes: request.body.length,
    names: comparedNames(headerLines(request).map(([name]) => name)),
  }));
  const wanted = expect.requests.map((request) => ({
    line: `${request.method} ${request.path}`,
    bodyBytes: request.body_length,
    names: comparedNames(request.header_names),
  }));
  expectSame('requests', wanted, got);
  if (expect.result !== undefined) {
    expectThat(!(answer instanceof OperatingError), 'a result', answerText(answer));
    if (!(answer instanceof OperatingError))
      expectSame('result', plainResult(expect.result), plainAnswer(expect.result, answer));
    return;
  }
  expectThat(
    answer instanceof OperatingError,
    `error ${show(expect.error ?? expect.product?.error)}`,
    'a result',
  );
  if (answer instanceof OperatingError) expectErrorClass(expect.error, answer, address);
  if (expect.panic !== undefined)
    expectThat(answer instanceof InvalidResponseError, 'an invalid response body', answerText(answer));
}

function comparedNames(names: readonly string[]): string[] {
  return comparedHeaders(names.map((name) => [name, '']));
}
