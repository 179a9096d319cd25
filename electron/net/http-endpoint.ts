/** A URL read as Go's net/url reads it: docs/protocols/mimo.md section 3, docs/protocols/gse.md section 2.2. */
import { domainToASCII } from 'node:url';
import { decodeGoUtf8 } from './go-utf8.ts';

/** Where and how to send. */
export interface Target {
  readonly secure: boolean;
  /** Name or address to connect to, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Value of the Host header. */
  readonly hostHeader: string;
  /** Path and query as they stand in the request line; may hold bytes above 0x7f in the query. */
  readonly requestTarget: string;
  /** `user:password`, decoded, or null. */
  readonly userInfo: string | null;
}

const SCHEME_PORT = { http: 80, https: 443 } as const;

/**
 * Null when nothing can be sent there: no or another scheme, no host, a bad port, a bad escape, a control
 * character.
 */
export function parseEndpoint(endpoint: string): Target | null {
  if (/[\u0000-\u001f\u007f]/.test(endpoint)) return null;
  const hash = endpoint.indexOf('#');
  if (hash >= 0 && unescapePercent(endpoint.slice(hash + 1)) === null) return null;
  const match = /^(https?):\/\/([^/?]*)([^?]*)(\?.*)?$/i.exec(hash < 0 ? endpoint : endpoint.slice(0, hash));
  if (match === null) return null;
  const [, scheme = '', authority = '', path = '', query = ''] = match;
  const secure = scheme.toLowerCase() === 'https';
  const at = authority.lastIndexOf('@');
  const userInfo = at < 0 ? null : decodeUserInfo(authority.slice(0, at));
  const host = parseHost(authority.slice(at + 1), secure);
  const escapedPath = escapePath(path);
  if (host === null || escapedPath === null || (at >= 0 && userInfo === null)) return null;
  const requestTarget = `${escapedPath === '' ? '/' : escapedPath}${query}`;
  return { secure, ...host, requestTarget, userInfo };
}

function parseHost(text: string, secure: boolean): Pick<Target, 'hostname' | 'port' | 'hostHeader'> | null {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(text);
  if (match === null) return null;
  const [, name = '', digits = ''] = match;
  const plain = unescapePercent(name);
  if (plain === null || plain === '' || plain === '[]' || /[ /\\^`{|}%]/.test(name.replace(/%25/g, '')))
    return null;
  const port = digits === '' ? SCHEME_PORT[secure ? 'https' : 'http'] : Number(digits);
  if (port > 65_535) return null;
  const isBracketed = plain.startsWith('[');
  const ascii = isBracketed
    ? plain.replace(/%.*\]$/, ']')
    : domainToASCII(plain) === ''
      ? plain
      : asciiName(plain);
  const hostHeader = digits === '' ? ascii : `${ascii}:${digits}`;
  return { hostname: isBracketed ? plain.slice(1, -1) : ascii, port, hostHeader };
}

/** Only names with characters beyond ASCII are rewritten; upper case stays. */
function asciiName(name: string): string {
  return /^[\u0000-\u007f]*$/.test(name) ? name : domainToASCII(name);
}

/** `user:password` after percent-decoding; without a colon the password is empty. */
function decodeUserInfo(text: string): string | null {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) return null;
  const colon = text.indexOf(':');
  const user = unescapePercent(colon < 0 ? text : text.slice(0, colon));
  const password = unescapePercent(colon < 0 ? '' : text.slice(colon + 1));
  return user === null || password === null ? null : `${user}:${password}`;
}

/** A path that is already fully encoded stays as written; any other is decoded and encoded afresh. */
function escapePath(path: string): string | null {
  const decoded = unescapeBytes(path);
  if (decoded === null) return null;
  if (/^[A-Za-z0-9\-._~$&+,/:;=@!'()*[\]%]*$/.test(path)) return path;
  let escaped = '';
  for (const byte of decoded) {
    const character = String.fromCharCode(byte);
    const isPlain = /^[A-Za-z0-9\-._~$&+,/:;=@]$/.test(character);
    escaped += isPlain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

function unescapePercent(text: string): string | null {
  const bytes = unescapeBytes(text);
  return bytes === null ? null : decodeGoUtf8(bytes);
}

/** Null when a percent sign is not followed by two hexadecimal digits. */
function unescapeBytes(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'utf8');
  const decoded: number[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte !== 0x25) {
      decoded.push(byte);
      continue;
    }
    const digits = bytes.toString('latin1', index + 1, index + 3);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) return null;
    decoded.push(Number.parseInt(digits, 16));
    index += 2;
  }
  return Uint8Array.from(decoded);
}
