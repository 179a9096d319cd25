/** The JSON inside agent-message frames: docs/protocols/gse.md sections 5.4, 5.6 and 5.7. Pure. */
import { encodeFrame, FRAME_HEADER_BYTES, FRAME_TYPES, type Frame } from './frames.ts';
import { GseJsonError, GseProtocolError } from './errors.ts';
import { readGoJson } from './json-reader.ts';
import { jsonString, type TextOrBytes } from './json-writer.ts';
import { encodeKeepaliveResponse, type AgentInfo } from './agent-info.ts';

/** Who registers: names must equal the registered plugin name. */
export interface PluginIdentity {
  readonly pluginName: string;
  readonly pluginVersion: string;
  readonly pid: number;
}

export function encodeKeepaliveRequest(plugin: PluginIdentity, sequence: bigint): Buffer {
  const info = Buffer.from(
    `{"plugin_name":${jsonString(plugin.pluginName)},"version":${jsonString(plugin.pluginVersion)},` +
      `"pid":${plugin.pid},"status_code":0,"status":"ok","remark":""}`,
  );
  return encodeFrame({ type: FRAME_TYPES.keepaliveRequest, sequence, info });
}

const KEEPALIVE_REQUEST = { plugin_name: 'string', version: 'string', pid: 'integer' } as const;

/** The agent's side, for the lab. Fails with GseJsonError. */
export function decodeKeepaliveRequest(body: Uint8Array): {
  pluginName: string;
  version: string;
  pid: bigint;
} {
  const found = readGoJson(body, KEEPALIVE_REQUEST);
  return { pluginName: found?.plugin_name ?? '', version: found?.version ?? '', pid: found?.pid ?? 0n };
}

/** Answers a keepalive request with its own sequence. */
export function encodeKeepaliveAnswer(info: AgentInfo, sequence: bigint): Buffer {
  return encodeFrame({ type: FRAME_TYPES.keepaliveResponse, sequence, info: encodeKeepaliveResponse(info) });
}

/** An uplink: the content goes as it is. */
export function encodeRespond(
  pluginName: string,
  messageId: TextOrBytes,
  content: Uint8Array,
  sequence: bigint,
): Buffer {
  const info = Buffer.from(
    `{"name":${jsonString(pluginName)},"transmit_type":0,"topic":"",` +
      `"message_id":${jsonString(messageId)},"session_id":""}`,
  );
  return encodeFrame({ type: FRAME_TYPES.respond, sequence, info, content });
}

/** A downlink as an agent writes it, for the lab. */
export function encodeDownlink(messageId: string, content: Uint8Array, sequence: bigint): Buffer {
  const info = Buffer.from(`{"message_id":${jsonString(messageId)},"session_id":""}`);
  return encodeFrame({ type: FRAME_TYPES.dispatch, sequence, info, content });
}

/** A downlink as a plugin gets it. */
export interface DownlinkMessage {
  readonly messageId: string;
  readonly content: Buffer;
}

/**
 * Section 5.7. Fails with GseProtocolError `invalid_message_length` or `invalid_info_json`: report, skip the
 * frame, keep the connection.
 */
export function decodeDownlink(frame: Frame): DownlinkMessage {
  const { info, content } = splitMessage(frame);
  const found = readInfo(info, { message_id: 'string', session_id: 'string' });
  return { messageId: found?.message_id ?? '', content };
}

/** An uplink as an agent gets it, for the lab; fails as decodeDownlink does. */
export function decodeRespond(frame: Frame): { name: string; messageId: string; content: Buffer } {
  const { info, content } = splitMessage(frame);
  const found = readInfo(info, { name: 'string', message_id: 'string' });
  return { name: found?.name ?? '', messageId: found?.message_id ?? '', content };
}

function readInfo<const M extends { readonly [name: string]: 'string' }>(
  info: Buffer,
  members: M,
): ReturnType<typeof readGoJson<M>> {
  try {
    return readGoJson(info, members);
  } catch (error) {
    if (!(error instanceof GseJsonError)) throw error;
    throw new GseProtocolError('invalid_info_json', error.message, info);
  }
}

/** The sum is one of doubles: 32-bit lengths cannot wrap it, which kills the original (section 13, row 1). */
function splitMessage({ reserved0, reserved1, totalBytes, body }: Frame): { info: Buffer; content: Buffer } {
  const isWhole = reserved0 + reserved1 === body.length && FRAME_HEADER_BYTES + body.length === totalBytes;
  if (reserved0 === 0 || !isWhole) {
    const detail = `info ${reserved0}, content ${reserved1}, body ${body.length} bytes`;
    throw new GseProtocolError('invalid_message_length', detail, body);
  }
  return { info: body.subarray(0, reserved0), content: body.subarray(reserved0) };
}
