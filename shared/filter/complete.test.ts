import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '../model/event.ts';
import { COMPLETIONS_MAX, completions, type KnownValues } from './complete.ts';
import { parseFilter } from './parse.ts';

const KNOWN: KnownValues = {
  fields: { type: ['bdev_ready', 'machine_info', 'a,b', 'odd "name"', 'star*'], host: ['node-1', 'node-12'] },
  bodyPaths: [
    ['ctrlr', 'name'],
    ['list', '0', 'x y'],
  ],
};

/** `|` in the text is the caret. */
function at(marked: string, known = KNOWN) {
  const caret = marked.indexOf('|');
  const text = marked.replace('|', '');
  const found = completions(text, caret, known);
  const inserts = found.options.map(({ insert }) => insert);
  const apply = (index: number) => text.slice(0, found.from) + (inserts[index] ?? '') + text.slice(found.to);
  return { ...found, inserts, apply };
}

describe('completions', () => {
  it('offers all fields in an empty box', () => {
    expect(at('|').inserts).toContain('src:');
    expect(at('|').inserts).toContain('body.');
    expect(at('a |').from).toBe(2);
  });

  it('offers fields by name and alias, also after a minus and inside parentheses', () => {
    expect(at('ho|').inserts).toEqual(['host:']);
    expect(at('sever|').inserts).toEqual(['sev:']);
    expect(at('-ho|').apply(0)).toBe('-host:');
    expect(at('(a OR ho|)').apply(0)).toBe('(a OR host:)');
    expect(at('ho|xx b').apply(0)).toBe('host: b');
  });

  it('offers operators after a whole field name', () => {
    expect(at('sev|').inserts.slice(0, 7)).toEqual([
      'sev:',
      'sev=',
      'sev!=',
      'sev>',
      'sev>=',
      'sev<',
      'sev<=',
    ]);
    expect(at('src|').inserts).toEqual(['src:', 'src=', 'src!=']);
  });

  it('offers closed lists and known values, best first', () => {
    expect(at('sev>=|').inserts).toEqual([...SEVERITIES]);
    expect(at('src:m|').inserts[0]).toBe('mimo');
    expect(at('host:2|').inserts).toEqual(['node-12']);
    expect(at('host:NODE|').inserts).toEqual(['node-1', 'node-12']);
    expect(at('peer:|').inserts).toEqual([]);
  });

  it('replaces just the value of a list that the caret is in', () => {
    expect(at('type:mach|').apply(0)).toBe('type:machine_info');
    expect(at('type:x,mach| b').apply(0)).toBe('type:x,machine_info b');
    expect(at('type:mach|,x').apply(0)).toBe('type:machine_info,x');
    expect(at('type:"a,|').apply(0)).toBe('type:"a,b"');
    expect(at('type:"b|x y",z w').apply(0)).toBe('type:bdev_ready,z w');
  });

  it('quotes what needs it', () => {
    expect(at('type:a|').inserts).toContain('"a,b"');
    expect(at('type:odd|').inserts).toEqual(['"odd \\"name\\""']);
    expect(at('type:star|').inserts).toEqual(['"star*"']);
    expect(at('type=star|').inserts).toEqual(['"star*"']);
  });

  it('offers known body paths', () => {
    expect(at('body.c|').inserts).toEqual(['body.ctrlr.name:']);
    expect(at('body.l|').inserts).toEqual(['body.list[0]["x y"]:']);
  });

  it('offers nothing inside a quoted text', () => expect(at('"type:|').inserts).toEqual([]));

  it('offers OR only in its own spelling', () => {
    expect(at('a O|').inserts).toEqual(['OR ']);
    expect(at('a o|').inserts).toEqual([]);
  });

  it('is bounded', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `t${index}`);
    expect(at('type:|', { fields: { type: many }, bodyPaths: [] }).options).toHaveLength(COMPLETIONS_MAX);
  });

  it('never throws, stays inside the text, and a completed value parses', () => {
    const parts = fc.constantFrom(
      'type',
      'sev',
      ':',
      '>=',
      'b',
      '"',
      '\\',
      ',',
      ' ',
      '(',
      '-',
      'body',
      '.',
      '[',
      '磁',
    );
    const text = fc.array(parts, { maxLength: 8 }).map((some) => some.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: -1, max: 40 }), (typed, caret) => {
        const found = completions(typed, caret, KNOWN);
        expect(found.from).toBeGreaterThanOrEqual(0);
        expect(found.from).toBeLessThanOrEqual(found.to);
        expect(found.to).toBeLessThanOrEqual(typed.length);
      }),
      { numRuns: 10_000 },
    );
    for (const value of KNOWN.fields.type ?? []) {
      const index = at('type:|').options.findIndex(({ label }) => label === value);
      expect(parseFilter(at('type:|').apply(index)).ok).toBe(true);
    }
  });
});
