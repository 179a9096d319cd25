/** HELLO, HELLO_ACK and the decisions of both sides: docs/protocols/netipc.md section 6. Pure. */
import { LIMITS } from '../../../shared/limits.ts';
import { putU16, putU32, putU64, u16, u32, u64 } from './bytes.ts';
import { CONTROL, HEADER_BYTES, KIND, STATUS, decodeHeader, encodeMessage } from './envelope.ts';
import { NetipcCodecError, NetipcSocketError, type SocketErrorName } from './errors.ts';

export const HELLO_BYTES = 44;
export const HELLO_ACK_BYTES = 48;
const LAYOUT = 1;

/** Profile bits of section 6.3; on POSIX only these two are offered. */
export const PROFILE = { BASELINE: 1, SHM_HYBRID: 2, SHM_FUTEX: 4 } as const;
export const PROFILES_SHM = PROFILE.SHM_HYBRID | PROFILE.SHM_FUTEX;

export interface Hello {
  readonly flags: number;
  readonly supportedProfiles: number;
  readonly preferredProfiles: number;
  readonly requestPayloadBytesMax: number;
  readonly requestItemsMax: number;
  readonly responsePayloadBytesMax: number;
  readonly responseItemsMax: number;
  readonly authToken: bigint;
  readonly packetBytes: number;
}

export function encodeHello(hello: Hello): Uint8Array {
  const bytes = new Uint8Array(HELLO_BYTES);
  putU16(bytes, 0, LAYOUT);
  putU16(bytes, 2, hello.flags);
  putU32(bytes, 4, hello.supportedProfiles);
  putU32(bytes, 8, hello.preferredProfiles);
  putU32(bytes, 12, hello.requestPayloadBytesMax);
  putU32(bytes, 16, hello.requestItemsMax);
  putU32(bytes, 20, hello.responsePayloadBytesMax);
  putU32(bytes, 24, hello.responseItemsMax);
  putU64(bytes, 32, hello.authToken);
  putU32(bytes, 40, hello.packetBytes);
  return bytes;
}

/** Fails TRUNCATED, or BAD_LAYOUT for the layout version or the reserved word. Extra bytes and flags are ignored. */
export function decodeHello(bytes: Uint8Array): Hello {
  if (bytes.length < HELLO_BYTES) throw new NetipcCodecError('TRUNCATED', `HELLO of ${bytes.length} bytes`);
  if (u16(bytes, 0) !== LAYOUT) throw new NetipcCodecError('BAD_LAYOUT', `HELLO layout ${u16(bytes, 0)}`);
  if (u32(bytes, 28) !== 0) throw new NetipcCodecError('BAD_LAYOUT', 'HELLO reserved word set');
  return {
    flags: u16(bytes, 2),
    supportedProfiles: u32(bytes, 4),
    preferredProfiles: u32(bytes, 8),
    requestPayloadBytesMax: u32(bytes, 12),
    requestItemsMax: u32(bytes, 16),
    responsePayloadBytesMax: u32(bytes, 20),
    responseItemsMax: u32(bytes, 24),
    authToken: u64(bytes, 32),
    packetBytes: u32(bytes, 40),
  };
}

export interface HelloAck {
  readonly serverSupportedProfiles: number;
  readonly intersectionProfiles: number;
  /** One bit. */
  readonly selectedProfile: number;
  readonly requestPayloadBytesMax: number;
  readonly requestItemsMax: number;
  readonly responsePayloadBytesMax: number;
  readonly responseItemsMax: number;
  readonly packetBytes: number;
  /** Sent as 0, not checked on receipt; kept because it is on the wire. */
  readonly reserved: number;
  readonly sessionId: bigint;
}

export function encodeHelloAck(ack: HelloAck): Uint8Array {
  const bytes = new Uint8Array(HELLO_ACK_BYTES);
  putU16(bytes, 0, LAYOUT);
  putU32(bytes, 4, ack.serverSupportedProfiles);
  putU32(bytes, 8, ack.intersectionProfiles);
  putU32(bytes, 12, ack.selectedProfile);
  putU32(bytes, 16, ack.requestPayloadBytesMax);
  putU32(bytes, 20, ack.requestItemsMax);
  putU32(bytes, 24, ack.responsePayloadBytesMax);
  putU32(bytes, 28, ack.responseItemsMax);
  putU32(bytes, 32, ack.packetBytes);
  putU32(bytes, 36, ack.reserved);
  putU64(bytes, 40, ack.sessionId);
  return bytes;
}

