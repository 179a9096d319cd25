/** Outer message header and chunk header, 32 bytes each: docs/protocols/netipc.md sections 3 and 5. */
import { putU16, putU32, putU64, u16, u32, u64 } from './bytes.ts';
import { NetipcCodecError } from './errors.ts';

export const HEADER_BYTES = 32;
export const HEADER_MAGIC = 0x4e49_5043;
export const CHUNK_MAGIC = 0x4e43_484b;
export const PROTOCOL_VERSION = 1;
export const FLAG_BATCH = 1;

export const KIND = { REQUEST: 1, RESPONSE: 2, CONTROL: 3 } as const;
export const CONTROL = { HELLO: 1, HELLO_ACK: 2 } as const;
export const METHOD = {
  INCREMENT: 1,
  CGROUPS_SNAPSHOT: 2,
  STRING_REVERSE: 3,
  CGROUPS_LOOKUP: 4,
  APPS_LOOKUP: 5,
} as const;
export type Method = (typeof METHOD)[keyof typeof METHOD];

/** Transport status of a response; never a business result. */
export const STATUS = {
  OK: 0,
  BAD_ENVELOPE: 1,
  AUTH_FAILED: 2,
  INCOMPATIBLE: 3,
  UNSUPPORTED: 4,
  LIMIT_EXCEEDED: 5,
  INTERNAL_ERROR: 6,
} as const;

const REFUSAL_WORDS: ReadonlyMap<number, string> = new Map([
  [STATUS.BAD_ENVELOPE, 'the provider could not read the request'],
  [STATUS.UNSUPPORTED, 'the provider serves another method'],
  [STATUS.INTERNAL_ERROR, 'the provider failed to answer'],
]);

/** What a status other than OK says to an operator. */
export function refusalWords(status: number): string {
  return REFUSAL_WORDS.get(status) ?? `the provider answered status ${status}`;
}

export interface MessageHeader {
  /** KIND value; the decoder admits 1 to 3 only. */
  readonly kind: number;
  readonly flags: number;
  /** METHOD, or CONTROL for kind CONTROL; not checked by the decoder. */
  readonly code: number;
  readonly transportStatus: number;
  readonly payloadBytes: number;
  readonly itemCount: number;
  /** Whole 64-bit range. */
  readonly messageId: bigint;
}

/** Fails TRUNCATED, BAD_MAGIC, BAD_VERSION, BAD_HEADER_LEN, BAD_KIND in this order; looks at 32 bytes only. */
export function decodeHeader(bytes: Uint8Array): MessageHeader {
  if (bytes.length < HEADER_BYTES)
    throw new NetipcCodecError('TRUNCATED', `${bytes.length} of 32 header bytes`);
  if (u32(bytes, 0) !== HEADER_MAGIC) throw new NetipcCodecError('BAD_MAGIC', 'not a netipc message');
  const version = u16(bytes, 4);
  if (version !== PROTOCOL_VERSION) throw new NetipcCodecError('BAD_VERSION', `version ${version}`);
  const headerBytes = u16(bytes, 6);
  if (headerBytes !== HEADER_BYTES)
    throw new NetipcCodecError('BAD_HEADER_LEN', `header of ${headerBytes} bytes`);
  const kind = u16(bytes, 8);
  if (kind < KIND.REQUEST || kind > KIND.CONTROL) throw new NetipcCodecError('BAD_KIND', `kind ${kind}`);
  return {
    kind,
    flags: u16(bytes, 10),
    code: u16(bytes, 12),
    transportStatus: u16(bytes, 14),
    payloadBytes: u32(bytes, 16),
    itemCount: u32(bytes, 20),
    messageId: u64(bytes, 24),
  };
}

/** Writes 32 bytes into `target` from `at` on. */
export function writeHeader(
  target: Uint8Array,
  header: Omit<MessageHeader, 'payloadBytes'>,
  payloadBytes: number,
  at = 0,
): void {
  putU32(target, at, HEADER_MAGIC);
  putU16(target, at + 4, PROTOCOL_VERSION);
  putU16(target, at + 6, HEADER_BYTES);
  putU16(target, at + 8, header.kind);
  putU16(target, at + 10, header.flags);
  putU16(target, at + 12, header.code);
  putU16(target, at + 14, header.transportStatus);
  putU32(target, at + 16, payloadBytes);
  putU32(target, at + 20, header.itemCount);
  putU64(target, at + 24, header.messageId);
}

export function encodeHeader(header: MessageHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  writeHeader(bytes, header, header.payloadBytes);
  return bytes;
}

/** Header and payload in one new buffer; `payloadBytes` is taken from the payload. */
export function encodeMessage(header: Omit<MessageHeader, 'payloadBytes'>, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  writeHeader(bytes, header, payload.length);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export interface ChunkHeader {
  readonly messageId: bigint;
  /** 32 + payload bytes of the whole message. */
  readonly totalMessageBytes: number;
  /** From 1; packet 0 carries the outer header. */
  readonly chunkIndex: number;
  readonly chunkCount: number;
  readonly chunkPayloadBytes: number;
}

/** Fails TRUNCATED, BAD_MAGIC, BAD_VERSION, then BAD_LAYOUT for flags or an empty chunk. */
export function decodeChunkHeader(bytes: Uint8Array): ChunkHeader {
  if (bytes.length < HEADER_BYTES)
    throw new NetipcCodecError('TRUNCATED', `${bytes.length} of 32 chunk header bytes`);
  if (u32(bytes, 0) !== CHUNK_MAGIC) throw new NetipcCodecError('BAD_MAGIC', 'not a chunk');
  const version = u16(bytes, 4);
  if (version !== PROTOCOL_VERSION) throw new NetipcCodecError('BAD_VERSION', `version ${version}`);
  const chunkPayloadBytes = u32(bytes, 28);
  if (u16(bytes, 6) !== 0 || chunkPayloadBytes === 0)
    throw new NetipcCodecError('BAD_LAYOUT', 'flags set or empty chunk');
  return {
    messageId: u64(bytes, 8),
    totalMessageBytes: u32(bytes, 16),
    chunkIndex: u32(bytes, 20),
    chunkCount: u32(bytes, 24),
    chunkPayloadBytes,
  };
}

export function writeChunkHeader(target: Uint8Array, chunk: ChunkHeader): void {
  putU32(target, 0, CHUNK_MAGIC);
  putU16(target, 4, PROTOCOL_VERSION);
  putU16(target, 6, 0);
  putU64(target, 8, chunk.messageId);
  putU32(target, 16, chunk.totalMessageBytes);
  putU32(target, 20, chunk.chunkIndex);
  putU32(target, 24, chunk.chunkCount);
  putU32(target, 28, chunk.chunkPayloadBytes);
}
