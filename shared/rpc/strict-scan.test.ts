import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../failure.ts';
import { decodeCoreFrame, encodeCoreMessage } from './frame-codec.ts';
import { isUtf8, scanValues } from './strict-scan.ts';

const LIMITS = { depthMax: 64, nodesMax: 20_000 };
/** MessagePack of any value, as the codec writes it. */
const pack = (value: unknown): Uint8Array => encodeCoreMessage(value as never);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function refusal(input: Uint8Array, limits = LIMITS): string {
  try {
    scanValues(input, limits);
    return 'accepted';
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

test('whatever plain data msgpackr writes passes, as one value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(scanValues(pack(value), LIMITS)).toBe(1);
    }),
    { numRuns: 5_000 },
  );
});

test('bytes and undefined pass, and values stand back to back', () => {
  const packed = [pack({ body: bytes(1, 2, 3) }), pack(undefined), pack([1.5, -1, 2 ** 40, 'ü'])];
  expect(scanValues(Buffer.concat(packed), LIMITS)).toBe(3);
  expect(scanValues(new Uint8Array(0), LIMITS)).toBe(0);
});

test('every prefix of a value is refused', () => {
  const whole = pack({ text: 'x'.repeat(40), list: [1, 300, 70_000, 1.5], body: bytes(...Array.from({ length: 300 }, () => 7)) });
  for (let length = 1; length < whole.length; length += 1) expect(refusal(whole.subarray(0, length))).toBe('E_PROTOCOL');
  expect(refusal(whole)).toBe('accepted');
});

test('random bytes are refused with a code or decode without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
      if (refusal(input) !== 'accepted') return;
      try {
        decodeCoreFrame(input);
      } catch (error) {
        // What decodes need not be a message; but it must decode.
        expect(error).toMatchObject({ message: 'frame holds something that is no message' });
      }
    }),
    { numRuns: 20_000 },
  );
});

test('extension types, 0xc1 and keys that are no text are refused', () => {
  for (const head of [0xc1, 0xc7, 0xc8, 0xc9, 0xd5, 0xd6, 0xd7, 0xd8]) expect(refusal(bytes(head, 0, 0, 0, 0, 0, 0, 0, 0))).toBe('E_PROTOCOL');
  expect(refusal(bytes(0xd4, 0x72, 0x40))).toBe('E_PROTOCOL'); // msgpackr's record definition
  expect(refusal(bytes(0xd4, 0x00, 0x01))).toBe('E_PROTOCOL');
  expect(refusal(bytes(0x81, 0x01, 0x01))).toBe('E_PROTOCOL');
  expect(refusal(bytes(0x81, 0x90, 0x01))).toBe('E_PROTOCOL');
});

test('a count that lies ends at the end of the bytes', () => {
  expect(refusal(bytes(0xdd, 0xff, 0xff, 0xff, 0xff, 0x01))).toBe('E_PROTOCOL');
  expect(refusal(bytes(0xdf, 0xff, 0xff, 0xff, 0xff))).toBe('E_PROTOCOL');
  expect(refusal(bytes(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61))).toBe('E_PROTOCOL');
  expect(refusal(bytes(0xc6, 0xff, 0xff, 0xff, 0xff))).toBe('E_PROTOCOL');
});

test('depth and number of values are bounded exactly', () => {
  const nested = (depth: number): Uint8Array => bytes(...Array.from({ length: depth }, () => 0x91), 0x01);
  expect(refusal(nested(64))).toBe('accepted');
  expect(refusal(nested(65))).toBe('E_LIMIT');
  const list = (items: number): Uint8Array => pack(Array.from({ length: items }, () => 1));
  expect(refusal(list(19_999))).toBe('accepted');
  expect(refusal(list(20_000))).toBe('E_LIMIT');
  expect(refusal(pack({ a: 1, b: 2 }), { depthMax: 64, nodesMax: 5 })).toBe('accepted');
  expect(refusal(pack({ a: 1, b: 2 }), { depthMax: 64, nodesMax: 4 })).toBe('E_LIMIT');
});

test('text must be UTF-8', () => {
  expect(refusal(bytes(0xa2, 0xc0, 0x80))).toBe('E_ENCODING');
  expect(refusal(bytes(0x81, 0xa1, 0xff, 0x01))).toBe('E_ENCODING');
});

test('isUtf8 agrees with the platform on random and on almost right bytes', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const agrees = (input: Uint8Array): boolean => {
    try {
      decoder.decode(input);
      return true;
    } catch {
      return false; // TypeError: not UTF-8
    }
  };
  const nearly = fc.array(fc.constantFrom(0x00, 0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff), { maxLength: 8 });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 12 }), nearly.map((list) => Uint8Array.from(list))), (input) => {
      expect(isUtf8(input, 0, input.length)).toBe(agrees(input));
    }),
    { numRuns: 20_000 },
  );
});
