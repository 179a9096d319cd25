/** Peer texts as they may stand on the screen (promise A9). */
import { LIMITS } from '../../shared/limits.ts';
import { oneLine, visibleText } from '../../shared/text.ts';

const CELL_CHARACTERS_MAX = 400;

/** For a cell: one line, what is hidden made visible. */
export function cellText(text: string): string {
  return text === '' ? '' : oneLine(text, CELL_CHARACTERS_MAX);
}

/** For a field of its own: line feeds stay, cut at the limit. */
export function shownText(text: string): string {
  return visibleText(text, LIMITS.peerTextBytesMax);
}
