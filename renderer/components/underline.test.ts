import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseFilter } from '../../shared/filter/parse.ts';
import { pieces } from './underline.ts';

it('marks exactly what the parser complains about', () => {
  const text = 'sev>=warn nosuch:1 src:mimo';
  const parsed = parseFilter(text);
  const wrong = pieces(text, parsed.ok ? [] : parsed.errors).filter((piece) => piece.isWrong);
  expect(wrong.map((piece) => piece.text).join('')).toContain('nosuch');
  expect(wrong.map((piece) => piece.text).join('')).not.toContain('sev');
});

it('is the whole text again, whatever the errors', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      const parsed = parseFilter(text);
      expect(
        pieces(text, parsed.ok ? [] : parsed.errors)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text);
    }),
    { numRuns: 5_000 },
  );
});
