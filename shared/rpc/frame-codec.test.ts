import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OperatingError } from '../failure.ts';
import { LIMITS } from '../limits.ts';
import { decodeCoreFrame, decodeWindowFrame, encodeCoreMessage, encodeWindowMessage, joinFrames } from './frame-codec.ts';
import type { CoreMessage, WindowMessage } from './messages.ts';

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const windowMessages: fc.Arbitrary<WindowMessage> = fc.oneof(
  fc.tuple(fc.constant('call' as const), id, fc.string(), fc.jsonValue()),
  fc.tuple(fc.constant('cancel' as const), id),
  fc.tuple(fc.constant('subscribe' as const), id, fc.string(), fc.jsonValue()),
  fc.tuple(fc.constant('credit' as const), id, fc.integer({ min: 1, max: 1_000 })),
  fc.tuple(fc.constant('unsubscribe' as const), id),
);

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    if (error instanceof OperatingError) return error.code;
    throw error;
  }
}

/** What JSON cannot tell apart and MessagePack text cannot carry is left out of the comparison. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('window messages come back as they went, several to a frame', () => {
  fc.assert(
    fc.property(fc.array(windowMessages, { maxLength: 8 }), (messages) => {
      const plain = messages.filter((message) => !JSON.stringify(message).includes('__proto__') && JSON.stringify(message).isWellFormed());
      const frames = joinFrames(plain.map(encodeWindowMessage));
      expect(asJson(frames.flatMap(decodeWindowFrame))).toEqual(asJson(plain));
    }),
    { numRuns: 2_000 },
  );
});

test('core messages come back as they went, bytes included', () => {
  const messages: CoreMessage[] = [
    ['result', 1, { ok: true, value: { body: Uint8Array.from([1, 2]), none: null } }],
    ['result', 2, { ok: false, failure: { code: 'E_INPUT', message: 'no' } }],
    ['result', 3, { ok: false, failure: { code: 'E_INPUT', message: 'no', fix: 'so' } }],
    ['items', 4, [{ a: 1 }, 2], 7],
    ['end', 4, null],
    ['end', 5, { code: 'E_LIMIT', message: 'too much' }],
  ];
  const [frame, ...more] = joinFrames(messages.map(encodeCoreMessage));
  expect(more).toEqual([]);
  const decoded = decodeCoreFrame(new Uint8Array(frame ?? []));
  expect(decoded).toEqual(messages);
});

test('frames are as few as possible, in order, and at most the bound unless one message is larger', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 30 }), (messages) => {
      const frames = joinFrames(messages, 32);
      expect(Buffer.concat(frames)).toEqual(Buffer.concat(messages));
      const sizes = new Set(messages.map((message) => message.length));
      for (const frame of frames) expect(frame.length <= 32 || sizes.has(frame.length)).toBe(true);
      for (const [index, frame] of frames.slice(1).entries()) {
        expect((frames[index]?.length ?? 0) + frame.length).toBeGreaterThan(32);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(joinFrames([])).toEqual([]);
  expect(joinFrames([new Uint8Array(16), new Uint8Array(16), new Uint8Array(1)], 32).map((frame) => frame.length)).toEqual([32, 1]);
});

test('a frame never shares its buffer with the encoder', () => {
  const [frame] = joinFrames([encodeCoreMessage(['end', 1, null])]);
  expect(frame?.buffer.byteLength).toBe(frame?.length);
});

test('frames that are no messages are refused, each with its code', () => {
  const frameOf = (value: unknown): Uint8Array => encodeCoreMessage(value as CoreMessage);
  for (const value of [1, null, 'call', {}, [], ['call'], ['call', 0, 'x'], ['call', 1.5, 'x', {}], ['cancel', '1'], ['credit', 1, 0], ['credit', 1, 1_001], ['shout', 1], ['unsubscribe', 1, 2], { 0: 'cancel', 1: 3 }]) {
    expect(codeOf(() => decodeWindowFrame(frameOf(value))), JSON.stringify(value)).toBe('E_PROTOCOL');
  }
  expect(codeOf(() => decodeWindowFrame(frameOf(['cancel', 1])))).toBe('ok');
  expect(codeOf(() => decodeCoreFrame(frameOf(['cancel', 1])))).toBe('E_PROTOCOL');
  expect(codeOf(() => decodeCoreFrame(Uint8Array.from([0xc1])))).toBe('E_PROTOCOL');
  expect(codeOf(() => decodeCoreFrame(frameOf(['result', 1, { ok: false, failure: { code: 'E_MADE_UP', message: '' } }])))).toBe('E_PROTOCOL');
});

test('random frames give messages or a code, nothing else', () => {
  const known = new Set(['ok', 'E_PROTOCOL', 'E_LIMIT', 'E_ENCODING']);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (frame) => {
      expect(known.has(codeOf(() => decodeWindowFrame(frame)))).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

test('the inbound bound is exact, and 50 MB are refused unread', () => {
  const sized = (bytes: number): Uint8Array => {
    const message = encodeCoreMessage(['call', 1, 'x', 'a'.repeat(bytes)] as unknown as CoreMessage);
    return message;
  };
  const overhead = sized(1_000_000).length - 1_000_000;
  expect(codeOf(() => decodeWindowFrame(sized(LIMITS.frameInboundBytesMax - overhead)))).toBe('ok');
  expect(codeOf(() => decodeWindowFrame(sized(LIMITS.frameInboundBytesMax - overhead + 1)))).toBe('E_FRAME_TOO_LARGE');
  expect(codeOf(() => decodeWindowFrame(new Uint8Array(50_000_000)))).toBe('E_FRAME_TOO_LARGE');
});

test('what cannot travel is an answer to the caller', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(codeOf(() => encodeWindowMessage(['call', 1, 'x', cycle]))).toBe('E_INPUT');
  expect(codeOf(() => encodeWindowMessage(['call', 1, 'x', Symbol('s')]))).toBe('E_INPUT');
  expect(codeOf(() => encodeWindowMessage(['call', 1, 'x', new Date(0)]))).toBe('E_INPUT');
  expect(codeOf(() => encodeWindowMessage(['call', 1, 'x', 'a'.repeat(50_000_000)]))).toBe('E_LIMIT');
  expect(codeOf(() => encodeWindowMessage(['call', 1, 'x', Array.from({ length: 20_001 }, () => 0)]))).toBe('E_LIMIT');
  expect(codeOf(() => encodeCoreMessage(['items', 1, [new Uint8Array(LIMITS.frameOutboundBytesMax)], 0]))).toBe('E_LIMIT');
});

test('a peer cannot reach prototypes through keys', () => {
  const hostile = Uint8Array.from([0x94, 0xa4, ...Buffer.from('call'), 0x01, 0xa1, 0x78, 0x81, 0xa9, ...Buffer.from('__proto__'), 0x81, 0xa5, ...Buffer.from('owned'), 0xc3]);
  const [message] = decodeWindowFrame(hostile);
  expect(message?.[0]).toBe('call');
  expect(Object.hasOwn(Object.prototype, 'owned')).toBe(false);
  expect(Reflect.get({}, 'owned')).toBeUndefined();
});
