import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS } from '../tests/kit/hostile-texts.ts';
import { oneLine, terminalSafe, visibleText } from './text.ts';

/** Written out by hand, so that it does not follow a mistake in the product's own class. */
const BIDI_OR_BREAK = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL_BUT_LINES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom(' ', '\n', '\t', '\u001b', '\u202e', '\0', '😀', 'a', '\u200d'), { maxLength: 40 })
    .map((parts) => parts.join('')),
  fc.constantFrom(...HOSTILE_TEXTS),
);

describe('visibleText', () => {
  it('shows what hides', () => {
    expect(visibleText('\u001b[31mred', 100)).toBe('␛[31mred');
    expect(visibleText('abc\u202egnp.exe', 100)).toBe('abc⟦U+202E⟧gnp.exe');
    expect(visibleText('a\r\n\tb\u2028\u007f\u0085\0', 100)).toBe('a␍\n\tb⟦U+2028⟧␡⟦U+0085⟧␀');
    expect(visibleText('\ud800x', 100)).toBe('⟦U+D800⟧x');
    expect(visibleText('\u{e0041}', 100)).toBe('⟦U+E0041⟧');
  });

  it('leaves scripts, emoji and markup as they are', () => {
    for (const text of ['👩‍👩‍👧‍👦', 'نیم‌فاصله', '磁盘', '<b>&amp;</b>', 'e\u0301'])
      expect(visibleText(text, 100)).toBe(text);
  });

  it('clips at the limit and says by how much, never inside a pair', () => {
    expect(visibleText('abcd', 4)).toBe('abcd');
    expect(visibleText('abcde', 4)).toBe('abcd…⟦+1⟧');
    expect(visibleText('abc😀', 4)).toBe('abc…⟦+2⟧');
  });

  it('leaves no control but line feed and tab, no bidi sign, no lone half, in any text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 5_000 }), (text, max) => {
        const shown = visibleText(text, max);
        expect(CONTROL_BUT_LINES.test(shown) || BIDI_OR_BREAK.test(shown)).toBe(false);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown.length).toBeLessThanOrEqual(max * 9 + 20);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('oneLine', () => {
  it('joins lines, trims, shows what hides and clips', () => {
    expect(oneLine('  {\n  "a": 1\r\n}\n', 100)).toBe('{ "a": 1 }');
    expect(oneLine('a\u2028b\u001bc', 100)).toBe('a b␛c');
    expect(oneLine('abcdef', 6)).toBe('abcdef');
    expect(oneLine('abcdefg', 6)).toBe('abcde…');
    expect(oneLine('abcd😀x', 6)).toBe('abcd…');
    expect(oneLine('', 6)).toBe('');
    expect(oneLine(' '.repeat(10_000), 6)).toBe('…');
  });

  it('keeps the bound and stays one line for any text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 300 }), (text, max) => {
        const line = oneLine(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(CONTROL.test(line) || BIDI_OR_BREAK.test(line)).toBe(false);
        expect(line.isWellFormed()).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('terminalSafe', () => {
  it('leaves no way to move the cursor or to start a line', () => {
    expect(terminalSafe('a\nb\t\u001b]0;x\u0007')).toBe('a␊b␉␛]0;x␇');
    expect(terminalSafe('\u009b31m')).toBe('⟦U+009B⟧31m');
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = terminalSafe(text);
        expect(CONTROL.test(shown) || BIDI_OR_BREAK.test(shown)).toBe(false);
      }),
      { numRuns: 10_000 },
    );
  });

  it('clips a field of a megabyte', () => {
    expect(terminalSafe('x'.repeat(1_000_000))).toBe(`${'x'.repeat(4_096)}…⟦+995904⟧`);
  });
});
