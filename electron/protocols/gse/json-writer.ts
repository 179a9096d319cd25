/** JSON strings byte for byte as the original writes them: docs/protocols/gse.md section 3, "Writing". */
import { isUtf8 } from 'node:buffer';
import { replaceBadBytes } from '../../../shared/go-utf8.ts';

/**
 * A text, or bytes that should be UTF-8 and need not be: each bad byte is written as the six characters
 * `\ufffd`.
 */
export type TextOrBytes = string | Uint8Array;

/**
 * What JSON.stringify leaves raw or writes in another form. A backslash pair is matched whole, so that `\\b`
 * stays.
 */
const OTHER_FORM = /[<>&\u2028\u2029]|\\(?:u(d[89a-f][0-9a-f]{2})|.)/g;

/** One JSON string with its quotes. */
export function jsonString(value: TextOrBytes): string {
  if (typeof value === 'string') return inOriginalForm(JSON.stringify(value));
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (isUtf8(bytes)) return inOriginalForm(JSON.stringify(bytes.toString('utf8')));
  const readRun = (start: number, end: number): string =>
    inOriginalForm(JSON.stringify(bytes.toString('utf8', start, end))).slice(1, -1);
  return `"${replaceBadBytes(bytes, readRun, '\\ufffd')}"`;
}

/**
 * An array of strings, or `null`. The whole list is written at once: a dispatch names thousands of agents.
 */
export function jsonStrings(values: readonly string[] | null): string {
  return inOriginalForm(JSON.stringify(values));
}

/**
 * `json` is what JSON.stringify made. The looks for single characters run at memory speed; only a text that
 * needs it is gone through character by character.
 */
function inOriginalForm(json: string): string {
  // False alarms are possible behind an escaped backslash and cost only time.
  const isSame =
    !json.includes('\\b') &&
    !json.includes('\\f') &&
    !json.includes('\\ud') &&
    !json.includes('<') &&
    !json.includes('>') &&
    !json.includes('&') &&
    !json.includes('\u2028') &&
    !json.includes('\u2029');
  return isSame ? json : json.replace(OTHER_FORM, originalForm);
}

function originalForm(match: string, loneSurrogate: string | undefined): string {
  if (loneSurrogate !== undefined) return '\\ufffd';
  switch (match) {
    case '<':
      return '\\u003c';
    case '>':
      return '\\u003e';
    case '&':
      return '\\u0026';
    case '\u2028':
      return '\\u2028';
    case '\u2029':
      return '\\u2029';
    case '\\b':
      return '\\u0008';
    case '\\f':
      return '\\u000c';
    default:
      return match;
  }
}
