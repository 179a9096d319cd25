/** Bytes as rows of sixteen, in hex and in ASCII. */
export const LINE_BYTES = 16;

export interface HexCell {
  /** Index in the whole. */
  readonly at: number;
  readonly hex: string;
  /** `·` for what has no printable ASCII form. */
  readonly ascii: string;
}

export function lineCount(bytesLength: number): number {
  return Math.ceil(bytesLength / LINE_BYTES);
}

export function hexLine(bytes: Uint8Array, line: number): readonly HexCell[] {
  const start = line * LINE_BYTES;
  const cells: HexCell[] = [];
  for (let at = start; at < Math.min(bytes.length, start + LINE_BYTES); at += 1) {
    const byte = bytes[at] ?? 0;
    const isPrintable = byte >= 0x20 && byte < 0x7f;
    cells.push({
      at,
      hex: byte.toString(16).padStart(2, '0'),
      ascii: isPrintable ? String.fromCharCode(byte) : '·',
    });
  }
  return cells;
}

export function offsetText(at: number): string {
  return at.toString(16).padStart(6, '0');
}

/** `1f 8b 00`, for copying. */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  return Array.from(bytes.subarray(start, end), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
