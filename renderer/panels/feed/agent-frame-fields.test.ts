import { describe, expect, test } from 'vitest';
import {
  agentFrameFields,
  isAgentFrame,
  reportAnswerFields,
  reportFrameFields,
} from './agent-frame-fields.ts';
import { wireFields } from './wire-fields.ts';

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const shown = (fields: ReturnType<typeof agentFrameFields>): [string, number, number, string][] =>
  fields.map(({ name, start, end, value }) => [name, start, end, value]);

/** The worked example of docs/protocols/gse.md section 5.11. */
const DOWNLINK = bytesOf(`deadbeef 9008 0006 0000000000000000 0000005c 0000002d 00000013
  7b226d6573736167655f6964223a227365727665722d6d73672d31222c2273657373696f6e5f6964223a22227d
  646f776e6c696e6b2073616d706c65206f6e65`);
const REPORT = bytesOf(
  '00000c01 000003e8 680cf0d8 0000000f 00000000 00000000 7265706f72742073616d706c652030',
);

describe('a frame of the message socket', () => {
  test('every field beside its bytes, the content at the end', () => {
    expect(shown(agentFrameFields(DOWNLINK))).toEqual([
      ['magic', 0, 4, '0xdeadbeef'],
      ['type', 4, 6, '0x9008 dispatch message'],
      ['protocol version', 6, 8, '6'],
      ['sequence', 8, 16, '0'],
      ['total length', 16, 20, '92'],
      ['info length', 20, 24, '45'],
      ['content length', 24, 28, '19'],
      ['message_id', 29, 56, '"server-msg-1"'],
      ['session_id', 57, 72, '""'],
      ['content', 73, 92, 'downlink sample one'],
    ]);
  });

  test('the feed shows the same, whose head ends before the content', () => {
    expect(wireFields(DOWNLINK.subarray(0, 73), DOWNLINK.subarray(73))).toEqual(agentFrameFields(DOWNLINK));
    expect(isAgentFrame(bytesOf('504f5354'))).toBe(false);
  });

  test('cut anywhere, no field reaches beyond the bytes and none is empty', () => {
    for (let end = 0; end <= DOWNLINK.length; end += 1) {
      for (const field of agentFrameFields(DOWNLINK.subarray(0, end))) {
        expect(field.end).toBeLessThanOrEqual(end);
        expect(end === 0 || field.end > field.start).toBe(true);
      }
    }
  });

  test('lengths that lie, an info that is no JSON and an unknown type do no harm', () => {
    const lying = Uint8Array.from(DOWNLINK);
    lying.set([0xff, 0xff, 0xff, 0xf0], 20);
    expect(shown(agentFrameFields(lying)).at(-1)?.slice(0, 3)).toEqual(['info', 28, 92]);
    const unknown = Uint8Array.from(DOWNLINK);
    unknown[5] = 0x09;
    expect(shown(agentFrameFields(unknown))[1]).toEqual(['type', 4, 6, '0x9009']);
    const keepalive = bytesOf(
      'deadbeef 9007 0006 0000000000000009 00000024 00000000 00000000 7b2261223a317d 00',
    );
    expect(shown(agentFrameFields(keepalive)).at(-1)?.[0]).toBe('info');
  });
});

describe('frames of the report socket', () => {
  test('up and down', () => {
    expect(shown(reportFrameFields(REPORT))).toEqual([
      ['type', 0, 4, '0xc01 data report'],
      ['data id', 4, 8, '1000'],
      ['time', 8, 12, '1745678552'],
      ['body length', 12, 16, '15'],
      ['reserved0', 16, 20, '0'],
      ['reserved1', 20, 24, '0'],
      ['content', 24, 39, 'report sample 0'],
    ]);
    expect(shown(reportAnswerFields(bytesOf('0000000a 00000007 7b2261223a317d')))).toEqual([
      ['type', 0, 4, '0xa sync'],
      ['body length', 4, 8, '7'],
      ['a', 9, 14, '1'],
    ]);
    expect(shown(reportFrameFields(bytesOf('00')))).toEqual([['bytes', 0, 1, '\0']]);
  });
});
