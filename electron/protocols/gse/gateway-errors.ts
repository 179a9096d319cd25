/** Errors the API gateway makes itself: docs/protocols/gse.md section 11.2. Pure. */
import { GseJsonError } from './errors.ts';
import { readGoJson } from './json-reader.ts';

/** What came back, kept for the operator whatever it was. */
export interface GatewayReply {
  readonly status: number;
  /** Names in lower case; the first value where a header came more than once. */
  readonly headers: ReadonlyMap<string, string>;
  /** The first LIMITS.gseReplyKeptBytesMax bytes, unpacked. */
  readonly body: Buffer;
  /** `X-Bkapi-Request-Id`, or ''. */
  readonly requestId: string;
}

/** The gateway's own verdict, from the headers or the body. */
export interface GatewayError {
  /** Such as 1640101. */
  readonly code: number;
  readonly name: string;
  readonly message: string;
  /** What to do now; '' when nothing is known. */
  readonly hint: string;
}

const NAMES: ReadonlyMap<number, readonly [name: string, hint: string]> = new Map([
  [1640001, ['INVALID_ARGS', 'Check app code and secret, or the access token.']],
  [1640004, ['JWT_VERIFY_FAILED', '']],
  [1640100, ['UNAUTHORIZED', 'Check app code and secret.']],
  [1640101, ['APP_VERIFY_FAILED', 'Check app code and secret.']],
  [1640102, ['USER_VERIFY_FAILED', 'Check the access token.']],
  [1640301, ['APP_NO_PERMISSION', 'The app has no permission for this API: apply for it at the gateway.']],
  [1640302, ['IP_NOT_ALLOWED', 'This machine is not on the allow-list of the gateway.']],
  [1640303, ['BK_USER_NOT_ALLOWED', '']],
  [1640304, ['BK_TENANT_NOT_ALLOWED', 'Check the tenant of the profile.']],
  [1640401, ['API_NOT_FOUND', 'Check the base URL and its stage.']],
  [1641301, ['BODY_SIZE_LIMIT_EXCEED', 'Use smaller batches.']],
  [1641401, ['URI_SIZE_LIMIT_EXCEED', 'Use smaller batches.']],
  [1642901, ['RATE_LIMIT_RESTRICTION', 'Wait, then send the rest.']],
  [1642902, ['RATE_LIMIT_RESTRICTION', 'Wait, then send the rest.']],
  [1642903, ['RATE_LIMIT_RESTRICTION', 'Wait, then send the rest.']],
  [1642904, ['CONCURRENCY_LIMIT_RESTRICTION', 'Wait, then send the rest.']],
  [1650000, ['REQUEST_RESOURCE_5xx', '']],
  [1650001, ['INTERNAL_SERVER_ERROR', '']],
  [1650002, ['INVALID_RESOURCE_CONFIG', '']],
  [1650200, ['BAD_GATEWAY', 'The gateway cannot reach GSE.']],
  [1650201, ['ERROR_REQUESTING_RESOURCE', 'The gateway cannot reach GSE.']],
  [1650300, ['SERVICE_UNAVAILABLE', '']],
  [
    1650401,
    ['REQUEST_BACKEND_TIMEOUT', 'GSE did not answer the gateway in time; the message may have been taken.'],
  ],
  [1650801, ['RECURSIVE_REQUEST_DETECTED', '']],
]);

const BODY = { code: 'integer', code_name: 'string', message: 'string' } as const;

/** Seven digits beginning with 16: the gateway's own codes, which a stage may send with status 200. */
export function isGatewayCode(code: number | bigint): boolean {
  return code >= 1_600_000 && code <= 1_699_999;
}

/** A code of the 164 range is a refusal: the request went no further than the gateway. */
export function isGatewayRefusal(code: number | bigint): boolean {
  return code >= 1_640_000 && code < 1_650_000;
}

/** Null when the answer does not come from the gateway itself. */
export function gatewayErrorOf(reply: GatewayReply): GatewayError | null {
  const stated = Number(reply.headers.get('x-bkapi-error-code') ?? 'NaN');
  const found = bodyOf(reply.body);
  const code = isGatewayCode(stated) ? stated : Number(found?.code ?? 0n);
  if (!isGatewayCode(code)) return null;
  const [name, hint] = NAMES.get(code) ?? ['', ''];
  const message = found?.message ?? reply.headers.get('x-bkapi-error-message') ?? '';
  return { code, name: found?.code_name ?? name, message, hint };
}

function bodyOf(body: Buffer): { code?: bigint; code_name?: string; message?: string } | null {
  try {
    return readGoJson(body, BODY);
  } catch (error) {
    // Expected: a page of HTML, a cut body, another shape.
    if (!(error instanceof GseJsonError)) throw error;
    return null;
  }
}

/** The body of the gateway's own errors, for the lab. */
export function encodeGatewayError(code: number, message: string): Buffer {
  const [name] = NAMES.get(code) ?? [''];
  return Buffer.from(JSON.stringify({ data: null, code_name: name, message, result: false, code }));
}
