/** A named range of bytes, for lists of fields beside their bytes. */
export type WireGroup = 'line' | 'header' | 'body' | 'raw';

export interface WireField {
  /** Stable within one view, such as `header:2`. */
  readonly id: string;
  readonly group: WireGroup;
  /** Wire spelling. */
  readonly name: string;
  /** [start, end) of the bytes shown. */
  readonly start: number;
  readonly end: number;
  /** The value alone, as text for display. */
  readonly value: string;
}

/** The narrowest field that covers the byte, or null. */
export function fieldAt(fields: readonly WireField[], byteIndex: number): WireField | null {
  let best: WireField | null = null;
  for (const field of fields) {
    if (byteIndex < field.start || byteIndex >= field.end) continue;
    if (best === null || field.end - field.start < best.end - best.start) best = field;
  }
  return best;
}
