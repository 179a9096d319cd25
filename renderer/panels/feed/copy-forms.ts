/** An event as text to take away: JSON, a curl line and a line for our own CLI that send it again. */
import type { EventDetail } from '../../../shared/model/event.ts';
import { shellQuote } from '../../../shared/shell-quote.ts';
import { memberOf, readJson, sliceText, unquote } from './json-offsets.ts';
import { wireFields } from './wire-fields.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null; // TypeError: not UTF-8
  }
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * The row and its body. A JSON body is put in as it came, so that numbers keep their digits; other bytes go
 * as base64.
 */
export function eventJson(detail: EventDetail): string {
  const { row, body } = detail;
  const lines = Object.entries(row).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  const text = utf8(body);
  if (text === null) lines.push(`  "bodyBase64": ${JSON.stringify(base64(body))}`);
  else if (readJson(body) !== null) lines.push(`  "body": ${text.trim()}`);
  else if (body.length > 0) lines.push(`  "bodyText": ${JSON.stringify(text)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/**
 * Sends the same request again: method, address, content type and body bytes. Null when there is no request
 * to repeat.
 */
export function curlLine(detail: EventDetail): string | null {
  const value = headReader(detail);
  const method = value('method');
  const address = addressOf(value);
  if (method === null || address === null) return null;
  const parts = ['curl', '-sS'];
  if (method !== 'POST' || detail.body.length === 0) parts.push('-X', shellQuote(method));
  const type = value('content-type');
  if (type !== null) parts.push('-H', shellQuote(`Content-Type: ${type}`));
  const body = utf8(detail.body);
  const isPlain = body !== null && !body.includes('\u0000');
  if (isPlain && body !== '') parts.push('--data-binary', shellQuote(body));
  if (!isPlain) parts.push('--data-binary', '@-');
  parts.push(shellQuote(address));
  const line = parts.join(' ');
  return isPlain ? line : `printf %s ${shellQuote(base64(detail.body))} | base64 -d | ${line}`;
}

type HeadReader = (name: string) => string | null;

/** Part of the request line or header by its name in lower case; null when it is not there. */
function headReader({ head, body }: EventDetail): HeadReader {
  const fields = wireFields(head, body);
  return (name) => {
    const field = fields.find((other) => other.name.toLowerCase() === name && other.group !== 'body');
    if (field === undefined) return null;
    // The field's own value is cut for display; what is sent again must be whole.
    const whole = sliceText(head, field.start, field.end);
    return field.group === 'header' ? whole.slice(field.name.length + 1).trim() : whole;
  };
}

/** Where the request came to; null when that cannot be told. */
function addressOf(value: HeadReader): string | null {
  const target = value('target');
  const host = value('host');
  return target === null || host === null || !target.startsWith('/') ? null : `http://${host}${target}`;
}

/** What `notify` takes when nothing else is configured. */
const USUAL_ENDPOINT = 'http://127.0.0.1:9988/mimo/events';

/** `signalbox notify <event> [json]` to the listener it came to; null when the body is no MIMO event. */
export function cliLine(detail: EventDetail): string | null {
  const text = utf8(detail.body);
  const root = readJson(detail.body);
  const event = memberOf(root, 'event');
  if (text === null || event === null || event.value.kind !== 'string') return null;
  const name = unquote(sliceText(detail.body, event.value.start, event.value.end));
  const payload = memberOf(root, 'payload');
  const words = [name];
  if (payload !== null) words.push(sliceText(detail.body, payload.value.start, payload.value.end));
  const address = addressOf(headReader(detail));
  const options = address === null || address === USUAL_ENDPOINT ? [] : ['--endpoint', shellQuote(address)];
  // A number below zero would be taken for an option, too.
  if (words.some((word) => word.startsWith('-'))) options.push('--');
  return ['signalbox', 'notify', ...options, ...words.map(shellQuote)].join(' ');
}
