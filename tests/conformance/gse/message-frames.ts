// Frames of the message socket both ways: docs/protocols/gse.md sections 5.2 to 5.7.
import * as v from 'valibot';
import { OperatingError } from '../../../shared/failure.ts';
import { isProxy, isRunning } from '../../../electron/protocols/gse/agent-info.ts';
import { NotAuthorizedError } from '../../../electron/protocols/gse/errors.ts';
import { FRAME_MAGIC, FRAME_TYPES, FrameReader, type Frame } from '../../../electron/protocols/gse/frames.ts';
import {
  decodeKeepaliveRequest,
  decodeRespond,
  encodeKeepaliveRequest,
  encodeRespond,
} from '../../../electron/protocols/gse/socket-messages.ts';
import { expectSame, expectThat, hasMembers, Mismatch, runCases, show } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import { messagePeer, plainInfo, untilMarked, type Callback, type MessagePeer } from './message-peer.ts';
import { bytesOf, hexBytes, hexParts, wideInteger } from './vector-bytes.ts';

const callback = v.strictObject({
  message_id: v.string(),
  content_hex: v.optional(hexBytes),
  content_length: v.optional(v.number()),
  content_all_byte: v.optional(hexBytes),
});

const row = v.looseObject({
  id: v.string(),
  direction: v.picklist(['client_to_agent', 'agent_to_client']),
  hex: v.nullable(hexBytes),
  hex_parts: v.optional(hexParts),
  /** The JSON in the body, for reading; the bytes of a body that was captured. */
  json: v.optional(v.string()),
  body_hex: v.optional(hexBytes),
  delivered_in_pieces_of: v.optional(v.number()),
  header: v.optional(
    v.strictObject({
      magic: v.string(),
      proto_type: v.string(),
      proto_version: v.number(),
      sequence: wideInteger,
      length: v.number(),
      reserved0: v.number(),
      reserved1: v.number(),
    }),
  ),
  input: v.optional(
    v.strictObject({
      plugin: v.string(),
      version: v.optional(v.string()),
      pid: v.optional(v.number()),
      seq: wideInteger,
      message_id: v.optional(v.string()),
      message_id_hex: v.optional(hexBytes),
      content_hex: v.optional(hexBytes),
    }),
  ),
  captured: v.optional(v.boolean()),
  process_pid: v.optional(v.number()),
  options: v.optional(v.strictObject({ max_message_size_bytes: v.optional(v.number()) })),
  expect: v.optional(
    v.strictObject({
      /** Information only. */
      logs: v.nullish(v.array(v.string())),
      callbacks: v.array(callback),
      agent_info: v.nullable(
        v.strictObject({
          agent_id: v.string(),
          version: v.string(),
          cloud_id: wideInteger,
          run_mode: wideInteger,
          status_code: wideInteger,
          status: v.string(),
          is_proxy: v.boolean(),
          is_running: v.boolean(),
        }),
      ),
      agent_info_error: v.nullable(v.string()),
      connection_open: v.boolean(),
    }),
  ),
});
type Row = v.InferOutput<typeof row>;

export function fitsMessageFrame(found: unknown): boolean {
  if (!hasMembers(found, 'direction', 'hex')) return false;
  if (hasMembers(found['header'], 'magic')) return true;
  return hasMembers(found['expect'], 'callbacks');
}

export function runMessageFrames(file: VectorFile, report: Report): Promise<void> {
  return runCases(file, report, row, (found) =>
    found.direction === 'client_to_agent' ? sent(found) : received(found),
  );
}

function sent(found: Row): Promise<void> {
  const wanted = bytesOf(found);
  // What goes up has no limit.
  const { frames, violation } = new FrameReader(wanted.length).push(wanted);
  const [frame] = frames;
  expectThat(
    frame !== undefined && frames.length === 1 && violation === null,
    'one frame',
    show(frames.length),
  );
  if (frame === undefined) return Promise.resolve();
  checkHeader(found, frame);
  const { json, body_hex: body } = found;
  if (json !== undefined) expectSame('JSON', json, frame.body.toString('utf8', 0, jsonBytes(frame)));
  if (body !== undefined) expectSame('body', body.toString('hex'), frame.body.toString('hex'));
  const encoded =
    found.input === undefined ? encodeAgain(frame, found.process_pid) : encodeInput(found.input, frame.type);
  expectSame('frame', wanted.toString('hex'), encoded.toString('hex'));
  return Promise.resolve();
}

/** Keepalives are nothing but JSON; messages say how much of them is. */
function jsonBytes({ type, reserved0, body }: Frame): number {
  return type === FRAME_TYPES.keepaliveRequest ? body.length : reserved0;
}

