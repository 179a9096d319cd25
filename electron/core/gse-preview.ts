/**
 * What a dispatch would put on the wire, to look at and to copy: every byte exact but the secrets, which are
 * never in it. Pure.
 */
import { DISPATCH_PATH } from '../protocols/gse/dispatch-client.ts';
import { encodeDispatchRequest } from '../protocols/gse/dispatch-messages.ts';
import type { GatewayAuth } from '../protocols/gse/http-headers.ts';

export interface PreviewInput {
  readonly baseUrl: string;
  readonly slotId: bigint;
  /** UTF-8 bytes of the token as JSON writes it, without quotes; null while it is not known. */
  readonly tokenBytes: number | null;
  readonly auth: Pick<GatewayAuth, 'appCode'> & { readonly usesAccessToken: boolean };
  readonly tenantId: string;
  readonly messageId: string;
  readonly agentIds: readonly string[];
  readonly content: Uint8Array;
}

export interface DispatchPreview {
  readonly url: string;
  /** With `[secret]` where the token stands. */
  readonly body: Buffer;
  /** Of the body as it would go out; null while the token is not known. */
  readonly bodyBytes: number | null;
  /** A command for a POSIX shell; secrets are variables of it: SLOT_TOKEN, and APP_SECRET or ACCESS_TOKEN. */
  readonly curl: string;
}

const MASK = '[secret]';

export function previewDispatch(input: PreviewInput): DispatchPreview {
  const { slotId, messageId, agentIds, content, tokenBytes } = input;
  const body = encodeDispatchRequest({ slotId, token: MASK, messageId, agentIds, content });
  const url = `${input.baseUrl.replace(/\/+$/, '')}/${DISPATCH_PATH}`;
  const bodyBytes = tokenBytes === null ? null : body.length - MASK.length + tokenBytes;
  return { url, body, bodyBytes, curl: curlLine(input, url, body) };
}

function curlLine({ slotId, auth, tenantId }: PreviewInput, url: string, body: Buffer): string {
  const text = body.toString('utf8');
  // The token is always the second member.
  const tokenStart = `{"slot_id":${slotId},"token":"`.length;
  const before = text.slice(0, tokenStart);
  const after = text.slice(tokenStart + MASK.length);
  const parts = [`curl -sS -X POST ${quoted(url)}`, `-H ${quoted('Content-Type: application/json')}`];
  if (tenantId !== '') parts.push(`-H ${quoted(`X-Bk-Tenant-Id: ${tenantId}`)}`);
  const authorization = authorizationParts(auth);
  if (authorization !== null) parts.push(`-H ${authorization}`);
  parts.push(`--data-binary ${quoted(before)}"$SLOT_TOKEN"${quoted(after)}`);
  return parts.join(' \\\n  ');
}

function authorizationParts({ appCode, usesAccessToken }: PreviewInput['auth']): string | null {
  const header = 'X-Bkapi-Authorization: ';
  if (usesAccessToken) return `${quoted(`${header}{"access_token": "`)}"$ACCESS_TOKEN"${quoted('"}')}`;
  if (appCode === '') return null;
  const start = `${header}{"bk_app_code": ${JSON.stringify(appCode)}, "bk_app_secret": "`;
  return `${quoted(start)}"$APP_SECRET"${quoted('"}')}`;
}

/** Nothing inside single quotes means anything to a shell but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
