/**
 * One POST to the API gateway: docs/protocols/gse.md sections 2.2, 2.3, 2.5 and 13 (rows 8 to 10), promise
 * B9. Total deadline, no redirects, bounded reply, TLS always verified, and never a second try: who calls is
 * told whether a byte was written.
 */
import { constants as zlib, gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { Pool } from 'undici';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { parseEndpoint } from '../../net/http-endpoint.ts';
import { InvalidConfigError } from './errors.ts';
import type { GatewayReply } from './gateway-errors.ts';
import { gatewayHeaders, type HeaderOptions } from './http-headers.ts';

export interface GatewayOptions extends Omit<HeaderOptions, 'sdkExact' | 'userAgent'> {
  /** Gateway root, such as `http://bkapi.example.com/api/bk-gse/prod`. */
  readonly baseUrl: string;
  /** Hosts (without port) that may be spoken to; by default only the one of `baseUrl`. */
  readonly allowedHosts?: readonly string[];
  /** Certificate authorities to trust beside none of the system's, PEM. TLS is verified either way. */
  readonly caPem?: string;
  /** 0 = none, as the original. Default LIMITS.gseRequestTimeoutMs. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  /** Everything as the original: no Content-Type, redirects followed, a query in the base URL allowed. */
  readonly sdkExact?: boolean;
}

/** Nothing was answered, or not all of it. */
export class TransportError extends OperatingError {
  /** False: not a byte left this machine, the call had no effect. True: its effect is unknown. */
  readonly wasSent: boolean;

  constructor(
    code: 'E_PEER_GONE' | 'E_DEADLINE' | 'E_CANCELLED' | 'E_LIMIT',
    wasSent: boolean,
    cause: Error,
  ) {
    super(code, wasSent ? `no complete answer: ${cause.message}` : `not sent: ${cause.message}`, { cause });
    this.name = 'TransportError';
    this.wasSent = wasSent;
  }
}

/** Any status but 200 (section 2.5). */
export class HttpStatusError extends OperatingError {
  readonly reply: GatewayReply;

  constructor(url: string, reply: GatewayReply) {
    super('E_PEER_REFUSED', `request to ${url} failed, status code: ${reply.status}`);
    this.name = 'HttpStatusError';
    this.reply = reply;
  }
}

interface Call {
  readonly url: string;
  readonly method: 'POST' | 'GET';
  readonly body: Buffer | null;
  readonly referer: string | null;
}

interface RawReply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** The reply of a call that ended in 200: all of its body, and what is kept for the operator. */
export interface GatewaySuccess {
  readonly body: Buffer;
  readonly reply: GatewayReply;
}

const unpack = promisify(gunzip);
const REDIRECTS_MAX = 10;
const REPEATS_BODY = new Set([307, 308]);
const BECOMES_GET = new Set([301, 302, 303]);

/** Keeps connections to one gateway. Close it, or it keeps the process alive for a few seconds. */
export class GatewayHttp {
  readonly #options: GatewayOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #sdkExact: boolean;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#sdkExact = options.sdkExact ?? false;
  }

  /** Idempotent; requests under way fail. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** `path` without a leading slash. All trailing slashes of the base URL go first. */
  urlOf(path: string): string {
    return `${this.#options.baseUrl.replace(/\/+$/, '')}/${path}`;
  }

  /**
   * Fails with InvalidConfigError (nothing was sent), TransportError or HttpStatusError. `signal` cancels;
   * the deadline counts from the call to the last byte of the answer.
   */
  async post(path: string, body: Buffer, signal?: AbortSignal): Promise<GatewaySuccess> {
    const deadline = new CallDeadline(this.#options.timeoutMs ?? LIMITS.gseRequestTimeoutMs, signal);
    try {
      let call: Call = { url: this.urlOf(path), method: 'POST', body, referer: null };
      for (let requests = 1; ; requests += 1) {
        const raw = await this.#exchange(call, deadline).catch((error: unknown): never => {
          throw requests === 1 ? error : afterRedirect(error);
        });
        const next = this.#sdkExact ? redirectOf(call, raw, body) : null;
        if (next === null) return this.#finish(call.url, raw);
        if (requests >= REDIRECTS_MAX) {
          throw new TransportError('E_LIMIT', true, new Error(`stopped after ${REDIRECTS_MAX} redirects`));
        }
        call = next;
      }
    } finally {
      deadline.clear();
    }
  }

  #finish(url: string, raw: RawReply): GatewaySuccess {
    const { status, headers, body } = raw;
    const requestId = headers.get('x-bkapi-request-id') ?? '';
    const kept = body.subarray(0, LIMITS.gseReplyKeptBytesMax);
    const reply: GatewayReply = { status, headers, body: kept, requestId };
    if (status !== 200) throw new HttpStatusError(url, reply);
    return { body, reply };
  }

  async #exchange(call: Call, deadline: CallDeadline): Promise<RawReply> {
    const target = this.#target(call.url);
    const { userAgent = 'signalbox/0.1' } = this.#options;
    const headers = gatewayHeaders({ ...this.#options, userAgent, sdkExact: this.#sdkExact });
    if (target.userInfo !== null)
      headers.push('Authorization', `Basic ${Buffer.from(target.userInfo).toString('base64')}`);
    if (call.referer !== null) headers.push('Referer', call.referer);
    const pool = this.#poolOf(target.origin);
    const raw = await dispatchOnce(pool, target.path, call, headers, deadline);
    if (raw.headers.get('content-encoding')?.toLowerCase() !== 'gzip' || raw.body.length === 0) return raw;
    const isOther = isOtherStatus(raw.status);
    // A cut body of an error still reads as far as it goes.
    const finishFlush = isOther ? zlib.Z_SYNC_FLUSH : zlib.Z_FINISH;
    try {
      return {
        ...raw,
        body: await unpack(raw.body, { maxOutputLength: LIMITS.gseReplyBytesMax, finishFlush }),
      };
    } catch (error) {
      // Expected: not gzip, cut, or larger than allowed once unpacked.
      if (!(error instanceof Error)) throw error;
      if (isOther) return raw;
      throw new TransportError('E_PEER_GONE', true, error);
    }
  }

  #poolOf(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      const { caPem } = this.#options;
      pool = new Pool(origin, {
        connections: LIMITS.gseConnectionsMax,
        pipelining: 1,
        // An idle connection the gateway closes at the wrong moment makes an outcome unknown: keep it
        // briefly.
        keepAliveTimeout: 1_000,
        keepAliveMaxTimeout: 2_000,
        headersTimeout: 0,
        bodyTimeout: 0,
        ...(caPem === undefined ? undefined : { connect: { ca: caPem } }),
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  /** Where to connect and what to ask for; read as the original reads it. */
  #target(url: string): GatewayTarget {
    if (!/^https?:\/\//i.test(url))
      throw new InvalidConfigError('the base URL must begin with http:// or https:// and name a host');
    const found = parseEndpoint(url);
    const origin = `http${found?.secure === true ? 's' : ''}://${found?.hostHeader ?? ''}`;
    const { baseUrl, allowedHosts } = this.#options;
    const isRefused = !this.#sdkExact && found?.userInfo !== null;
    if (found === null || isRefused || !URL.canParse(origin))
      throw new InvalidConfigError('the host of the base URL is not valid, or an escape in its path');
    if (!this.#sdkExact && /[?#]/.test(baseUrl))
      throw new InvalidConfigError('the base URL must not have a query or fragment');
    const { hostname } = new URL(origin);
    const allowed = allowedHosts ?? [new URL(URL.canParse(baseUrl) ? baseUrl : origin).hostname];
    if (!allowed.includes(hostname))
      throw new InvalidConfigError(`${hostname} is not among the hosts that may be spoken to`);
    // One character per byte, as undici writes it; a space would end the target.
    const path = Buffer.from(found.requestTarget, 'utf8').toString('latin1').replaceAll(' ', '%20');
    return { origin, path, userInfo: found.userInfo };
  }
}

interface GatewayTarget {
  readonly origin: string;
  readonly path: string;
  /** `user:password` of the URL, or null. */
  readonly userInfo: string | null;
}

/**
 * Null when the answer is to be taken as it is. As in the original 307 and 308 send `body` again whatever came
 * before them, a GET made of a 302 included.
 */
function redirectOf(call: Call, raw: RawReply, body: Buffer): Call | null {
  const location = Buffer.from(raw.headers.get('location') ?? '', 'latin1').toString('utf8');
  const repeats = REPEATS_BODY.has(raw.status);
  if (location === '' || (!repeats && !BECOMES_GET.has(raw.status))) return null;
  if (location.startsWith(':') || !URL.canParse(location, call.url)) return null;
  const { href } = new URL(location, call.url);
  const next = { url: href.replace(/#.*$/, ''), referer: call.url };
  return repeats ? { ...next, method: call.method, body } : { ...next, method: 'GET', body: null };
}

/** A redirect has been followed, so a request was made, whatever kept the next one from being made. */
function afterRedirect(error: unknown): unknown {
  if (error instanceof InvalidConfigError) return new TransportError('E_PEER_GONE', true, error);
  if (!(error instanceof TransportError) || error.wasSent) return error;
  const cause = error.cause instanceof Error ? error.cause : error;
  return new TransportError(error.code as 'E_PEER_GONE', true, cause);
}

/**
 * A final status that is no success says all that matters: what follows it is for the operator, however little
 * of it comes (section 2.5; the original does not even read it).
 */
function isOtherStatus(status: number): boolean {
  return status > 200;
}

/** One deadline over all steps of a call. */
class CallDeadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | null;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(new Error('cancelled'));
  code: 'E_DEADLINE' | 'E_CANCELLED' = 'E_CANCELLED';

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#timer = timeoutMs > 0 ? setTimeout(() => this.#expire(timeoutMs), timeoutMs) : null;
    if (signal?.aborted === true) this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #expire(timeoutMs: number): void {
    this.code = 'E_DEADLINE';
    this.#controller.abort(new Error(`no complete answer within ${timeoutMs} ms`));
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function dispatchOnce(
  pool: Pool,
  path: string,
  { method, body }: Call,
  headers: string[],
  deadline: CallDeadline,
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    let wasSent = false;
    let status = 0;
    let received: ReadonlyMap<string, string> = new Map();
    let bodyBytes = 0;
    let isSettled = false;
    const chunks: Buffer[] = [];
    const { signal } = deadline;
    let abort: (reason: Error) => void = () => undefined;
    const settle = (finish: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const end = (): void =>
      settle(() => resolve({ status, headers: received, body: Buffer.concat(chunks, bodyBytes) }));
    const fail = (code: TransportError['code'], cause: Error): void => {
      if (isOtherStatus(status)) end();
      else settle(() => reject(new TransportError(code as 'E_PEER_GONE', wasSent, cause)));
    };
    const onAbort = (): void => {
      const reason = signal.reason instanceof Error ? signal.reason : new Error('cancelled');
      fail(deadline.code, reason);
      abort(reason);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const handler = {
      onRequestStart(controller: { abort(reason: Error): void }): void {
        if (isSettled) {
          controller.abort(new Error('cancelled'));
          return;
        }
        // From here on bytes may be on their way.
        wasSent = true;
        abort = (reason) => controller.abort(reason);
      },
      onResponseStart(
        _controller: unknown,
        statusCode: number,
        found: Record<string, string | string[] | undefined>,
      ): void {
        status = statusCode;
        received = firstValues(found);
      },
      onResponseData(controller: { abort(reason: Error): void }, chunk: Buffer): void {
        const bytesMax = isOtherStatus(status) ? LIMITS.gseReplyKeptBytesMax : LIMITS.gseReplyBytesMax;
        if (bodyBytes <= bytesMax) {
          chunks.push(chunk);
          bodyBytes += chunk.length;
        }
        if (bodyBytes <= bytesMax) return;
        const cause = new Error(`the answer is larger than ${LIMITS.gseReplyBytesMax} bytes`);
        fail('E_LIMIT', cause);
        controller.abort(cause);
      },
      onResponseEnd: end,
      onResponseError(_controller: unknown, cause: Error): void {
        fail('E_PEER_GONE', cause);
      },
    };
    pool.dispatch({ path, method, headers, body }, handler);
  });
}

function firstValues(headers: Record<string, string | string[] | undefined>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) found.set(name.toLowerCase(), first);
  }
  return found;
}
