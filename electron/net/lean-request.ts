/**
 * Reads the one shape of request that needs no HTTP parser: a whole POST with a length, all of it there,
 * nothing behind it, spelt in the plainest way. It refuses nothing and repairs nothing: whatever is not
 * exactly this shape is null, and node:http reads it instead. Where it does say something, node:http would
 * say the same (lean-request.test.ts).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { LIMITS } from '../../shared/limits.ts';
import type { RequestHead } from './request-head.ts';

export interface LeanRequest extends RequestHead {
  readonly method: 'POST';
  readonly url: string;
  /** The head with its empty line; the body is all that follows. */
  readonly headBytes: number;
  /** The sender wants the connection closed behind the answer. */
  readonly closes: boolean;
}

const HEAD_END = '\r\n\r\n';
/** Far below the bound node:http counts in its own way, so that the two can never disagree about it. */
const HEAD_BYTES_MAX = LIMITS.httpHeaderBytesMax / 2;
const HEADERS_MAX = 64;
const REQUEST_LINE = /^POST (\/[A-Za-z0-9/_.~%?=&+,:;@!$'()*-]*) HTTP\/1\.1$/;
/** One space behind the colon and none at the end, so that the head put together again is the head as sent. */
const HEADER_LINE = /^([A-Za-z0-9-]+): ([!-~](?:[ -~]*[!-~])?)$/;
const LENGTH = /^(?:0|[1-9][0-9]{0,5})$/;
/** They change what the bytes mean, or what node:http makes of them. */
const LEFT_TO_NODE: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'trailer',
  'te',
  'proxy-connection',
  'keep-alive',
  'http2-settings',
  'set-cookie',
]);

/** Null for everything that is not exactly the shape above. `bytes` is all that has arrived. */
export function readLeanRequest(bytes: Buffer): LeanRequest | null {
  const end = bytes.indexOf(HEAD_END, 0, 'latin1');
  if (end < 0 || end > HEAD_BYTES_MAX) return null;
  const lines = bytes.toString('latin1', 0, end).split('\r\n');
  const url = REQUEST_LINE.exec(lines[0] ?? '')?.[1];
  if (url === undefined || lines.length > HEADERS_MAX) return null;
  const headers: IncomingHttpHeaders = {};
  const rawHeaders: string[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    const [, name, value] = HEADER_LINE.exec(lines[index] ?? '') ?? [];
    if (name === undefined || value === undefined) return null;
    const key = name.toLowerCase();
    // A second line of any name: which of them counts is not for two parsers to settle. Nor is a name that
    // every object has.
    if (key in headers || LEFT_TO_NODE.has(key)) return null;
    headers[key] = value;
    rawHeaders.push(name, value);
  }
  const headBytes = end + HEAD_END.length;
  const length = headers['content-length'];
  const { connection } = headers;
  if (headers.host === undefined || length === undefined || !LENGTH.test(length)) return null;
  if (headBytes + Number(length) !== bytes.length) return null;
  if (connection !== undefined && connection !== 'close' && connection !== 'keep-alive') return null;
  const closes = connection === 'close';
  return { method: 'POST', url, httpVersion: '1.1', headers, rawHeaders, headBytes, closes };
}
