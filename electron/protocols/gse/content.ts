/**
 * What of a message's bytes survives: on the HTTP side content is a JSON string (docs/protocols/gse.md
 * section 2.4).
 */
import { isUtf8 } from 'node:buffer';

/** False when the dispatch API would replace bytes by U+FFFD: ask, or send another form. */
export function isLosslessContent(content: Uint8Array): boolean {
  return isUtf8(content);
}

/** How bytes that are not UTF-8 can travel all the same; the plugin must know. */
export type BinaryForm = 'base64' | 'hex';

/** The bytes as base64 or lower-case hex text. */
export function asTextContent(content: Uint8Array, form: BinaryForm): Buffer {
  return Buffer.from(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString(form));
}
