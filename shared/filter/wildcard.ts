/**
 * Patterns of the `:` operator, without regard to ASCII case. No regular expression is ever built from what a
 * user typed: time is at most text length × pattern length, and linear in both for patterns without `?`.
 */

/** One piece of a pattern between stars: character codes folded to lower case, ANY_ONE for `?`. */
interface Segment {
  readonly codes: readonly number[];
  /** The folded text when no `?` is inside, for the native search. */
  readonly literal: string | null;
}

const ANY_ONE = -1;
/** Above this a text is folded once and searched natively; below, comparing in place is cheaper. */
const FOLD_ABOVE_CHARACTERS = 256;
const NON_ASCII = /[\u0080-\uffff]/;
const UPPER_RUN = /[A-Z]+/g;

/** ASCII letters to lower case, everything else untouched, length kept. */
export function foldAscii(text: string): string {
  // toLowerCase is native and equals the ASCII folding exactly where the text is ASCII.
  return NON_ASCII.test(text) ? text.replace(UPPER_RUN, (run) => run.toLowerCase()) : text.toLowerCase();
}

/** True when `text` has `foldedNeedle` (already folded, well formed) in it, without regard to ASCII case. */
export function containsFolded(text: string, foldedNeedle: string): boolean {
  if (foldedNeedle.length > text.length) return false;
  if (text.length > FOLD_ABOVE_CHARACTERS) return foldAscii(text).includes(foldedNeedle);
  if (foldedNeedle === '') return true;
  const first = foldedNeedle.charCodeAt(0);
  const firstUpper = first >= 97 && first <= 122 ? first - 32 : first;
  for (let start = 0; start + foldedNeedle.length <= text.length; start++) {
    const code = text.charCodeAt(start);
    if ((code === first || code === firstUpper) && standsAt(text, start, foldedNeedle)) return true;
  }
  return false;
}

function standsAt(text: string, start: number, foldedNeedle: string): boolean {
  for (let index = 1; index < foldedNeedle.length; index++) {
    if (foldCode(text.charCodeAt(start + index)) !== foldedNeedle.charCodeAt(index)) return false;
  }
  return true;
}

/** A pattern that matches exactly this text (but for ASCII case). */
export function literalPattern(text: string): string {
  return text.replace(/[\\*?]/g, (character) => `\\${character}`);
}

/** The one text a pattern without wildcards matches, or null when it has wildcards. */
export function patternLiteral(pattern: string): string | null {
  let literal = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '*' || character === '?') return null;
    if (character === '\\' && index + 1 < pattern.length) index++;
    literal += pattern.charAt(index);
  }
  return literal;
}

/** The runs of plain text between the wildcards of a pattern: whatever it matches has each of them inside. */
export function patternParts(pattern: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '*' || character === '?') {
      parts.push(part);
      part = '';
      continue;
    }
    if (character === '\\' && index + 1 < pattern.length) index++;
    part += pattern.charAt(index);
  }
  return [...parts, part].filter((text) => text !== '');
}

/** The pattern in SQLite's LIKE form, for `LIKE ? ESCAPE '\'`. */
export function likePattern(pattern: string): string {
  let like = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '*') like += '%';
    else if (character === '?') like += '_';
    else {
      if (character === '\\' && index + 1 < pattern.length) index++;
      const literal = pattern.charAt(index);
      like += literal === '%' || literal === '_' || literal === '\\' ? `\\${literal}` : literal;
    }
  }
  return like;
}

/** Compiles once; the function it gives allocates nothing for short texts. `?` stands for one code point. */
export function compilePattern(pattern: string): (text: string) => boolean {
  const segments = splitSegments(foldAscii(pattern.toWellFormed()));
  const first = segments[0];
  const last = segments[segments.length - 1];
  if (first === undefined || last === undefined) return () => true;
  if (segments.length === 1) return (text) => matchAt(text, 0, first) === text.length;
  const middle = segments.slice(1, -1).filter((segment) => segment.codes.length > 0);
  return (text) => {
    let position = matchAt(text, 0, first);
    if (position < 0) return false;
    const haystack = middle.length > 0 && text.length > FOLD_ABOVE_CHARACTERS ? foldAscii(text) : null;
    for (const segment of middle) {
      position = find(text, haystack, position, segment);
      if (position < 0) return false;
    }
    return matchBefore(text, position, last);
  };
}

function splitSegments(pattern: string): Segment[] {
  const segments: Segment[] = [];
  let codes: number[] = [];
  const close = (): void => {
    segments.push({
      codes,
      literal: codes.includes(ANY_ONE) ? null : codes.map((code) => String.fromCharCode(code)).join(''),
    });
    codes = [];
  };
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '*') close();
    else if (character === '?') codes.push(ANY_ONE);
    else {
      if (character === '\\' && index + 1 < pattern.length) index++;
      codes.push(pattern.charCodeAt(index));
    }
  }
  close();
  return segments;
}

function foldCode(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

function isPair(text: string, highIndex: number): boolean {
  const high = text.charCodeAt(highIndex);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(highIndex + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

/** Where the segment ends when it stands at `start`, or -1. */
function matchAt(text: string, start: number, segment: Segment): number {
  let position = start;
  for (const code of segment.codes) {
    if (position >= text.length) return -1;
    if (code === ANY_ONE) position += isPair(text, position) ? 2 : 1;
    else if (foldCode(text.charCodeAt(position)) === code) position++;
    else return -1;
  }
  return position;
}

/** True when the segment ends the text and starts at `from` or later. */
function matchBefore(text: string, from: number, segment: Segment): boolean {
  let position = text.length;
  for (let index = segment.codes.length - 1; index >= 0; index--) {
    const code = segment.codes[index];
    if (position <= from) return false;
    if (code === ANY_ONE) position -= position - 2 >= from && isPair(text, position - 2) ? 2 : 1;
    else if (foldCode(text.charCodeAt(position - 1)) === code) position--;
    else return false;
  }
  return true;
}

/** Where the first occurrence at `from` or later ends, or -1. */
function find(text: string, haystack: string | null, from: number, segment: Segment): number {
  if (haystack !== null && segment.literal !== null) {
    const found = haystack.indexOf(segment.literal, from);
    return found < 0 ? -1 : found + segment.literal.length;
  }
  for (let start = from; start + segment.codes.length <= text.length; start++) {
    const end = matchAt(text, start, segment);
    if (end >= 0) return end;
  }
  return -1;
}
