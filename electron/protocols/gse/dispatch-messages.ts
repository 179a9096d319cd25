/**
 * Bodies of the server API and of the uplink callback: docs/protocols/gse.md sections 2.4 to 2.7 and 4. Pure.
 */
import type { JsonLimits } from '../../../shared/json-scan.ts';
import { InvalidConfigError, GseJsonError } from './errors.ts';
import { GO_JSON_LIMITS, readGoJson } from './json-reader.ts';
import { jsonString, jsonStrings, type TextOrBytes } from './json-writer.ts';

/** Who sends: the slot and its secret. */
export interface SlotAuth {
  /** Any 64-bit integer; not validated. */
  readonly slotId: bigint;
  /** Must not be empty. */
  readonly token: string;
}

export interface DispatchRequest extends SlotAuth {
  readonly messageId: TextOrBytes;
  /** `null` writes `null`, an empty list `[]`: the server may tell them apart. */
  readonly agentIds: readonly string[] | null;
  /** Raw bytes; what is not UTF-8 is lost on the way, see content.ts. */
  readonly content: Uint8Array;
}

export interface AgentMessage {
  readonly agentId: string;
  readonly content: Uint8Array;
}

/** Section 2.6. By their names the text an agent receives is front + content + back. */
export interface MultiDispatchRequest extends SlotAuth {
  readonly messageId: TextOrBytes;
  readonly messages: readonly AgentMessage[];
  readonly frontContent: TextOrBytes;
  readonly backContent: TextOrBytes;
}

/** What the server says of one agent. */
export interface AgentEntry {
  readonly agentId: string;
  readonly code: bigint;
  readonly message: string;
}

export interface DispatchResponse {
  /** 0 = accepted. */
  readonly code: bigint;
  readonly message: string;
  /**
   * By agent id; a second entry for an id has replaced the first. By convention only agents that failed are
   * in it.
   */
  readonly agents: ReadonlyMap<string, AgentEntry>;
  /** As they came. */
  readonly entries: readonly AgentEntry[];
}

export interface UplinkMessage {
  readonly messageId: string;
  readonly agentId: string;
  /** The plugin's bytes as text. */
  readonly content: string;
}

/** Fails with InvalidConfigError when the token is empty. */
export function encodeDispatchRequest(request: DispatchRequest): Buffer {
  const { messageId, agentIds, content } = request;
  return Buffer.from(
    `{${slotMembers(request)},"message_id":${jsonString(messageId)},` +
      `"agent_id_list":${jsonStrings(agentIds)},"content":${jsonString(content)}}`,
  );
}

/** Fails with InvalidConfigError when the token is empty. */
export function encodeMultiDispatchRequest(request: MultiDispatchRequest): Buffer {
  const { messageId, messages, frontContent, backContent } = request;
  const list = messages.map(
    ({ agentId, content }) => `{"bk_agent_id":${jsonString(agentId)},"content":${jsonString(content)}}`,
  );
  return Buffer.from(
    `{${slotMembers(request)},"message_id":${jsonString(messageId)},` +
      `"agent_message_list":${list.length === 0 ? 'null' : `[${list.join(',')}]`},` +
      `"front_content":${jsonString(frontContent)},"back_content":${jsonString(backContent)}}`,
  );
}

function slotMembers({ slotId, token }: SlotAuth): string {
  if (token === '') throw new InvalidConfigError('cluster auth token is empty');
  return `"slot_id":${slotId},"token":${jsonString(token)}`;
}

const RESPONSE = {
  code: 'integer',
  message: 'string',
  data: {
    members: { results: { listOf: { bk_agent_id: 'string', code: 'integer', message: 'string' } } },
  },
} as const;

/**
 * Fails with GseJsonError (section 3), also for a `null` body or entry, on which the original crashes.
 * `sdkExact` takes a missing `code` for 0 as the original does; otherwise it is an error, since such a body
 * says nothing of success.
 */
export function decodeDispatchResponse(body: Uint8Array, sdkExact = false): DispatchResponse {
  const found = readGoJson(body, RESPONSE);
  if (found === null) throw new GseJsonError('invalid response body: null');
  const { code } = found;
  if (code === undefined && !sdkExact) throw new GseJsonError('invalid response body: no code');
  const entries: AgentEntry[] = [];
  for (const entry of found.data?.results ?? []) {
    if (entry === null) throw new GseJsonError('invalid response body: an entry of results is null');
    const { bk_agent_id: agentId = '', code: agentCode = 0n, message = '' } = entry;
    entries.push({ agentId, code: agentCode, message });
  }
  const agents = new Map(entries.map((entry) => [entry.agentId, entry]));
  return { code: code ?? 0n, message: found.message ?? '', agents, entries };
}

/** What the lab's server answers; entries only for agents that failed. */
export function encodeDispatchResponse(code: number, message: string, failed: readonly AgentEntry[]): Buffer {
  const list = failed.map(
    (entry) =>
      `{"bk_agent_id":${jsonString(entry.agentId)},"code":${entry.code},"message":${jsonString(entry.message)}}`,
  );
  return Buffer.from(
    `{"code":${code},"message":${jsonString(message)},"data":{"results":[${list.join(',')}]}}`,
  );
}

const UPLINK = { message_id: 'string', bk_agent_id: 'string', content: 'string' } as const;

/** Section 4. Absent members are empty texts. Fails with GseJsonError. */
export function decodeUplink(body: Uint8Array, limits: JsonLimits = GO_JSON_LIMITS): UplinkMessage {
  const found = readGoJson(body, UPLINK, limits);
  return {
    messageId: found?.message_id ?? '',
    agentId: found?.bk_agent_id ?? '',
    content: found?.content ?? '',
  };
}

/** The callback body of section 4. Content that is not UTF-8 is replaced byte by byte. */
export function encodeUplink(messageId: string, agentId: string, content: Uint8Array): Buffer {
  return Buffer.from(
    `{"message_id":${jsonString(messageId)},"bk_agent_id":${jsonString(agentId)},"content":${jsonString(content)}}`,
  );
}

const REQUEST = {
  slot_id: 'integer',
  token: 'string',
  message_id: 'string',
  agent_id_list: 'strings',
  content: 'string',
  front_content: 'string',
  back_content: 'string',
  agent_message_list: { listOf: { bk_agent_id: 'string', content: 'string' } },
} as const;

/** A request of either kind as a server reads it. */
export interface ReceivedDispatch extends SlotAuth {
  readonly messageId: string;
  /** What each agent is to receive, in the order asked for, duplicates included. */
  readonly messages: readonly { readonly agentId: string; readonly content: string }[];
}

/** The server's side of sections 2.4 and 2.6, for the lab. Fails with GseJsonError. */
export function decodeDispatchRequest(body: Uint8Array): ReceivedDispatch {
  const found = readGoJson(body, REQUEST);
  if (found === null) throw new GseJsonError('the request is null');
  const { slot_id: slotId = 0n, token = '', message_id: messageId = '', content = '' } = found;
  if (found.agent_message_list !== undefined) {
    const front = found.front_content ?? '';
    const back = found.back_content ?? '';
    const messages = found.agent_message_list.map((entry) => ({
      agentId: entry?.bk_agent_id ?? '',
      content: `${front}${entry?.content ?? ''}${back}`,
    }));
    return { slotId, token, messageId, messages };
  }
  const messages = (found.agent_id_list ?? []).map((agentId) => ({ agentId, content }));
  return { slotId, token, messageId, messages };
}
