import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandVariables, isPerAgent, unknownVariables } from './gse-variables.ts';
import { rollingSteps } from './gse-rolling.ts';

describe('rolling steps', () => {
  it.each<[string, number, number[]]>([
    ['', 7, [7]],
    ['3', 7, [3, 3, 1]],
    ['10%', 25, [3, 3, 3, 3, 3, 3, 3, 3, 1]],
    ['100%', 7, [7]],
    ['+2', 9, [2, 4, 3]],
    ['1 *2', 12, [1, 2, 4, 5]],
    ['1 3 +1', 14, [1, 3, 4, 5, 1]],
    ['1, 50%', 10, [1, 5, 4]],
    ['5 *1', 12, [5, 5, 2]],
    ['2 +0', 5, [2, 2, 1]],
    ['1', 0, []],
  ])('of "%s" over %i targets are %j', (expression, total, sizes) => {
    expect(rollingSteps(expression, total)).toEqual(sizes);
  });

  it.each(['0', '0%', '101%', '*2', '1 *0', 'x', '1.5', '-1', '1 %', '*'])('refuses "%s"', (expression) => {
    expect(() => rollingSteps(expression, 10)).toThrow(expect.objectContaining({ code: 'E_INPUT' }) as Error);
  });

  it('cover every target once and never stand still', () => {
    const rule = fc.oneof(
      fc.integer({ min: 1, max: 50 }).map(String),
      fc.integer({ min: 1, max: 100 }).map((value) => `${value}%`),
      fc.nat(50).map((value) => `+${value}`),
      fc.integer({ min: 1, max: 5 }).map((value) => `*${value}`),
    );
    const property = fc.property(fc.array(rule, { maxLength: 6 }), fc.nat(3_000), (rules, total) => {
      const sizes = rollingSteps(['1', ...rules].join(' '), total);
      expect(sizes.every((size) => size > 0)).toBe(true);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
    });
    fc.assert(property, { numRuns: 5_000 });
  });
});

describe('variables', () => {
  const sources = { variables: { n: 3, on: true, text: '{{n}}' }, nowMs: 0, uuid: () => 'u', agentId: 'a' };

  it('are replaced once, spaces or not', () => {
    const template = '{{now}} {{ uuid }} {{agent_id}} {{n}} {{on}} {{text}} {x} {{';
    expect(expandVariables(template, sources)).toBe('1970-01-01T00:00:00.000Z u a 3 true {{n}} {x} {{');
  });

  it('leave the target open where a text is expanded once', () => {
    expect(expandVariables('{{uuid}}-{{agent_id}}', { ...sources, agentId: null })).toBe('u-{{agent_id}}');
  });

  it('that nobody defined are told, inherited names too', () => {
    expect(unknownVariables('{{x}} {{n}} {{now}} {{x}} {{constructor}}', sources.variables)).toEqual([
      'x',
      'constructor',
    ]);
    expect(() => expandVariables('{{toString}}', sources)).toThrow('no variable {{toString}}');
  });

  it('tell when every target has a text of its own', () => {
    expect([isPerAgent('{{ agent_id }}'), isPerAgent('{{uuid}}')]).toEqual([true, false]);
  });
});
