/** The first characters of a body on one line, made once at insert so that lists never touch bodies. */
import { LIMITS } from '../../shared/limits.ts';

const UTF8_BYTES_PER_CHARACTER_MAX = 4;
const PREVIEW_BYTES_MAX = LIMITS.previewCharactersMax * UTF8_BYTES_PER_CHARACTER_MAX;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function previewOf(body: Uint8Array): string {
  const text = decoder.decode(body.length > PREVIEW_BYTES_MAX ? body.subarray(0, PREVIEW_BYTES_MAX) : body);
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ').slice(0, LIMITS.previewCharactersMax);
}
