import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { carefulPreview, previewOf } from './preview.ts';

describe('previews', () => {
  it('take a short cut for plain bodies that gives exactly what the careful way gives', () => {
    const plain = fc.string({ minLength: 190, maxLength: 215 }).map((text) => Buffer.from(text));
    const spaced = fc
      .array(fc.constantFrom('a', '{', ' ', '  ', 'z'), { minLength: 150, maxLength: 300 })
      .map((parts) => Buffer.from(parts.join('')));
    const single = fc
      .tuple(fc.integer({ min: 195, max: 205 }), fc.integer({ min: 0, max: 210 }))
      .map(([length, space]) =>
        Buffer.from('x'.repeat(length).replace(new RegExp(`^(.{${space}}).`), '$1 ')),
      );
    const anything = fc.uint8Array({ maxLength: 1_000 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(plain, spaced, single, anything), (body) => {
        expect(previewOf(body)).toBe(carefulPreview(body));
        expect(previewOf(body).length).toBeLessThanOrEqual(LIMITS.previewCharactersMax);
      }),
      { numRuns: 10_000 },
    );
  });

  it('of nothing is nothing; of white space too', () => {
    expect(previewOf(new Uint8Array())).toBe('');
    expect(previewOf(Buffer.from(' \n\t '))).toBe('');
  });
});
