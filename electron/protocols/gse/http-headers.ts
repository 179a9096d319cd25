/** Headers of a call to the server API: docs/protocols/gse.md sections 2.3 and 11.1. Pure. */
import { InvalidConfigError } from './errors.ts';

export interface GatewayAuth {
  readonly appCode: string;
  readonly appSecret: string;
  /** Instead of code and secret (section 11.1); '' = not used. */
  readonly accessToken?: string;
}

export interface HeaderOptions {
  readonly auth: GatewayAuth;
  /** `X-Bk-Tenant-Id`; '' = none. */
  readonly tenantId?: string;
  /** Further headers; only the first value of each is sent. */
  readonly baseHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly userAgent: string;
  /** No `Content-Type`, the secret unescaped, names in other case lose their value. */
  readonly sdkExact: boolean;
}

export const AUTHORIZATION_HEADER = 'X-Bkapi-Authorization';
/** Control bytes but TAB cannot be put on the wire. */
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f]/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Set by the HTTP client from URL and body. */
const IGNORED = new Set(['Host', 'Content-Length', 'Connection', 'Transfer-Encoding', 'Trailer']);

/** Name and value by turns, values as one character per byte. Fails with InvalidConfigError. */
export function gatewayHeaders(options: HeaderOptions): string[] {
  const { baseHeaders = {}, sdkExact, userAgent, tenantId = '' } = options;
  const lines = baseLines(baseHeaders, sdkExact);
  const has = (wanted: string): boolean => lines.some(([name]) => name === wanted);
  if (!has('User-Agent')) lines.push(['User-Agent', userAgent]);
  if (!sdkExact && !has('Content-Type')) lines.push(['Content-Type', 'application/json']);
  if (tenantId !== '' && !has('X-Bk-Tenant-Id')) lines.push(['X-Bk-Tenant-Id', tenantId]);
  const authorization = authorizationValue(options.auth, sdkExact);
  if (authorization !== null) lines.push([AUTHORIZATION_HEADER, authorization]);
  if (!has('Accept-Encoding')) lines.push(['Accept-Encoding', 'gzip']);
  return lines.flatMap(([name, value]) => [name, wireValue(name, value)]);
}

/**
 * One line per name, however many spellings it was given in. The original looks the value up under the usual
 * spelling and finds none when the name was given in another.
 */
function baseLines(
  headers: Readonly<Record<string, readonly string[]>>,
  sdkExact: boolean,
): (readonly [name: string, value: string])[] {
  const values = new Map<string, string>();
  for (const name of Object.keys(headers).toSorted()) {
    const canonical = canonicalName(name);
    if (IGNORED.has(canonical)) continue;
    values.set(
      canonical,
      headers[sdkExact || Object.hasOwn(headers, canonical) ? canonical : name]?.[0] ?? '',
    );
  }
  return [...values].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Null when there is no app code: a secret alone does not cause the header. */
function authorizationValue(
  { appCode, appSecret, accessToken = '' }: GatewayAuth,
  sdkExact: boolean,
): string | null {
  const quoted = (value: string): string =>
    sdkExact || !NEEDS_ESCAPE.test(value)
      ? `"${value}"`
      : JSON.stringify(value).replaceAll('\u007f', '\\u007f');
  if (accessToken !== '') return `{"access_token": ${quoted(accessToken)}}`;
  if (appCode === '') return null;
  return `{"bk_app_code": ${quoted(appCode)}, "bk_app_secret": ${quoted(appSecret)}}`;
}

/** Null when code and secret can stand in the header as they are; else what the profile form should say. */
export function authWarning({ appCode, appSecret, accessToken = '' }: GatewayAuth): string | null {
  const parts = { 'app code': appCode, 'app secret': appSecret, 'access token': accessToken };
  const odd = Object.entries(parts).filter(([, value]) => NEEDS_ESCAPE.test(value));
  if (odd.length === 0) return null;
  return `${odd.map(([name]) => name).join(' and ')}: quotes, backslashes and control characters are sent escaped`;
}

/**
 * Node writes header values as Latin-1; this way the UTF-8 bytes arrive. The value is never put into the
 * error.
 */
function wireValue(name: string, value: string): string {
  if (CONTROL.test(value)) throw new InvalidConfigError(`invalid header field value for "${name}"`);
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** `x-bk-tenant-id` as `X-Bk-Tenant-Id`. */
function canonicalName(name: string): string {
  if (!TOKEN.test(name)) throw new InvalidConfigError(`invalid header field name "${name}"`);
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
