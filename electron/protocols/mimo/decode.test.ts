import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAILURE_CODES } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { decodeEvent } from './decode.ts';

const decode = (text: string): ReturnType<typeof decodeEvent> => decodeEvent(Buffer.from(text));

describe('event body', () => {
  test('no bytes at all make it throw', () => {
    const good = Buffer.from('{"event":"a\\u00e9","payload":{"k":[1,"\u4e2d"]},"timestamp":1}');
    const damaged = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        const decoded = decodeEvent(bytes);
        if (decoded.ok) expect(decoded.value.event).not.toBe('');
        else expect(FAILURE_CODES).toContain(decoded.failure.code);
      }),
      { numRuns: 20_000 },
    );
  });

  test('depth and number of values are bounded exactly', () => {
    const deep = (depth: number): string =>
      `{"event":"x","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(decode(deep(LIMITS.jsonDepthMax - 1)).ok).toBe(true);
    expect(decode(deep(LIMITS.jsonDepthMax))).toMatchObject({ failure: { code: 'E_JSON_DEPTH' } });
    // Beside the items: the object, two names, the event and the list.
    const wide = (items: number): string => `{"event":"x","payload":[${'0,'.repeat(items - 1)}0]}`;
    expect(decode(wide(LIMITS.jsonNodesMax - 5)).ok).toBe(true);
    expect(decode(wide(LIMITS.jsonNodesMax - 4))).toMatchObject({ failure: { code: 'E_JSON_NODES' } });
  });

  test.each([
    ['{"event":"x"}', null],
    ['{"event":"x","timestamp":null}', null],
    ['{"event":"x","timestamp":1.5}', 1.5],
    ['{"event":"x","timestamp":-1}', -1],
  ])('%s has the time stamp %j', (text, sentAtS) => {
    expect(decode(text)).toMatchObject({ ok: true, value: { event: 'x', sentAtS } });
  });

  test('members come from the body, not from the prototype of objects', () => {
    expect(decode('{"__proto__":{"event":"x"}}')).toMatchObject({ failure: { code: 'E_SHAPE' } });
    expect(decode('{"event":"x","toString":1}')).toMatchObject({ value: { payload: undefined } });
  });
});
