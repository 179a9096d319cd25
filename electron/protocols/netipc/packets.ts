/** Messages cut into packets and put together again: docs/protocols/netipc.md section 5. Pure: no socket, no timer. */
import { checkBatchPayload } from './batch.ts';
import { copyFrom, numberOfBig } from './bytes.ts';
import {
  FLAG_BATCH,
  HEADER_BYTES,
  KIND,
  decodeChunkHeader,
  decodeHeader,
  writeChunkHeader,
  writeHeader,
  type MessageHeader,
} from './envelope.ts';
import { NetipcCodecError, NetipcSocketError } from './errors.ts';
import { OpenCalls } from './open-calls.ts';

export type Role = 'client' | 'server';

/** Agreed limits of a session; on the sending side 0 means unchecked. */
export interface MessageLimits {
  readonly requestPayloadBytesMax: number;
  readonly responsePayloadBytesMax: number;
  readonly requestItemsMax: number;
  readonly responseItemsMax: number;
}

export interface Message {
  readonly header: MessageHeader;
  /** A copy of its own: the receive buffer may be written again. */
  readonly payload: Uint8Array;
}

/** `1 + ceil(max(0, payload - first) / budget)`, packet 0 included. */
function chunkCountOf(restBytes: number, budgetBytes: number): number {
  return 1 + Math.ceil(Math.max(0, restBytes) / budgetBytes);
}

/** The packets of one message for an agreed packet size (> 32); each is a copy of its own. */
export function splitMessage(
  header: Omit<MessageHeader, 'payloadBytes'>,
  payload: Uint8Array,
  packetBytes: number,
): Uint8Array[] {
  const budgetBytes = packetBytes - HEADER_BYTES;
  const totalMessageBytes = HEADER_BYTES + payload.length;
  const firstBytes = Math.min(budgetBytes, payload.length);
  const first = new Uint8Array(HEADER_BYTES + firstBytes);
  writeHeader(first, header, payload.length);
  first.set(payload.subarray(0, firstBytes), HEADER_BYTES);
  const packets = [first];
  const chunkCount = chunkCountOf(payload.length - firstBytes, budgetBytes);
  for (let chunkIndex = 1; chunkIndex < chunkCount; chunkIndex += 1) {
    const part = payload.subarray(chunkIndex * budgetBytes, (chunkIndex + 1) * budgetBytes);
    const packet = new Uint8Array(HEADER_BYTES + part.length);
    writeChunkHeader(packet, {
      messageId: header.messageId,
      totalMessageBytes,
      chunkIndex,
      chunkCount,
      chunkPayloadBytes: part.length,
    });
    packet.set(part, HEADER_BYTES);
    packets.push(packet);
  }
  return packets;
}

const SMALL_ID_MAX = 0x7fff_ffff;

/**
 * Ids sent and not answered; client side only (section 8.4). Small ones as numbers, since big ones cost several times as much to compare;
 * what does not fit 53 bits is rounded, but never to a small one.
 */
export class InFlightIds {
  /** Made for the first id: a server's session never has one. */
  private small: OpenCalls<true> | null = null;
  private readonly large = new Set<bigint>();

  get size(): number {
    return (this.small?.size ?? 0) + this.large.size;
  }
  add(id: bigint): void {
    const key = numberOfBig(id);
    const isSmall = key <= SMALL_ID_MAX;
    this.small ??= new OpenCalls();
    if (isSmall ? this.small.has(key) : this.large.has(id))
      throw new NetipcSocketError('DUPLICATE_MSG_ID', `message id ${id} is in flight`);
    if (isSmall) this.small.add(key, true);
    else this.large.add(id);
  }
  take(id: bigint): boolean {
    const key = numberOfBig(id);
    return key <= SMALL_ID_MAX ? this.small?.take(key) === true : this.large.delete(id);
  }
  clear(): void {
    this.small?.clear();
    this.large.clear();
  }
}

/**
 * The rules before anything is written: the id is recorded first, limits come second and free it again.
 * Limits bind requests of a client and responses of a server only.
 */
export function admitForSending(
  role: Role,
  header: Omit<MessageHeader, 'payloadBytes'>,
  payloadBytes: number,
  limits: MessageLimits,
  inFlight: InFlightIds,
): void {
  const isRequest = role === 'client' && header.kind === KIND.REQUEST;
  const isResponse = role === 'server' && header.kind === KIND.RESPONSE;
  if (isRequest) inFlight.add(header.messageId);
  if (!isRequest && !isResponse) return;
  const bytesMax = isRequest ? limits.requestPayloadBytesMax : limits.responsePayloadBytesMax;
  const itemsMax = isRequest ? limits.requestItemsMax : limits.responseItemsMax;
  const isTooLarge = bytesMax !== 0 && payloadBytes > bytesMax;
  if (!isTooLarge && !(itemsMax !== 0 && header.itemCount > itemsMax)) return;
  if (isRequest) inFlight.take(header.messageId);
  throw new NetipcSocketError(
    'LIMIT_EXCEEDED',
    `${payloadBytes} bytes in ${header.itemCount} items; ${bytesMax} and ${itemsMax} agreed`,
  );
}

