/** What can go wrong with GSE, one class per row of docs/protocols/gse.md section 8. */
import { OperatingError, ProtocolError } from '../../../shared/failure.ts';

/** Launching a client that is launched. */
export class AlreadyLaunchedError extends OperatingError {
  constructor() {
    super('E_INPUT', 'already launched', { fix: 'Terminate it first.' });
    this.name = 'AlreadyLaunchedError';
  }
}

/** Sending or terminating before launch, or after terminate. */
export class NotLaunchedError extends OperatingError {
  constructor() {
    super('E_INPUT', 'not launched', { fix: 'Launch it first.' });
    this.name = 'NotLaunchedError';
  }
}

/** Sending while the connection is down: not a byte was written. */
export class NotConnectedError extends OperatingError {
  constructor() {
    super('E_DISCONNECTED', 'not connected');
    this.name = 'NotConnectedError';
  }
}

/** A launch that was cancelled or ran into its deadline. The client may be launched again. */
export class ContextDoneError extends OperatingError {
  constructor(reason: 'cancelled' | 'deadline') {
    super(reason === 'deadline' ? 'E_DEADLINE' : 'E_CANCELLED', 'context done');
    this.name = 'ContextDoneError';
  }
}

/** Agent info was asked for before the first keepalive response. */
export class NotAuthorizedError extends OperatingError {
  constructor() {
    super('E_AUTH', 'not authorized', { fix: 'Wait for the first keepalive response of the agent.' });
    this.name = 'NotAuthorizedError';
  }
}

/**
 * A configuration nothing can be done with. The message has two lines: kind and detail, as the original's.
 */
export class InvalidConfigError extends OperatingError {
  constructor(detail: string) {
    super('E_CONFIG', `invalid config\n${detail}`);
    this.name = 'InvalidConfigError';
  }
}

/**
 * A write to the agent that did not get through: how much of the frame arrived is unknown. The connection is
 * dropped.
 */
export class SendError extends OperatingError {
  constructor(code: 'E_PEER_GONE' | 'E_DEADLINE', message: string, cause?: unknown) {
    super(code, message, { cause });
    this.name = 'SendError';
  }
}

/** Why a frame or a connection was given up (section 8). */
export const PROTOCOL_SUB_CODES = [
  'bad_magic',
  'length_too_small',
  'length_too_large',
  'truncated',
  'invalid_message_length',
  'invalid_info_json',
  'invalid_keepalive_json',
  'unknown_type',
] as const;
export type ProtocolSubCode = (typeof PROTOCOL_SUB_CODES)[number];

/** Of bytes that break a rule (section 8). */
export const BYTES_SHOWN_MAX = 64;

/** Bytes of the peer that break a rule. `firstBytesHex` are at most 64 of them. */
export class GseProtocolError extends ProtocolError {
  readonly subCode: ProtocolSubCode;
  readonly firstBytesHex: string;

  constructor(subCode: ProtocolSubCode, detail: string, bytes: Uint8Array) {
    super(subCode === 'length_too_large' ? 'E_FRAME_TOO_LARGE' : 'E_PROTOCOL', `${subCode}: ${detail}`);
    this.name = 'GseProtocolError';
    this.subCode = subCode;
    this.firstBytesHex = Buffer.from(bytes.subarray(0, BYTES_SHOWN_MAX)).toString('hex');
  }
}

/** JSON that is none or of another shape (E_JSON), nested too deeply, or of too many values. */
export class GseJsonError extends ProtocolError {
  constructor(detail: string, code: 'E_JSON' | 'E_JSON_DEPTH' | 'E_JSON_NODES' = 'E_JSON') {
    super(code, detail);
    this.name = 'GseJsonError';
  }
}
