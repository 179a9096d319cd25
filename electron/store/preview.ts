/** The first characters of a body on one line, made once at insert so that lists never touch bodies. */
import { LIMITS } from '../../shared/limits.ts';
import { oneLine } from '../../shared/text.ts';

const CHARACTERS_MAX = LIMITS.previewCharactersMax;
/** oneLine looks at four characters for each one it gives; a UTF-16 unit is at most three bytes of UTF-8. */
const PREVIEW_BYTES_MAX = CHARACTERS_MAX * 4 * 3 + 4;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function previewOf(body: Uint8Array): string {
  return plainPreview(body) ?? carefulPreview(body);
}

/** What oneLine gives, for bodies of any bytes. */
export function carefulPreview(body: Uint8Array): string {
  const text = decoder.decode(body.length > PREVIEW_BYTES_MAX ? body.subarray(0, PREVIEW_BYTES_MAX) : body);
  return oneLine(text, CHARACTERS_MAX);
}

/** Printable ASCII with single spaces inside. */
const PLAIN = /^(?:[!-~]| (?=[!-~]))*$/;

/**
 * The same in a fraction of the time for nearly every body there is: text that oneLine would leave as it is.
 * Null for all others. One character beyond the preview is looked at, because only then is it sure to be cut.
 */
function plainPreview(body: Uint8Array): string | null {
  const bytes = body instanceof Buffer ? body : Buffer.from(body.buffer, body.byteOffset, body.length);
  const text = bytes.toString('latin1', 0, CHARACTERS_MAX + 1);
  if (text.startsWith(' ') || !PLAIN.test(text)) return null;
  if (text.length <= CHARACTERS_MAX) return text;
  return text.charAt(CHARACTERS_MAX - 1) === ' ' ? null : `${text.slice(0, CHARACTERS_MAX - 1)}…`;
}
