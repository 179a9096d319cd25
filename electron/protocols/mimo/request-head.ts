/** The head of a request, byte for byte as the original sends it: docs/protocols/mimo.md section 3. */
import type { Target } from '../../net/http-endpoint.ts';

/** Characters of an HTTP token (RFC 9110 section 5.6.2): what a method may be made of. */
export function isMethod(method: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method);
}

/** Always a content length, never chunked, no Expect; header lines in the fixed order of the original. */
export function requestHead(target: Target, method: string, bodyBytes: number | null): Uint8Array {
  const lines = [`${method} ${target.requestTarget} HTTP/1.1`, `Host: ${target.hostHeader}`];
  lines.push('User-Agent: Go-http-client/1.1');
  if (bodyBytes !== null) lines.push(`Content-Length: ${bodyBytes}`);
  if (target.userInfo !== null) {
    lines.push(`Authorization: Basic ${Buffer.from(target.userInfo, 'utf8').toString('base64')}`);
  }
  if (bodyBytes !== null) lines.push('Content-Type: application/json');
  // The original asks for compression wherever a body may come back.
  if (method !== 'HEAD') lines.push('Accept-Encoding: gzip');
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8');
}
