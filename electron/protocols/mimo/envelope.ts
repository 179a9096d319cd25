/**
 * Event and payload text ⇒ body bytes, exactly as the original writes them: docs/protocols/mimo.md section 2.
 */
import { scanJson } from '../../../shared/json-scan.ts';
import { characterLength } from '../../../shared/go-utf8.ts';

/** Nested containers Go's decoder accepts; its number of values is not bounded. */
export const PAYLOAD_DEPTH_MAX = 10_000;
const PAYLOAD_LIMITS = { depthMax: PAYLOAD_DEPTH_MAX, nodesMax: Number.POSITIVE_INFINITY } as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How the bytes below 0x80 that cannot stand as they are get written inside a JSON text. */
const ESCAPES: readonly (string | undefined)[] = asciiEscapes();

function asciiEscapes(): (string | undefined)[] {
  const escapes: (string | undefined)[] = [];
  for (let byte = 0; byte < 0x20; byte += 1) escapes[byte] = `\\u00${byte.toString(16).padStart(2, '0')}`;
  const short = { '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };
  for (const [character, escape] of Object.entries(short)) escapes[character.charCodeAt(0)] = escape;
  for (const character of '<>&') {
    escapes[character.charCodeAt(0)] = `\\u00${character.charCodeAt(0).toString(16)}`;
  }
  return escapes;
}

/**
 * The part of a body that does not change from one attempt to the next; null when `payload` is not valid
 * JSON.
 */
export function bodyBeforeTimestamp(event: Uint8Array, payload: Uint8Array | null): Uint8Array | null {
  const parts = [Buffer.from('{"event":'), encodeText(event)];
  if (payload !== null && payload.length > 0) {
    if (!scanJson(payload, PAYLOAD_LIMITS).ok) return null;
    parts.push(Buffer.from(',"payload":'), compactJson(payload));
  }
  return Buffer.concat(parts);
}

/** The whole body; `timestampS` is taken when the body is made, not when the event happened. */
export function wholeBody(before: Uint8Array, timestampS: number): Uint8Array {
  return Buffer.concat([before, Buffer.from(`,"timestamp":${Math.trunc(timestampS)}}`)]);
}

/** A quoted JSON text of bytes that should be UTF-8; each byte that is not becomes `\ufffd`. */
export function encodeText(bytes: Uint8Array): Buffer {
  const parts: Buffer[] = [Buffer.from('"')];
  let runStart = 0;
  let offset = 0;
  const put = (escape: string, length: number): void => {
    parts.push(viewOf(bytes, runStart, offset), Buffer.from(escape));
    offset += length;
    runStart = offset;
  };
  while (offset < bytes.length) {
    const byte = bytes[offset] ?? 0;
    const escape = ESCAPES[byte];
    const length = byte < 0x80 ? 1 : characterLength(bytes, offset);
    if (escape !== undefined) put(escape, 1);
    else if (length === 0) put('\\ufffd', 1);
    else if (isLineSeparator(bytes, offset)) put(lineSeparatorEscape(bytes, offset), 3);
    else offset += length;
  }
  parts.push(viewOf(bytes, runStart, offset), Buffer.from('"'));
  return Buffer.concat(parts);
}

/**
 * `json` must be valid. White space between tokens goes; inside strings `<` `>` `&` and U+2028, U+2029 are
 * escaped and every other byte stays, also one that is not UTF-8.
 */
export function compactJson(json: Uint8Array): Buffer {
  const parts: Buffer[] = [];
  let runStart = 0;
  let inString = false;
  let offset = 0;
  const put = (escape: string, length: number): void => {
    if (offset > runStart) parts.push(viewOf(json, runStart, offset));
    if (escape !== '') parts.push(Buffer.from(escape));
    offset += length;
    runStart = offset;
  };
  while (offset < json.length) {
    const byte = json[offset] ?? 0;
    if (!inString) {
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) put('', 1);
      else {
        inString = byte === QUOTE;
        offset += 1;
      }
    } else if (byte === BACKSLASH) offset += 2;
    else if (byte === 0x3c || byte === 0x3e || byte === 0x26) put(ESCAPES[byte] ?? '', 1);
    else if (isLineSeparator(json, offset)) put(lineSeparatorEscape(json, offset), 3);
    else {
      inString = byte !== QUOTE;
      offset += 1;
    }
  }
  parts.push(viewOf(json, runStart, json.length));
  return Buffer.concat(parts);
}

/** U+2028 or U+2029: valid in JSON, but once ended a line in JavaScript. */
function isLineSeparator(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0xe2 && bytes[offset + 1] === 0x80 && ((bytes[offset + 2] ?? 0) & 0xfe) === 0xa8;
}

function lineSeparatorEscape(bytes: Uint8Array, offset: number): string {
  return bytes[offset + 2] === 0xa8 ? '\\u2028' : '\\u2029';
}

function viewOf(bytes: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
}