function checkHeader({ header }: Row, frame: Frame): void {
  if (header === undefined) return;
  const { type, version, sequence, totalBytes, reserved0, reserved1 } = frame;
  expectSame(
    'header',
    [
      Number(header.magic),
      Number(header.proto_type),
      header.proto_version,
      header.sequence,
      header.length,
      header.reserved0,
      header.reserved1,
    ],
    [FRAME_MAGIC, type, version, sequence, totalBytes, reserved0, reserved1],
  );
}

function encodeInput(input: NonNullable<Row['input']>, type: number): Buffer {
  const { plugin, seq } = input;
  if (type === FRAME_TYPES.keepaliveRequest) {
    const identity = { pluginName: plugin, pluginVersion: input.version ?? '', pid: input.pid ?? 0 };
    return encodeKeepaliveRequest(identity, seq);
  }
  const messageId = input.message_id_hex ?? input.message_id ?? '';
  return encodeRespond(plugin, messageId, input.content_hex ?? Buffer.alloc(0), seq);
}

/** A captured frame is read, and written again from what was read and the recorded process id. */
function encodeAgain(frame: Frame, pid = 0): Buffer {
  if (frame.type === FRAME_TYPES.keepaliveRequest) {
    const { pluginName, version } = decodeKeepaliveRequest(frame.body);
    return encodeKeepaliveRequest({ pluginName, pluginVersion: version, pid }, frame.sequence);
  }
  const { name, messageId, content } = decodeRespond(frame);
  return encodeRespond(name, messageId, content, frame.sequence);
}

async function received(found: Row): Promise<void> {
  const frameBytesMax = found.options?.max_message_size_bytes;
  const peer = await messagePeer(frameBytesMax === undefined ? {} : { frameBytesMax });
  try {
    const bytes = bytesOf(found);
    const [first] = new FrameReader(bytes.length).push(bytes).frames;
    if (first !== undefined) checkHeader(found, first);
    const connection = await peer.agent.connection(1);
    await connection.write(bytes, found.delivered_in_pieces_of ?? bytes.length);
    const { expect } = found;
    // On a connection that was dropped nobody would see the mark: it goes on the next one.
    await peer.mark(expect?.connection_open === false ? 2 : 1);
    await untilMarked(peer);
    if (expect === undefined) throw new Mismatch('what is expected of this frame', 'nothing');
    expectSame(
      'callbacks',
      expect.callbacks.map(plainWanted),
      peer.callbacks.map(plainGot(expect.callbacks)),
    );
    checkInfo(expect.agent_info, expect.agent_info_error, peer);
    expectSame(
      'connection open',
      expect.connection_open,
      connection.closedAtMs === null && peer.agent.connections.length === 1,
    );
  } finally {
    await peer.close();
  }
}

function plainWanted(wanted: v.InferOutput<typeof callback>): unknown {
  const { content_hex, content_length = 0, content_all_byte = Buffer.alloc(1) } = wanted;
  if (content_hex !== undefined) return { id: wanted.message_id, content: content_hex.toString('hex') };
  return { id: wanted.message_id, bytes: content_length, all: content_all_byte.toString('hex') };
}

function plainGot(
  wanted: readonly v.InferOutput<typeof callback>[],
): (got: Callback, index: number) => unknown {
  return ({ messageId, content }, index) => {
    const asked = wanted[index];
    if (asked === undefined || asked.content_hex !== undefined)
      return { id: messageId, content: content.toString('hex') };
    const first = content.subarray(0, 1);
    const isAllSame = content.equals(Buffer.alloc(content.length, first));
    return {
      id: messageId,
      bytes: content.length,
      all: isAllSame ? first.toString('hex') : 'different bytes',
    };
  };
}

function checkInfo(
  wanted: NonNullable<Row['expect']>['agent_info'],
  wantedError: string | null,
  peer: MessagePeer,
): void {
  let error: unknown = null;
  try {
    const info = peer.client.agentInfo();
    if (wanted !== null) {
      expectSame('agent info', sorted(wanted), sorted(plainInfo(info)));
      expectSame(
        'is proxy, is running',
        [wanted.is_proxy, wanted.is_running],
        [isProxy(info), isRunning(info)],
      );
    }
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
    error = thrown;
  }
  const isAsWanted =
    error instanceof NotAuthorizedError
      ? error.message === wantedError
      : wantedError === null && error === null;
  expectThat(isAsWanted, `agent info error ${show(wantedError)}`, String(error));
}

function sorted(members: Readonly<Record<string, unknown>>): unknown[] {
  return Object.keys(members)
    .toSorted()
    .map((name) => [name, members[name]]);
}