/** Fails TRUNCATED, or BAD_LAYOUT for the layout version or the flags. */
export function decodeHelloAck(bytes: Uint8Array): HelloAck {
  if (bytes.length < HELLO_ACK_BYTES)
    throw new NetipcCodecError('TRUNCATED', `HELLO_ACK of ${bytes.length} bytes`);
  if (u16(bytes, 0) !== LAYOUT) throw new NetipcCodecError('BAD_LAYOUT', `HELLO_ACK layout ${u16(bytes, 0)}`);
  if (u16(bytes, 2) !== 0) throw new NetipcCodecError('BAD_LAYOUT', 'HELLO_ACK flags set');
  return {
    serverSupportedProfiles: u32(bytes, 4),
    intersectionProfiles: u32(bytes, 8),
    selectedProfile: u32(bytes, 12),
    requestPayloadBytesMax: u32(bytes, 16),
    requestItemsMax: u32(bytes, 20),
    responsePayloadBytesMax: u32(bytes, 24),
    responseItemsMax: u32(bytes, 28),
    packetBytes: u32(bytes, 32),
    reserved: u32(bytes, 36),
    sessionId: u64(bytes, 40),
  };
}

function controlPacket(code: number, transportStatus: number, payload: Uint8Array): Uint8Array {
  return encodeMessage(
    { kind: KIND.CONTROL, flags: 0, code, transportStatus, itemCount: 1, messageId: 0n },
    payload,
  );
}

/** What the kernel keeps of SO_SNDBUF for itself: a longer record is refused with EMSGSIZE (section 5; 14, B1). */
const SEND_BUFFER_RESERVE_BYTES = 32;

/** The packet size to propose on a socket with this SO_SNDBUF. A configured size is proposed as it is. */
export function proposedPacketBytes(configuredBytes: number | undefined, sendBufferBytes: number): number {
  return configuredBytes ?? Math.min(LIMITS.netipcPacketBytes, sendBufferBytes - SEND_BUFFER_RESERVE_BYTES);
}

/** The 76-byte packet a client opens with; profile mask 0 is sent as the baseline. */
export function helloPacket(hello: Hello): Uint8Array {
  const supportedProfiles = hello.supportedProfiles === 0 ? PROFILE.BASELINE : hello.supportedProfiles;
  return controlPacket(CONTROL.HELLO, STATUS.OK, encodeHello({ ...hello, supportedProfiles }));
}

export function helloAckPacket(ack: HelloAck): Uint8Array {
  return controlPacket(CONTROL.HELLO_ACK, STATUS.OK, encodeHelloAck(ack));
}

/** Section 6.2: the status in the header, layout version 1 and 46 zero bytes; then the server closes. */
export function rejectionPacket(transportStatus: number): Uint8Array {
  const payload = new Uint8Array(HELLO_ACK_BYTES);
  putU16(payload, 0, LAYOUT);
  return controlPacket(CONTROL.HELLO_ACK, transportStatus, payload);
}

export interface ServerOffer {
  readonly supportedProfiles: number;
  readonly preferredProfiles: number;
  readonly requestPayloadBytesMax: number;
  /** What a client may propose where the limit above is a learned one that still grows (section 14, B14). Default: that limit. */
  readonly requestProposalBytesMax?: number;
  readonly responsePayloadBytesMax: number;
  readonly packetBytes: number;
  readonly authToken: bigint;
}

export type ServerDecision =
  | { readonly type: 'accept'; readonly ack: HelloAck; readonly packet: Uint8Array }
  | { readonly type: 'reject'; readonly status: number; readonly packet: Uint8Array }
  /** Close without a word. */
  | { readonly type: 'close'; readonly reason: string };

function reject(status: number): ServerDecision {
  return { type: 'reject', status, packet: rejectionPacket(status) };
}

function highestBit(mask: number): number {
  return mask === 0 ? 0 : (2 ** (31 - Math.clz32(mask))) >>> 0;
}

/** True when only the version of an otherwise right HELLO header is wrong: that client deserves an INCOMPATIBLE. */
function isHelloOfOtherVersion(packet: Uint8Array): boolean {
  return (
    u16(packet, 6) === HEADER_BYTES && u16(packet, 8) === KIND.CONTROL && u16(packet, 12) === CONTROL.HELLO
  );
}

function headerVerdict(packet: Uint8Array): ServerDecision | null {
  try {
    const header = decodeHeader(packet);
    if (header.kind === KIND.CONTROL && header.code === CONTROL.HELLO) return null;
    return { type: 'close', reason: 'first packet is not a HELLO' };
  } catch (error) {
    if (!(error instanceof NetipcCodecError)) throw error;
    if (error.wire === 'BAD_VERSION' && isHelloOfOtherVersion(packet)) return reject(STATUS.INCOMPATIBLE);
    return { type: 'close', reason: error.message };
  }
}

