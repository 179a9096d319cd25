/** Error names of the wire contract (docs/protocols/netipc.md sections 2.1 to 2.3): the same bytes give the same name as the reference. */
import { ProtocolError, type FailureCode } from '../../../shared/failure.ts';

/** Section 2.1; the position is the reference's number. */
export const CODEC_ERRORS = [
  'OK',
  'TRUNCATED',
  'BAD_MAGIC',
  'BAD_VERSION',
  'BAD_HEADER_LEN',
  'BAD_KIND',
  'BAD_LAYOUT',
  'OUT_OF_BOUNDS',
  'MISSING_NUL',
  'BAD_ALIGNMENT',
  'BAD_ITEM_COUNT',
  'OVERFLOW',
  'HANDLER_FAILED',
  'NOT_READY',
  'TIMEOUT',
  'ABORTED',
] as const;
export type CodecErrorName = Exclude<(typeof CODEC_ERRORS)[number], 'OK'>;

/** Section 2.2. */
export const SOCKET_ERRORS = [
  'OK',
  'PATH_TOO_LONG',
  'SOCKET',
  'CONNECT',
  'ACCEPT',
  'SEND',
  'RECV',
  'HANDSHAKE',
  'AUTH_FAILED',
  'NO_PROFILE',
  'INCOMPATIBLE',
  'PROTOCOL',
  'ADDR_IN_USE',
  'CHUNK',
  'ALLOC',
  'LIMIT_EXCEEDED',
  'BAD_PARAM',
  'DUPLICATE_MSG_ID',
  'UNKNOWN_MSG_ID',
  'TIMEOUT',
  'ABORTED',
] as const;
export type SocketErrorName = Exclude<(typeof SOCKET_ERRORS)[number], 'OK'>;

/** Section 2.3. */
export const REGION_ERRORS = [
  'OK',
  'PATH_TOO_LONG',
  'OPEN',
  'TRUNCATE',
  'MMAP',
  'BAD_MAGIC',
  'BAD_VERSION',
  'BAD_HEADER',
  'BAD_SIZE',
  'ADDR_IN_USE',
  'NOT_READY',
  'MSG_TOO_LARGE',
  'TIMEOUT',
  'BAD_PARAM',
  'PEER_DEAD',
  'ALLOCATE',
] as const;
export type RegionErrorName = Exclude<(typeof REGION_ERRORS)[number], 'OK'>;

/** A decoder or encoder said no. `wire` is the name of section 2.1. */
export class NetipcCodecError extends ProtocolError {
  readonly wire: CodecErrorName;

  constructor(wire: CodecErrorName, message: string) {
    super('E_PROTOCOL', `${wire}: ${message}`);
    this.name = 'NetipcCodecError';
    this.wire = wire;
  }
}

/** OVERFLOW of an answer whose whole size is known, so that the next handshake can offer that much (section 11.4). */
export class AnswerTooLarge extends NetipcCodecError {
  readonly neededBytes: number;

  constructor(neededBytes: number, message: string) {
    super('OVERFLOW', message);
    this.name = 'AnswerTooLarge';
    this.neededBytes = neededBytes;
  }
}

const SOCKET_FAILURES: Partial<Record<SocketErrorName, FailureCode>> = {
  AUTH_FAILED: 'E_AUTH',
  TIMEOUT: 'E_DEADLINE',
  ABORTED: 'E_CANCELLED',
  ADDR_IN_USE: 'E_ADDRESS_IN_USE',
  PATH_TOO_LONG: 'E_PATH_TOO_LONG',
  BAD_PARAM: 'E_INPUT',
  CONNECT: 'E_PEER_GONE',
  RECV: 'E_PEER_GONE',
  SEND: 'E_PEER_GONE',
  LIMIT_EXCEEDED: 'E_LIMIT',
};

/** The packet transport said no. `wire` is the name of section 2.2. */
export class NetipcSocketError extends ProtocolError {
  readonly wire: SocketErrorName;

  constructor(wire: SocketErrorName, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(SOCKET_FAILURES[wire] ?? 'E_PROTOCOL', `${wire}: ${message}`, options);
    this.name = 'NetipcSocketError';
    this.wire = wire;
  }
}

/** The shared-memory region said no. `wire` is the name of section 2.3. */
export class NetipcRegionError extends ProtocolError {
  readonly wire: RegionErrorName;

  constructor(wire: RegionErrorName, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super('E_PROTOCOL', `${wire}: ${message}`, options);
    this.name = 'NetipcRegionError';
    this.wire = wire;
  }
}
