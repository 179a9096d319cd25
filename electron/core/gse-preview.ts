/**
 * What a dispatch would put on the wire, to look at and to copy: every byte exact but the secrets, which are
 * never in it. Pure.
 */
import { DISPATCH_PATH, MULTI_DISPATCH_PATH } from '../protocols/gse/dispatch-client.ts';
import { encodeDispatchRequest, encodeMultiDispatchRequest } from '../protocols/gse/dispatch-messages.ts';
import type { GatewayAuth } from '../protocols/gse/http-headers.ts';
import type { Outgoing } from './gse-outgoing.ts';

export interface PreviewInput extends Outgoing {
  readonly baseUrl: string;
  readonly slotId: bigint;
  /** UTF-8 bytes of the token as JSON writes it, without quotes; null while it is not known. */
  readonly tokenBytes: number | null;
  readonly auth: Pick<GatewayAuth, 'appCode'> & { readonly usesAccessToken: boolean };
  readonly tenantId: string;
  /** As the original does it: without a content type. */
  readonly sdkExact: boolean;
}

export interface DispatchPreview {
  readonly url: string;
  /** With `[secret]` where the token stands. */
  readonly body: Buffer;
  /** Of the body as it would go out; null while the token is not known. */
  readonly bodyBytes: number | null;
  /**
   * A command for a POSIX shell. Secrets are variables of it, SLOT_TOKEN, and APP_SECRET or ACCESS_TOKEN, with what belongs between
   * the quotes of a JSON string. They reach curl through pipes, so that nobody who lists processes reads them.
   */
  readonly curl: string;
}

const MASK = '[secret]';

export function previewDispatch(input: PreviewInput): DispatchPreview {
  const { slotId, messageId, agentIds, content, tokenBytes } = input;
  const isOne = content instanceof Uint8Array;
  const slot = { slotId, token: MASK, messageId };
  const body = isOne
    ? encodeDispatchRequest({ ...slot, agentIds, content })
    : encodeMultiDispatchRequest({ ...slot, messages: content, frontContent: '', backContent: '' });
  const url = `${input.baseUrl.replace(/\/+$/, '')}/${isOne ? DISPATCH_PATH : MULTI_DISPATCH_PATH}`;
  const bodyBytes = tokenBytes === null ? null : body.length - MASK.length + tokenBytes;
  return { url, body, bodyBytes, curl: curlLine(input, url, body) };
}

const HEADERS_END = 'HEADERS';

/** The body comes from a printf of the shell itself, the header with the secret from descriptor 3. */
function curlLine({ slotId, auth, tenantId, sdkExact }: PreviewInput, url: string, body: Buffer): string {
  const text = body.toString('utf8');
  // The token is always the second member.
  const tokenStart = `{"slot_id":${slotId},"token":"`.length;
  const before = quoted(text.slice(0, tokenStart));
  const after = quoted(text.slice(tokenStart + MASK.length));
  const authorization = authorizationLine(auth);
  const parts = [`curl -sS -X POST ${quoted(url)}`];
  parts.push(`-H ${quoted(sdkExact ? 'Content-Type:' : 'Content-Type: application/json')}`);
  if (tenantId !== '') parts.push(`-H ${quoted(`X-Bk-Tenant-Id: ${tenantId}`)}`);
  if (authorization !== null) parts.push('-H @/dev/fd/3');
  parts.push('--data-binary @-');
  const command = `printf %s ${before} "$SLOT_TOKEN" ${after} |\n${parts.join(' \\\n  ')}`;
  return authorization === null
    ? command
    : `${command} 3<<${HEADERS_END}\n${authorization}\n${HEADERS_END}\n`;
}

/** A line of a here-document, in which a shell fills in the variable. */
function authorizationLine({ appCode, usesAccessToken }: PreviewInput['auth']): string | null {
  const header = 'X-Bkapi-Authorization: ';
  if (usesAccessToken) return `${header}{"access_token": "$ACCESS_TOKEN"}`;
  if (appCode === '') return null;
  const code = JSON.stringify(appCode).replaceAll(/[\\$`]/g, String.raw`\$&`);
  return `${header}{"bk_app_code": ${code}, "bk_app_secret": "$APP_SECRET"}`;
}

/** Nothing inside single quotes means anything to a shell but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
