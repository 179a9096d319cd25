import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonNode, memberOf, readJson, sliceText, unquote } from './json-offsets.ts';

const encoder = new TextEncoder();

function build(node: JsonNode, bytes: Uint8Array): unknown {
  if (node.kind === 'array') return node.members.map((member) => build(member.value, bytes));
  if (node.kind === 'object') {
    const pairs = node.members.map((member) => [member.name ?? '', build(member.value, bytes)] as const);
    return Object.fromEntries(pairs);
  }
  return JSON.parse(sliceText(bytes, node.start, node.end));
}

describe('reading JSON with offsets', () => {
  it('gives the same value as JSON.parse from the ranges it names', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        const bytes = encoder.encode(spaced);
        const node = readJson(bytes);
        expect(node).not.toBeNull();
        if (node !== null) expect(build(node, bytes)).toEqual(JSON.parse(spaced));
      }),
      { numRuns: 5_000 },
    );
  });

  it('accepts exactly what JSON.parse accepts', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '01',
      '1.5e3',
      'true',
      'nul',
      'null',
      ' ',
      '"\\',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false; // SyntaxError: the reference says no
        }
        expect(readJson(encoder.encode(text)) !== null).toBe(valid);
      }),
      { numRuns: 10_000 },
    );
  });

  it('keeps the spelling of numbers', () => {
    const bytes = encoder.encode('{"size":15362991415296000001,"x":1.0e+2}');
    const node = readJson(bytes);
    const size = memberOf(node, 'size');
    expect(size && sliceText(bytes, size.value.start, size.value.end)).toBe('15362991415296000001');
  });

  it('takes the last of duplicate names and treats __proto__ as a name', () => {
    const bytes = encoder.encode('{"a":1,"__proto__":{"x":1},"a":2}');
    const node = readJson(bytes);
    const last = memberOf(node, 'a');
    expect(last && sliceText(bytes, last.value.start, last.value.end)).toBe('2');
    expect(memberOf(node, '__proto__')?.value.kind).toBe('object');
  });

  it('reads strings that are not UTF-8 and refuses what is too deep', () => {
    const bytes = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
    expect(readJson(bytes)?.kind).toBe('string');
    expect(readJson(encoder.encode('['.repeat(300) + ']'.repeat(300)))).toBeNull();
  });

  it('gives the raw token when an escape is wrong', () => {
    expect(unquote('"a\\u00e9"')).toBe('aé');
    expect(unquote('"a\\q"')).toBe('"a\\q"');
  });
});
