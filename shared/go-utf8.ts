/**
 * UTF-8 as Go reads it: every byte that does not belong to a well-formed character stands for one U+FFFD, where the web's
 * decoder makes one of several (docs/protocols/mimo.md section 2, docs/protocols/gse.md section 3).
 */

/**
 * Length in bytes of the well-formed character at `offset`: 1 to 4, or 0 when the byte there starts none (overlong forms,
 * surrogates and cut sequences included). `offset` must be inside `bytes`.
 */
export function characterLength(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[offset + 1] ?? 0;
  if (first < 0xe0) return isContinuation(second) ? 2 : 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high || !isContinuation(bytes[offset + 2] ?? 0)) return 0;
  if (first < 0xf0) return 3;
  return isContinuation(bytes[offset + 3] ?? 0) ? 4 : 0;
}

/**
 * The bytes as text: each run of well-formed characters goes through `readRun(start, end)`, each other byte becomes `mark`.
 * Costs one pass over the bytes.
 */
export function replaceBadBytes(
  bytes: Uint8Array,
  readRun: (start: number, end: number) => string,
  mark: string,
): string {
  const parts: string[] = [];
  let runStart = 0;
  let offset = 0;
  while (offset < bytes.length) {
    const length = characterLength(bytes, offset);
    if (length > 0) {
      offset += length;
      continue;
    }
    if (offset > runStart) parts.push(readRun(runStart, offset));
    parts.push(mark);
    offset += 1;
    runStart = offset;
  }
  if (offset > runStart) parts.push(readRun(runStart, offset));
  return parts.join('');
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
