/**
 * The Origin rule of the loopback door (docs/THREATS.md B3): a page of another site can make a browser send a
 * request here, but it cannot keep the browser from saying where the page came from. Programs send neither
 * header.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { fail, type Failure } from '../../shared/failure.ts';

const FIX = 'Send events from a program, not from a web page.';

/**
 * Null when the request may go on. `hosts` are the allowed Host values of this door (see host-check.ts); only
 * a page served by this very door is of the same origin. `same-site` is refused too: for a browser all ports
 * of localhost are one site.
 */
export function originFailure(headers: IncomingHttpHeaders, hosts: ReadonlySet<string>): Failure | null {
  const { origin } = headers;
  if (origin !== undefined && !isOwnOrigin(origin, hosts)) {
    return fail('E_ORIGIN', 'the request comes from a page of another site', FIX).failure;
  }
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return null;
  return fail('E_ORIGIN', 'the browser says the request comes from another site', FIX).failure;
}

function isOwnOrigin(origin: string, hosts: ReadonlySet<string>): boolean {
  const scheme = 'http://';
  return origin.startsWith(scheme) && hosts.has(origin.slice(scheme.length));
}
