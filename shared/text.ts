/**
 * Texts of peers made safe to look at (promise A9) and to print (promise I3): what could hide, move the
 * cursor or turn the reading direction is shown as a sign of its own. Nothing here is meant to be undone.
 */
import { LIMITS } from './limits.ts';

/**
 * Controls, format signs (bidirectional overrides and isolates, zero width signs, byte order mark, tags),
 * lone surrogates, line and paragraph separators, noncharacters. Joiners U+200C and U+200D stay: scripts and
 * emoji need them.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;
const JOINERS = new Set(['\u200c', '\u200d']);
const WHITE_SPACE_RUN = /\s+/g;
const CONTROL_PICTURES = 0x2400;
const DELETE_PICTURE = '\u2421';

/** ESC becomes ␛, a right-to-left override ⟦U+202E⟧. */
function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  if (code === 0x7f) return DELETE_PICTURE;
  return `⟦U+${code.toString(16).toUpperCase().padStart(4, '0')}⟧`;
}

/** The first characters (UTF-16 units), never half a pair. */
function clip(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const last = text.charCodeAt(charactersMax - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? charactersMax - 1 : charactersMax);
}

/**
 * For text nodes of a window: line feeds and tabs stay, everything else hidden is shown. Longer texts are cut
 * after `charactersMax` UTF-16 units of the input and end with `…⟦+n⟧`, n units left out.
 */
export function visibleText(text: string, charactersMax: number): string {
  const kept = clip(text, charactersMax);
  const shown = kept.replace(HIDDEN, (character) =>
    character === '\n' || character === '\t' || JOINERS.has(character) ? character : picture(character),
  );
  return kept.length === text.length ? shown : `${shown}…⟦+${text.length - kept.length}⟧`;
}

/**
 * At most this many characters of input are looked at for each one of output, however much white space there
 * is.
 */
const LOOK_AHEAD = 4;

/**
 * For previews: runs of white space become one space, what is hidden is shown, and the result has at most
 * `charactersMax` UTF-16 units, the last being `…` when something is missing. Reads only the beginning of the
 * text.
 */
export function oneLine(text: string, charactersMax: number): string {
  const head = clip(text, charactersMax * LOOK_AHEAD);
  const line = showHidden(head.replace(WHITE_SPACE_RUN, ' ').trim());
  const isWhole = head.length === text.length;
  if (isWhole && line.length <= charactersMax) return line;
  return `${clip(line, charactersMax - 1)}…`;
}

function showHidden(text: string): string {
  return text.replace(HIDDEN, (character) => (JOINERS.has(character) ? character : picture(character)));
}

/**
 * For one field on a terminal line: no control character, line break or bidirectional sign is left, so a peer
 * can neither move the cursor nor start a line. Cut after `charactersMax` UTF-16 units of the input as
 * visibleText does.
 */
export function terminalSafe(text: string, charactersMax: number = LIMITS.logFieldBytesMax): string {
  const kept = clip(text, charactersMax);
  const shown = showHidden(kept);
  return kept.length === text.length ? shown : `${shown}…⟦+${text.length - kept.length}⟧`;
}
