/**
 * All that a door decides from the head of a request, before a byte of its body counts (docs/THREATS.md B2,
 * B3, B7).
 */
import { fail, type Failure } from '../../shared/failure.ts';
import type { DoorRoute, MediaPolicy } from './door.ts';
import { refusal, type DoorAnswer } from './http-answer.ts';
import { isHostAllowed } from './host-check.ts';
import { originFailure } from './origin-check.ts';
import { headerCount } from './raw-head.ts';
import type { RequestHead } from './request-head.ts';

/** What the Expect header asks: nothing, `100-continue`, or something we do not know. */
export type Expectation = 'none' | 'continue' | 'unknown';

/**
 * Null when the head alone gives no reason to refuse, whichever way the request came in. `route` is that of its path; null = nothing is
 * served there. `pathFix` is what to do then.
 */
export function headRefusal(
  request: RequestHead,
  route: DoorRoute | null,
  hosts: ReadonlySet<string>,
  expect: Expectation,
  pathFix: string,
): DoorAnswer | null {
  const framing = framingFailure(request);
  if (framing !== null) return refusal(framing);
  const caller = callerRefusal(request, hosts, route?.fromAnySite);
  if (caller !== null) return caller;
  if (expect === 'unknown') {
    const fix = 'Send the body at once, or with Expect: 100-continue.';
    return { status: 417, failure: fail('E_HTTP', 'the Expect header is not served', fix).failure };
  }
  if (route === null) return refusal(pathUnknown(request.url ?? '', pathFix));
  if (!route.methods.includes(request.method ?? '')) {
    const allow = route.methods.join(', ');
    return refusal(fail('E_METHOD', `only ${allow} is served here`, `Use ${allow}.`).failure, {
      Allow: allow,
    });
  }
  const media = mediaFailure(request, route.media);
  return media === null ? null : refusal(media);
}

export function pathUnknown(path: string, fix: string): Failure {
  return fail('E_PATH', `nothing is served at ${path.slice(0, 200)}`, fix).failure;
}

/**
 * Null when request line and framing can mean only one thing; Node's parser has already refused what is not
 * HTTP.
 */
export function framingFailure(request: RequestHead): Failure | null {
  const { url } = request;
  if (url === undefined || !url.startsWith('/')) {
    return fail('E_HTTP', 'the request target must be a path', 'Ask this server directly, not as a proxy.')
      .failure;
  }
  const encoding = request.headers['transfer-encoding'];
  if (encoding === undefined) return null;
  // Node reads a body below any list that ends in "chunked", and below HTTP/1.0; another parser may not (B7).
  if (encoding.toLowerCase() === 'chunked' && request.httpVersion === '1.1') return null;
  return fail('E_HTTP', `the transfer encoding "${encoding}" is not served`, 'Send a Content-Length.')
    .failure;
}

/** Null when the request was meant for this door and does not come from a page of another site. */
export function callerRefusal(
  request: RequestHead,
  hosts: ReadonlySet<string>,
  fromAnySite = false,
): DoorAnswer | null {
  const { host } = request.headers;
  if (host === undefined || headerCount(request, 'host') !== 1) {
    const fix = `Send one: Host: ${[...hosts][0] ?? ''}`;
    const { failure } = fail('E_HOST', 'exactly one Host header is needed', fix);
    return { status: 400, failure };
  }
  if (!isHostAllowed(host, hosts)) {
    const fix = `Use one of: ${[...hosts].join(', ')}.`;
    return refusal(fail('E_HOST', 'the Host header names another server', fix).failure);
  }
  const seen = fromAnySite ? { ...request.headers, 'sec-fetch-site': undefined } : request.headers;
  const failure = originFailure(seen, hosts);
  return failure === null ? null : refusal(failure);
}

/** Null when the body may be of this type. */
function mediaFailure(request: RequestHead, policy: MediaPolicy): Failure | null {
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    return fail('E_ENCODING', `the content encoding "${coding}" is not served`, 'Send the body as it is.')
      .failure;
  }
  if (policy === 'any') return null;
  const type = request.headers['content-type'];
  if (type === undefined || type === 'application/json') return null;
  const semicolon = type.indexOf(';');
  const essence = (semicolon < 0 ? type : type.slice(0, semicolon)).trim().toLowerCase();
  if (essence === 'application/json') return null;
  return fail(
    'E_MEDIA_TYPE',
    `the content type "${type}" is not served`,
    'Send Content-Type: application/json.',
  ).failure;
}
