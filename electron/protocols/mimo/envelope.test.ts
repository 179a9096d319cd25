import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent } from './decode.ts';
import { bodyBeforeTimestamp, wholeBody } from './envelope.ts';
import { decodeGoUtf8 } from '../../net/go-utf8.ts';

function bodyOf(event: Uint8Array, payload: Uint8Array | null): Uint8Array | null {
  const before = bodyBeforeTimestamp(event, payload);
  return before === null ? null : wholeBody(before, 1_700_000_000.9);
}

describe('body', () => {
  test('what is sent is what the listener reads, whatever the name and the payload', () => {
    const name = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const payload = fc.option(fc.jsonValue({ maxDepth: 6 }), { nil: undefined });
    fc.assert(
      fc.property(name, payload, fc.constantFrom(undefined, 1, '\t'), (event, value, indent) => {
        const text = value === undefined ? null : Buffer.from(JSON.stringify(value, null, indent));
        const body = bodyOf(event, text) ?? new Uint8Array(0);
        const decoded = decodeEvent(body);
        const expected = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
        expect(decoded).toEqual({
          ok: true,
          value: { event: decodeGoUtf8(event), payload: expected, sentAtS: 1_700_000_000 },
        });
      }),
      { numRuns: 5_000 },
    );
  });

  test('no byte of markup and no line separator is left in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (event, text) => {
        const body = Buffer.from(
          bodyOf(Buffer.from(event), Buffer.from(JSON.stringify(text))) ?? [],
        ).toString('utf8');
        expect(body).not.toMatch(/[<>&\u2028\u2029]/);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a payload that is no JSON gives no body', () => {
    expect(bodyOf(Buffer.from('x'), Buffer.from('{bad}'))).toBeNull();
    expect(bodyOf(Buffer.from('x'), Buffer.from(' '))).toBeNull();
    expect(bodyOf(Buffer.from('x'), Buffer.alloc(0))).not.toBeNull();
  });
});

describe('UTF-8 as Go reads it', () => {
  test('is the platform decoder on good bytes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decodeGoUtf8(Buffer.from(text))).toBe(text.toWellFormed());
      }),
    );
  });

  test('accepts exactly what a strict decoder accepts', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const near = fc.array(
      fc.constantFrom(
        0x41,
        0x80,
        0xbf,
        0xc0,
        0xc2,
        0xe0,
        0xa0,
        0xed,
        0x9f,
        0xef,
        0xf0,
        0x90,
        0xf4,
        0x8f,
        0xf5,
        0xff,
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(near, (bytes) => {
        const input = Uint8Array.from(bytes);
        let expected: string | null = null;
        try {
          expected = strict.decode(input);
        } catch {
          // Expected: TypeError for bytes that are not UTF-8.
        }
        if (expected === null) expect(decodeGoUtf8(input)).toContain('\ufffd');
        else expect(decodeGoUtf8(input)).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
  });
});