/** Section 6.4, in its order. `sessionId` is the number this session would get. */
export function decideHello(packet: Uint8Array, offer: ServerOffer, sessionId: bigint): ServerDecision {
  const verdict = headerVerdict(packet);
  if (verdict !== null) return verdict;
  const payload = packet.subarray(HEADER_BYTES);
  if (payload.length >= 2 && u16(payload, 0) !== LAYOUT) return reject(STATUS.INCOMPATIBLE);
  let hello: Hello;
  try {
    hello = decodeHello(payload);
  } catch (error) {
    if (!(error instanceof NetipcCodecError)) throw error;
    return { type: 'close', reason: error.message };
  }
  return agree(hello, offer, sessionId);
}

function agree(hello: Hello, offer: ServerOffer, sessionId: bigint): ServerDecision {
  const intersection = (hello.supportedProfiles & offer.supportedProfiles) >>> 0;
  if (intersection === 0) return reject(STATUS.UNSUPPORTED);
  if (hello.authToken !== offer.authToken) return reject(STATUS.AUTH_FAILED);
  const proposalBytesMax = offer.requestProposalBytesMax ?? offer.requestPayloadBytesMax;
  if (hello.requestPayloadBytesMax > proposalBytesMax) return reject(STATUS.LIMIT_EXCEEDED);
  const packetBytes = Math.min(hello.packetBytes, offer.packetBytes);
  if (packetBytes <= HEADER_BYTES) return reject(STATUS.INCOMPATIBLE);
  const preferred = (intersection & hello.preferredProfiles & offer.preferredProfiles) >>> 0;
  const ack: HelloAck = {
    serverSupportedProfiles: offer.supportedProfiles,
    intersectionProfiles: intersection,
    selectedProfile: highestBit(preferred === 0 ? intersection : preferred),
    requestPayloadBytesMax: hello.requestPayloadBytesMax,
    requestItemsMax: hello.requestItemsMax,
    responsePayloadBytesMax: offer.responsePayloadBytesMax,
    responseItemsMax: hello.requestItemsMax,
    packetBytes,
    reserved: 0,
    sessionId,
  };
  return { type: 'accept', ack, packet: helloAckPacket(ack) };
}

const STATUS_ERRORS: ReadonlyMap<number, SocketErrorName> = new Map([
  [STATUS.AUTH_FAILED, 'AUTH_FAILED'],
  [STATUS.UNSUPPORTED, 'NO_PROFILE'],
  [STATUS.INCOMPATIBLE, 'INCOMPATIBLE'],
  [STATUS.LIMIT_EXCEEDED, 'LIMIT_EXCEEDED'],
]);

/** What a refusal means, as far as its status says. */
const REFUSALS: Partial<Record<SocketErrorName, string>> = {
  AUTH_FAILED: 'the server refused the token',
  NO_PROFILE: 'the server and this client share no transport',
  INCOMPATIBLE: 'the server speaks another version, or packets this small are of no use to it',
  LIMIT_EXCEEDED: 'the server has no room for another client, or takes no requests as long as proposed',
};

/**
 * Section 6.5: what a client makes of the server's answer to a HELLO that proposed packets of `proposedBytes`. The agreed size is the
 * smaller of both proposals, so a larger one is a broken server, and not one to set memory aside for. Throws NetipcSocketError.
 */
export function readHelloAck(packet: Uint8Array, proposedBytes: number): HelloAck {
  const header = ackHeader(packet);
  if (header.kind !== KIND.CONTROL || header.code !== CONTROL.HELLO_ACK) {
    throw new NetipcSocketError('PROTOCOL', 'the answer is not a HELLO_ACK');
  }
  if (header.transportStatus !== STATUS.OK) {
    const wire = STATUS_ERRORS.get(header.transportStatus) ?? 'HANDSHAKE';
    throw new NetipcSocketError(
      wire,
      REFUSALS[wire] ?? `the server refused with status ${header.transportStatus}`,
    );
  }
  const payload = packet.subarray(HEADER_BYTES);
  if (payload.length >= 2 && u16(payload, 0) !== LAYOUT) {
    throw new NetipcSocketError('INCOMPATIBLE', `HELLO_ACK layout ${u16(payload, 0)}`);
  }
  try {
    const ack = decodeHelloAck(payload);
    if (ack.packetBytes <= HEADER_BYTES || ack.packetBytes > proposedBytes)
      throw new NetipcSocketError('PROTOCOL', `packet size ${ack.packetBytes}`);
    return ack;
  } catch (error) {
    if (error instanceof NetipcCodecError)
      throw new NetipcSocketError('PROTOCOL', error.message, { cause: error });
    throw error;
  }
}

function ackHeader(packet: Uint8Array): ReturnType<typeof decodeHeader> {
  try {
    return decodeHeader(packet);
  } catch (error) {
    if (!(error instanceof NetipcCodecError)) throw error;
    const wire = error.wire === 'BAD_VERSION' ? 'INCOMPATIBLE' : 'PROTOCOL';
    throw new NetipcSocketError(wire, error.message, { cause: error });
  }
}
