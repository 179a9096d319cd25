import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanJson } from './json-scan.ts';

const WIDE = { depthMax: 1_000, nodesMax: 1_000_000 };
const encoder = new TextEncoder();
const scan = (text: string, limits = WIDE): ReturnType<typeof scanJson> =>
  scanJson(encoder.encode(text), limits);

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Expected: SyntaxError.
    return false;
  }
}

/** Texts near JSON: pieces of its grammar in any order. */
const nearJson = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '"\\u00e9"',
      '"\\ud83d"',
      '0',
      '-',
      '1.5',
      'e',
      '+',
      '.',
      '01',
      'true',
      'false',
      'null',
      'nul',
      ' ',
      '\t',
      '\n',
      '\u000b',
      '\ufeff',
      '\u0001',
      '"x":1',
      '1e5',
      '\\u12',
      '/**/',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('scanJson', () => {
  test('agrees with JSON.parse on texts near JSON', () => {
    fc.assert(
      fc.property(nearJson, (text) => {
        expect(scan(text).ok).toBe(parses(text));
      }),
      { numRuns: 30_000 },
    );
  });

  test('accepts every text JSON.stringify writes, and counts its values and names', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        expect(scan(JSON.stringify(value, null, indent))).toEqual({ ok: true, nodes: nodesOf(value) });
      }),
      { numRuns: 10_000 },
    );
  });

  test('agrees with JSON.parse on one changed byte', () => {
    const text = '{"event":"a\\u0041","payload":[1,-2.5e+3,{"k":null}],"t":true}';
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 0, max: 127 }), (at, code) => {
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        expect(scan(changed).ok).toBe(parses(changed));
      }),
      { numRuns: 10_000 },
    );
  });

  test('never throws and never looks outside on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const result = scanJson(bytes, WIDE);
        if (!result.ok) expect(result.offset).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 10_000 },
    );
  });

  test.each([
    ['', 0],
    ['[1,]', 3],
    ['{"a" 1}', 5],
    ['[1] x', 4],
    ['"a\u0001"', 2],
    ['nulx', 3],
    ['01', 1],
    ['{"a":1,}', 7],
  ])('says where %j goes wrong', (text, offset) => {
    expect(scan(text)).toEqual({ ok: false, reason: 'syntax', offset });
  });

  test('bounds the depth exactly, also at a million', () => {
    const limits = { depthMax: 64, nodesMax: 1_000_000 };
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(scan(nested(64), limits).ok).toBe(true);
    expect(scan(nested(65), limits)).toEqual({ ok: false, reason: 'depth', offset: 64 });
    expect(scan('{"a":'.repeat(65), limits)).toEqual({ ok: false, reason: 'depth', offset: 64 * 5 });
    expect(scan('['.repeat(1_000_000), limits)).toMatchObject({ reason: 'depth' });
  });

  test('bounds the number of values and names exactly', () => {
    const limits = { depthMax: 64, nodesMax: 5 };
    expect(scan('[1,2,3,4]', limits)).toEqual({ ok: true, nodes: 5 });
    expect(scan('[1,2,3,4,5]', limits)).toEqual({ ok: false, reason: 'nodes', offset: 9 });
    expect(scan('{"a":1,"b":2}', limits)).toEqual({ ok: true, nodes: 5 });
    expect(scan('{"a":1,"b":[2]}', limits)).toMatchObject({ reason: 'nodes' });
  });

  test('lets bytes that are not UTF-8 through inside strings only', () => {
    expect(scanJson(Uint8Array.of(0x22, 0xff, 0xc0, 0x22), WIDE).ok).toBe(true);
    expect(scanJson(Uint8Array.of(0xff), WIDE).ok).toBe(false);
    expect(scanJson(Uint8Array.of(0x5b, 0x31, 0xa0, 0x5d), WIDE).ok).toBe(false);
  });
});

function nodesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + nodesOf(item), 1);
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + nodesOf(item), 1);
}
