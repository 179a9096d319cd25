import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compilePattern,
  containsFolded,
  foldAscii,
  likePattern,
  literalPattern,
  patternLiteral,
} from './wildcard.ts';

/** The slow, obvious definition. */
function slow(pattern: readonly string[], text: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return text.length === 0;
  if (head === '*') return slow(rest, text) || (text.length > 0 && slow(pattern, text.slice(1)));
  const [first, ...others] = text;
  return first !== undefined && (head === '?' || head === first) && slow(rest, others);
}

describe('compilePattern', () => {
  it('agrees with the obvious definition, by code point', () => {
    const pieces = fc.array(fc.constantFrom('*', '?', 'a', 'b', '😀'), { maxLength: 8 });
    const text = fc.array(fc.constantFrom('a', 'b', '😀', '😁'), { maxLength: 10 });
    fc.assert(
      fc.property(pieces, text, fc.boolean(), (pattern, characters, isLong) => {
        // Long texts take another way through the code.
        const padded = isLong ? [...Array.from({ length: 260 }, () => 'a'), ...characters] : characters;
        const padding = isLong ? 'a'.repeat(260) : '';
        const expected = slow(pattern, characters);
        expect(compilePattern(padding + pattern.join(''))(padded.join(''))).toBe(expected);
      }),
      { numRuns: 10_000 },
    );
  });

  it('finds middles in long texts, with and without ?', () => {
    const text = `${'x'.repeat(500)}NEEDLE${'y'.repeat(500)}End`;
    expect(compilePattern('x*needle*e?d')(text)).toBe(true);
    expect(compilePattern('x*nee?le*end')(text)).toBe(true);
    expect(compilePattern('x*needles*end')(text)).toBe(false);
    expect(compilePattern('*needle*needle*')(text)).toBe(false);
  });

  it('does not slow down on patterns that make a backtracking matcher explode', () => {
    const text = 'a'.repeat(200_000);
    expect(compilePattern(`${'*a'.repeat(900)}*b`)(text)).toBe(false);
    expect(compilePattern(`${'a*'.repeat(900)}b`)(text)).toBe(false);
    expect(compilePattern(`${'*a?'.repeat(600)}*b`)(text)).toBe(false);
  });

  it('folds ASCII only', () => {
    expect(compilePattern('ABC*')('abcdef')).toBe(true);
    expect(compilePattern('É')('é')).toBe(false);
    expect(compilePattern('k')('\u212a')).toBe(false);
  });

  it('takes a backslash at the very end for itself', () => {
    expect(compilePattern('a\\')('a\\')).toBe(true);
    expect(patternLiteral('a\\')).toBe('a\\');
    expect(likePattern('a\\')).toBe('a\\\\');
  });
});

describe('literalPattern', () => {
  it('matches its own text and gives it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, other) => {
        const pattern = literalPattern(text);
        expect(patternLiteral(pattern)).toBe(text);
        expect(compilePattern(pattern)(text)).toBe(true);
        expect(compilePattern(pattern)(other)).toBe(foldAscii(text) === foldAscii(other));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('containsFolded', () => {
  it('is a substring search that folds A to Z and nothing else', () => {
    const characters = fc.string({
      unit: fc.constantFrom('a', 'A', 'Z', 'z', 'İ', '\u212a', 'Σ', 'ς', '@', '['),
    });
    const fold = (text: string): string =>
      Array.from(text, (c) => (c >= 'A' && c <= 'Z' ? c.toLowerCase() : c)).join('');
    fc.assert(
      fc.property(characters, characters, (text, needle) => {
        expect(foldAscii(text)).toBe(fold(text));
        expect(containsFolded(text, foldAscii(needle))).toBe(fold(text).includes(fold(needle)));
        // Long texts take another way through the code.
        const long = '-'.repeat(300) + text;
        expect(containsFolded(long, foldAscii(needle))).toBe(fold(text).includes(fold(needle)));
      }),
      { numRuns: 5_000 },
    );
  });
});
