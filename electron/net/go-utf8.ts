/** The text Go would see in bytes (shared/go-utf8.ts). */
import { replaceBadBytes } from '../../shared/go-utf8.ts';

/** Every byte that belongs to no well-formed character becomes one U+FFFD. */
export function decodeGoUtf8(bytes: Uint8Array): string {
  const readRun = (start: number, end: number): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  return replaceBadBytes(bytes, readRun, '\ufffd');
}
