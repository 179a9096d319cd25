import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentIdForm, isBareAddress, parseTargets, pickCanary, targetFault } from './gse-targets.ts';

describe('targets', () => {
  it('are read from whatever is pasted, each once and in order', () => {
    const text =
      '0:10.0.0.1, 0:10.0.0.2\r\n["02000000005254003dd2ea1700473962076n"]\n# a remark 0:9.9.9.9\n0:10.0.0.1;a|b';
    const { ids, duplicates, invalid } = parseTargets(text);
    expect(ids).toEqual(['0:10.0.0.1', '0:10.0.0.2', '02000000005254003dd2ea1700473962076n', 'a', 'b']);
    expect(duplicates).toBe(1);
    expect(invalid).toEqual([]);
  });

  it('are read from the JSON of other tools, by the members that hold ids', () => {
    const list = { bk_agent_id: '0200a', bk_cloud_id: 0, version: 'v2' };
    const answer = JSON.stringify(
      { code: 0, message: 'OK', data: [list, { ...list, bk_agent_id: '0200b' }] },
      null,
      2,
    );
    expect(parseTargets(answer)).toMatchObject({ ids: ['0200a', '0200b'], invalid: [] });
    expect(parseTargets('["0:10.0.0.1", "x y"]')).toMatchObject({ ids: ['0:10.0.0.1', 'x', 'y'] });
    expect(parseTargets('{"agent_id_list":["a","b"],"content":"c"}').ids).toEqual(['a', 'b']);
    expect(parseTargets('[a b]').ids).toEqual(['a', 'b']);
    expect(parseTargets(`${'['.repeat(5_000)}"a"${']'.repeat(5_000)}`).ids).toEqual([]);
  });

  it('without a cloud id are addresses, not ids', () => {
    expect(['10.0.0.7', '0:10.0.0.7', '0200', '1.2.3'].map(isBareAddress)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('that cannot be any are told with their line', () => {
    const { ids, invalid } = parseTargets(`ok\n0:10.0.0.256\n${'x'.repeat(65)}`);
    expect(ids).toEqual(['ok']);
    expect(invalid.map(({ line, text }) => [line, text.slice(0, 12)])).toEqual([
      [2, '0:10.0.0.256'],
      [3, 'xxxxxxxxxxxx'],
    ]);
    expect(targetFault('a b')).not.toBeNull();
    expect(targetFault('')).not.toBeNull();
    expect(targetFault('0:1.2.3')).not.toBeNull();
    expect(targetFault('4294967296:1.2.3.4')).toBeNull();
  });

  it('on the exclude list are counted and left out', () => {
    expect(parseTargets('a b c', new Set(['b', 'z']))).toMatchObject({ ids: ['a', 'c'], excluded: 1 });
  });

  it('have one of two forms', () => {
    expect([agentIdForm('0:127.0.0.1'), agentIdForm('0200')]).toEqual(['legacy', 'agent']);
  });

  it('a canary is a part of them in their order, as large as asked', () => {
    const ids = Array.from({ length: 40 }, (_, index) => `a${index}`);
    const property = fc.property(
      fc.nat(50),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true })),
      (count, chances) => {
        const picked = pickCanary(ids, count, () => Number(chances.next().value));
        expect(picked.length).toBe(Math.min(count, ids.length));
        expect(ids.filter((id) => picked.includes(id))).toEqual(picked);
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });

  it('never throw, whatever is pasted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void parseTargets(text)),
      { numRuns: 5_000 },
    );
  });
});
