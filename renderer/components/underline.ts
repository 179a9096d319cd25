/** The filter text cut into pieces, those at fault marked. */
import type { FilterError } from '../../shared/filter/filter-error.ts';

export interface Piece {
  readonly start: number;
  readonly text: string;
  readonly isWrong: boolean;
}

/** Pieces in order, together the whole text. Spans may overlap. */
export function pieces(text: string, errors: readonly FilterError[]): readonly Piece[] {
  const cuts = new Set([0, text.length]);
  for (const { span } of errors) {
    cuts.add(Math.min(span.start, text.length));
    cuts.add(Math.min(span.end, text.length));
  }
  const places = [...cuts].toSorted((a, b) => a - b);
  return places.slice(0, -1).map((start, index) => {
    const end = places[index + 1] ?? text.length;
    return {
      start,
      text: text.slice(start, end),
      isWrong: errors.some(({ span }) => span.start < end && span.end > start),
    };
  });
}