interface Assembly {
  readonly header: MessageHeader;
  readonly payload: Uint8Array;
  readonly chunkCount: number;
  usedBytes: number;
  nextIndex: number;
}

/** Puts packets together. After an error the session is unusable: close it. Memory held: one message within the limit. */
export class MessageReceiver {
  private readonly role: Role;
  private readonly budgetBytes: number;
  private readonly limits: MessageLimits;
  private readonly inFlight: InFlightIds;
  private assembly: Assembly | null = null;

  constructor(role: Role, packetBytes: number, limits: MessageLimits, inFlight: InFlightIds) {
    this.role = role;
    this.budgetBytes = packetBytes - HEADER_BYTES;
    this.limits = limits;
    this.inFlight = inFlight;
  }

  /** True between the first packet of a chunked message and its last: the owner keeps one deadline over all of it. */
  get isInside(): boolean {
    return this.assembly !== null;
  }

  /** One packet in; a whole message out, or null while more packets are due. */
  accept(packet: Uint8Array): Message | null {
    return this.assembly === null ? this.begin(packet) : this.goOn(this.assembly, packet);
  }

  private begin(packet: Uint8Array): Message | null {
    const header = this.readHeader(packet);
    this.checkLimits(header);
    const usedBytes = packet.length - HEADER_BYTES;
    if (usedBytes > header.payloadBytes) {
      throw new NetipcSocketError('PROTOCOL', `${usedBytes} payload bytes, ${header.payloadBytes} declared`);
    }
    if (usedBytes === header.payloadBytes) return finish({ header, payload: copyFrom(packet, HEADER_BYTES) });
    const payload = new Uint8Array(header.payloadBytes);
    payload.set(packet.subarray(HEADER_BYTES));
    const chunkCount = chunkCountOf(header.payloadBytes - usedBytes, this.budgetBytes);
    this.assembly = { header, payload, chunkCount, usedBytes, nextIndex: 1 };
    return null;
  }

  private readHeader(packet: Uint8Array): MessageHeader {
    try {
      return decodeHeader(packet);
    } catch (error) {
      if (!(error instanceof NetipcCodecError)) throw error;
      throw new NetipcSocketError('PROTOCOL', error.message, { cause: error });
    }
  }

  private checkLimits(header: MessageHeader): void {
    const isServer = this.role === 'server';
    const bytesMax = isServer ? this.limits.requestPayloadBytesMax : this.limits.responsePayloadBytesMax;
    const itemsMax = isServer ? this.limits.requestItemsMax : this.limits.responseItemsMax;
    if (header.payloadBytes > bytesMax || header.itemCount > itemsMax) {
      throw new NetipcSocketError(
        'LIMIT_EXCEEDED',
        `${header.payloadBytes} bytes in ${header.itemCount} items; ${bytesMax} and ${itemsMax} agreed`,
      );
    }
    if (!isServer && header.kind === KIND.RESPONSE && !this.inFlight.take(header.messageId)) {
      throw new NetipcSocketError('UNKNOWN_MSG_ID', `nobody asked ${header.messageId}`);
    }
  }

  private goOn(assembly: Assembly, packet: Uint8Array): Message | null {
    const part = this.checkChunk(assembly, packet);
    assembly.payload.set(part, assembly.usedBytes);
    assembly.usedBytes += part.length;
    assembly.nextIndex += 1;
    if (assembly.nextIndex < assembly.chunkCount) return null;
    if (assembly.usedBytes !== assembly.header.payloadBytes) {
      throw new NetipcSocketError(
        'CHUNK',
        `${assembly.usedBytes} of ${assembly.header.payloadBytes} bytes came`,
      );
    }
    this.assembly = null;
    return finish({ header: assembly.header, payload: assembly.payload });
  }

  private checkChunk(assembly: Assembly, packet: Uint8Array): Uint8Array {
    const chunk = readChunk(packet);
    const part = packet.subarray(HEADER_BYTES);
    const isExpected =
      chunk.messageId === assembly.header.messageId &&
      chunk.chunkIndex === assembly.nextIndex &&
      chunk.chunkCount === assembly.chunkCount &&
      chunk.totalMessageBytes === HEADER_BYTES + assembly.header.payloadBytes &&
      chunk.chunkPayloadBytes === part.length &&
      assembly.usedBytes + part.length <= assembly.header.payloadBytes;
    if (!isExpected)
      throw new NetipcSocketError('CHUNK', `packet ${assembly.nextIndex} is not the one expected`);
    return part;
  }
}

function readChunk(packet: Uint8Array): ReturnType<typeof decodeChunkHeader> {
  try {
    return decodeChunkHeader(packet);
  } catch (error) {
    if (!(error instanceof NetipcCodecError)) throw error;
    throw new NetipcSocketError('CHUNK', error.message, { cause: error });
  }
}

function finish(message: Message): Message {
  const { header, payload } = message;
  if ((header.flags & FLAG_BATCH) === 0 || header.itemCount <= 1) return message;
  try {
    checkBatchPayload(payload, header.itemCount);
  } catch (error) {
    if (!(error instanceof NetipcCodecError)) throw error;
    throw new NetipcSocketError('PROTOCOL', error.message, { cause: error });
  }
  return message;
}
