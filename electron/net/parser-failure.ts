/** What Node's HTTP parser says, turned into one of our codes. */
import { fail, type Failure } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';

export interface ParserFailure {
  readonly status: number;
  readonly failure: Failure;
  /**
   * The bytes that could not be read as HTTP, at most LIMITS.httpRefusedBytesMax; empty when they were never
   * whole.
   */
  readonly raw: Uint8Array;
}

interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: unknown;
  readonly reason?: unknown;
}

/** Null when there is nothing to answer: the connection broke, or closed without ever sending a byte. */
export function parserFailure(error: ParserError, bytesRead: number): ParserFailure | null {
  const code = error.code ?? '';
  if (bytesRead === 0 || code === 'ECONNRESET' || code === 'EPIPE') return null;
  const raw =
    error.rawPacket instanceof Uint8Array
      ? error.rawPacket.slice(0, LIMITS.httpRefusedBytesMax)
      : new Uint8Array(0);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 408, failure: fail('E_SLOW', 'the request did not arrive in time').failure, raw };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = `the request head is larger than ${LIMITS.httpHeaderBytesMax} bytes`;
    return { status: 431, failure: fail('E_HTTP', message).failure, raw };
  }
  if (code === 'HPE_INVALID_EOF_STATE') {
    return {
      status: 400,
      failure: fail('E_BODY_INCOMPLETE', 'the peer closed in the middle of a request').failure,
      raw,
    };
  }
  const reason = typeof error.reason === 'string' ? error.reason : code;
  return { status: 400, failure: fail('E_HTTP', `not a valid HTTP request: ${reason}`).failure, raw };
}
