// The codec functions alone: docs/protocols/gse.md sections 2.7 and 3.
import * as v from 'valibot';
import { OperatingError } from '../../../shared/failure.ts';
import {
  decodeDispatchResponse,
  decodeUplink,
  encodeDispatchRequest,
} from '../../../electron/protocols/gse/dispatch-messages.ts';
import { expectSame, expectThat, hasMembers, runCases, show } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import { expectErrorClass } from './error-class.ts';
import { hexBytes, plainAnswer, plainResult, replyResult, wideInteger } from './vector-bytes.ts';

const row = v.looseObject({
  id: v.string(),
  op: v.picklist(['encode_dispatch', 'decode_dispatch_response', 'decode_callback']),
  valid: v.boolean(),
  body_hex: v.optional(hexBytes),
  input: v.optional(
    v.strictObject({
      slot_id: wideInteger,
      token: v.string(),
      message_id: v.optional(v.string()),
      message_id_hex: v.optional(hexBytes),
      content_hex: hexBytes,
      agents: v.nullable(v.array(v.string())),
    }),
  ),
  expect: v.strictObject({
    /** For reading. */
    body: v.optional(v.string()),
    body_hex: v.optional(hexBytes),
    result: v.optional(v.looseObject({})),
    error: v.optional(v.string()),
    /** The original crashes; `product` says what we do instead: refuse. */
    panic: v.optional(v.string()),
    product: v.optional(v.strictObject({ error: v.string() })),
  }),
});
type Row = v.InferOutput<typeof row>;

const uplinkResult = v.strictObject({
  agent_id: v.string(),
  message_id: v.string(),
  /** For reading. */
  content: v.optional(v.string()),
  content_hex: hexBytes,
});

export function fitsJsonCodec(found: unknown): boolean {
  return hasMembers(found, 'op', 'expect') && (hasMembers(found, 'body_hex') || hasMembers(found, 'input'));
}

export function runJsonCodec(file: VectorFile, report: Report): Promise<void> {
  return runCases(file, report, row, runRow);
}

function runRow(found: Row): Promise<void> {
  if (found.valid) checkValid(found);
  else {
    let refusal: unknown = null;
    try {
      codecOf(found);
    } catch (error) {
      refusal = error;
    }
    expectThat(refusal instanceof OperatingError, `a refusal ${show(found.expect.error)}`, String(refusal));
    if (refusal instanceof OperatingError) expectErrorClass(found.expect.error, refusal, '');
  }
  return Promise.resolve();
}

function checkValid(found: Row): void {
  if (found.op === 'encode_dispatch')
    return expectSame('body', found.expect.body_hex?.toString('latin1'), codecOf(found));
  if (found.op === 'decode_dispatch_response') {
    const wanted = v.parse(replyResult, found.expect.result);
    return expectSame(
      'result',
      plainResult(wanted),
      plainAnswer(wanted, decodeDispatchResponse(found.body_hex ?? Buffer.alloc(0), true)),
    );
  }
  const wanted = v.parse(uplinkResult, found.expect.result);
  const content = wanted.content_hex.toString('hex');
  expectSame('result', { agentId: wanted.agent_id, messageId: wanted.message_id, content }, codecOf(found));
}

function codecOf({ op, input, body_hex: body = Buffer.alloc(0) }: Row): unknown {
  if (op === 'decode_callback') {
    const { agentId, messageId, content } = decodeUplink(body);
    return { agentId, messageId, content: Buffer.from(content).toString('hex') };
  }
  if (op === 'decode_dispatch_response') return decodeDispatchResponse(body, true);
  if (input === undefined) throw new Error('the row has no input');
  return encodeDispatchRequest({
    slotId: input.slot_id,
    token: input.token,
    messageId: input.message_id_hex ?? input.message_id ?? '',
    agentIds: input.agents,
    content: input.content_hex,
  }).toString('latin1');
}
