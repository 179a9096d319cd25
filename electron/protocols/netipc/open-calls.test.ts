import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OpenCalls } from './open-calls.ts';

type Step = readonly ['add' | 'take' | 'clear', number];

it('keeps and gives what a Map keeps and gives, whatever comes and goes', () => {
  // Few ids that share places, so that places are taken, freed and taken again.
  const id = fc.tuple(fc.nat(2), fc.nat(3)).map(([place, round]) => place + round * 256);
  const step = fc.tuple(fc.constantFrom('add', 'add', 'take', 'take', 'clear'), id) as fc.Arbitrary<Step>;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const open = new OpenCalls<{ readonly at: number }>();
      const model = new Map<number, { readonly at: number }>();
      steps.forEach(([act, at], index) => {
        if (act === 'clear' && index % 7 === 0) {
          open.clear();
          model.clear();
        } else if (act === 'add' && !model.has(at)) {
          const value = { at: index };
          open.add(at, value);
          model.set(at, value);
        } else if (act === 'take') {
          expect(open.take(at)).toBe(model.get(at));
          model.delete(at);
        }
        expect(open.size).toBe(model.size);
        expect(open.has(at)).toBe(model.has(at));
        expect(new Map(open.entries())).toEqual(model);
      });
    }),
    { numRuns: 2_000 },
  );
});
