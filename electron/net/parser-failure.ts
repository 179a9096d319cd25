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

/** What helps a peer whose body never became whole. */
export const BODY_INCOMPLETE_FIX = 'Keep the connection open until the answer has come.';

/** Null when there is nothing to answer: the connection broke, or closed without ever sending a byte. */
export function parserFailure(error: ParserError, bytesRead: number): ParserFailure | null {
  const code = error.code ?? '';
  if (bytesRead === 0 || code === 'ECONNRESET' || code === 'EPIPE') return null;
  const raw =
    error.rawPacket instanceof Uint8Array
      ? error.rawPacket.slice(0, LIMITS.httpRefusedBytesMax)
      : new Uint8Array(0);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const fix = `Send the whole request within ${LIMITS.httpRequestTimeoutMs / 1_000} s.`;
    return { status: 408, failure: fail('E_SLOW', 'the request did not arrive in time', fix).failure, raw };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = `the request head is larger than ${LIMITS.httpHeaderBytesMax} bytes`;
    return { status: 431, failure: fail('E_HTTP', message, 'Send fewer or shorter headers.').failure, raw };
  }
  if (code === 'HPE_INVALID_EOF_STATE') {
    const { failure } = fail(
      'E_BODY_INCOMPLETE',
      'the peer closed in the middle of a request',
      BODY_INCOMPLETE_FIX,
    );
    return { status: 400, failure, raw };
  }
  return { status: 400, failure: notHttp(error, raw), raw };
}

/** The first bytes of a TLS connection: a record of type handshake, version 3.x. */
function isTls(raw: Uint8Array): boolean {
  return raw[0] === 0x16 && raw[1] === 0x03;
}

function notHttp(error: ParserError, raw: Uint8Array): Failure {
  if (isTls(raw)) {
    return fail('E_HTTP', 'this is TLS, and plain HTTP is served here', 'Write http:// in the address.')
      .failure;
  }
  const reason = typeof error.reason === 'string' ? error.reason : (error.code ?? '');
  const fix =
    error.code === 'HPE_INVALID_METHOD'
      ? 'Begin with a method in capitals, such as POST.'
      : 'Send one HTTP/1.1 request as RFC 9112 has it.';
  return fail('E_HTTP', `not a valid HTTP request: ${reason}`, fix).failure;
}
