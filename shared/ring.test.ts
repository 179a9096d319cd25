import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ring } from './ring.ts';

type Step =
  | { readonly op: 'push' }
  | { readonly op: 'take'; readonly count: number }
  | { readonly op: 'clear' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Step>({ op: 'push' }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('take' as const), count: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ op: 'clear' }) },
);

function members(ring: Ring<number>): (number | undefined)[] {
  return Array.from({ length: ring.length }, (_, index) => ring.at(index));
}

describe('Ring', () => {
  test('is the newest `capacity` members of a list, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
        const ring = new Ring<number>(capacity);
        let model: number[] = [];
        let next = 0;
        for (const one of steps) {
          if (one.op === 'push') {
            expect(ring.push(next)).toBe(model.length === capacity);
            model = [...model, next].slice(-capacity);
            next += 1;
          } else if (one.op === 'take') {
            expect(ring.take(one.count)).toEqual(model.slice(0, one.count));
            model = model.slice(one.count);
          } else {
            ring.clear();
            model = [];
          }
          expect(members(ring)).toEqual(model);
          expect(ring.newest()).toBe(model.at(-1));
          const target = next - 3;
          const bound = model.findIndex((member) => member >= target);
          expect(ring.lowerBound(target, (member) => member)).toBe(bound < 0 ? model.length : bound);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  test('gives nothing outside and refuses to hold nothing', () => {
    const ring = new Ring<number>(2);
    ring.push(1);
    expect(ring.at(-1)).toBeUndefined();
    expect(ring.at(1)).toBeUndefined();
    expect(() => new Ring(0)).toThrow('at least one');
    expect(() => new Ring(1.5)).toThrow('at least one');
  });
});
