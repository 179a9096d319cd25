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

const SPACE = 0x20;
const TILDE = 0x7e;

/**
 * The same in a fraction of the time for nearly every body there is: printable ASCII with single spaces inside,
 * which oneLine would leave as it is. Null for all others. One character beyond the preview is looked at,
 * because only then is it sure to be cut.
 */
function plainPreview(body: Uint8Array): string | null {
  const looked = Math.min(body.length, CHARACTERS_MAX + 1);
  let last = SPACE;
  for (let index = 0; index < looked; index += 1) {
    const byte = body[index] ?? 0;
    if (byte < SPACE || byte > TILDE || (byte === SPACE && last === SPACE)) return null;
    last = byte;
  }
  if (looked > 0 && last === SPACE) return null;
  const bytes = body instanceof Buffer ? body : Buffer.from(body.buffer, body.byteOffset, body.length);
  if (looked <= CHARACTERS_MAX) return bytes.toString('latin1', 0, looked);
  return body[CHARACTERS_MAX - 1] === SPACE ? null : `${bytes.toString('latin1', 0, CHARACTERS_MAX - 1)}…`;
}
