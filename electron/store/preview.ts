/** The first characters of a body on one line, made once at insert so that lists never touch bodies. */
import { LIMITS } from '../../shared/limits.ts';
import { oneLine } from '../../shared/text.ts';

/** oneLine looks at four characters for each one it gives; a UTF-16 unit is at most three bytes of UTF-8. */
const PREVIEW_BYTES_MAX = LIMITS.previewCharactersMax * 4 * 3 + 4;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function previewOf(body: Uint8Array): string {
  const text = decoder.decode(body.length > PREVIEW_BYTES_MAX ? body.subarray(0, PREVIEW_BYTES_MAX) : body);
  return oneLine(text, LIMITS.previewCharactersMax);
}
