/**
 * Every failure the product can report. One closed list: a code never changes its meaning once released.
 * House rule: an error is a *bug* (assert), an *operating error* (OperatingError) or, at a boundary, a `Result`.
 */
export const FAILURE_CODES = [
  // boundary
  'E_INTERNAL',
  'E_INPUT',
  'E_CALL_UNKNOWN',
  'E_SENDER',
  'E_BUSY',
  'E_DEADLINE',
  'E_CANCELLED',
  'E_DISCONNECTED',
  'E_LIMIT',
  'E_NOT_FOUND',
  'E_UNSUPPORTED',
  'E_READ_ONLY',
  // HTTP door
  'E_HOST',
  'E_ORIGIN',
  'E_TOKEN',
  'E_METHOD',
  'E_PATH',
  'E_MEDIA_TYPE',
  'E_BODY_TOO_LARGE',
  'E_BODY_EMPTY',
  'E_BODY_INCOMPLETE',
  'E_HTTP',
  'E_SLOW',
  'E_ENCODING',
  'E_JSON',
  'E_JSON_DEPTH',
  'E_JSON_NODES',
  'E_SHAPE',
  // addresses and files
  'E_ADDRESS_IN_USE',
  'E_ADDRESS',
  'E_PERMISSION',
  'E_PATH_TOO_LONG',
  'E_STORE_LOCKED',
  'E_STORE_FULL',
  'E_STORE_DAMAGED',
  'E_STORE_FAILED',
  'E_CONFIG',
  'E_FILTER',
  // peers
  'E_FRAME_TOO_LARGE',
  'E_PROTOCOL',
  'E_PEER_GONE',
  'E_PEER_REFUSED',
  'E_AUTH',
  'E_NATIVE_MISSING',
  'E_TOOL_MISSING',
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

/** What crosses a boundary: the code, what happened and why, and what to do now. All text is plain, never markup. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly fix?: string;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(code: FailureCode, message: string, fix?: string): { ok: false; failure: Failure } {
  return { ok: false, failure: fix === undefined ? { code, message } : { code, message, fix } };
}

/** A peer, the network, the disk or the user did something that is not our bug. */
export class OperatingError extends Error {
  readonly code: FailureCode;
  /** What the operator can do now, if anything. */
  readonly fix: string | undefined;

  constructor(code: FailureCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OperatingError';
    this.code = code;
    this.fix = options.fix;
  }
}

/** Closes the one session it happened on, nothing else. */
export class ProtocolError extends OperatingError {
  constructor(code: FailureCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(code, message, options);
    this.name = 'ProtocolError';
  }
}

/** The one place where an exception becomes an answer. Unknown errors keep their text to themselves. */
export function failureOf(error: unknown): Failure {
  if (error instanceof OperatingError) return fail(error.code, error.message, error.fix).failure;
  return { code: 'E_INTERNAL', message: 'internal error; see the log' };
}
