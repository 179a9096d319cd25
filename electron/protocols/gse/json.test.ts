import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingError } from '../../../shared/failure.ts';
import {
  decodeDispatchRequest,
  decodeDispatchResponse,
  decodeUplink,
  encodeDispatchRequest,
  encodeDispatchResponse,
  encodeMultiDispatchRequest,
  encodeUplink,
} from './dispatch-messages.ts';
import { GseJsonError, InvalidConfigError } from './errors.ts';
import { readGoJson, readText } from './json-reader.ts';
import { jsonString, jsonStrings } from './json-writer.ts';

const SLOT = { slotId: 10n, token: 't' };

/** The rules of section 3 once more, character by character and without any shortcut. */
function writtenByTheRules(text: string): string {
  let written = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') written += `\\${character}`;
    else if (code === 0x0a) written += '\\n';
    else if (code === 0x0d) written += '\\r';
    else if (code === 0x09) written += '\\t';
    else if (code < 0x20 || '<>&\u2028\u2029'.includes(character))
      written += `\\u${code.toString(16).padStart(4, '0')}`;
    else if (code >= 0xd800 && code <= 0xdfff) written += '\\ufffd';
    else written += character;
  }
  return `${written}"`;
}

const nasty = fc.string({
  unit: fc.constantFrom(
    'a',
    '\\',
    '"',
    'b',
    'f',
    'u',
    'd',
    '8',
    '0',
    '<',
    '>',
    '&',
    '\u2028',
    '\u2029',
    '\b',
    '\f',
    '\n',
    '\0',
    '\u007f',
    'é',
    '磁',
    '🚀',
    '\ud800',
    '\udc00',
    '\ufffd',
    '/',
  ),
});

describe('writing', () => {
  it('follows the rules for any text', () => {
    const property = fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (text) => {
      expect(jsonString(text)).toBe(writtenByTheRules(text));
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('writes texts and their bytes alike', () => {
    const property = fc.property(nasty, (text) => {
      const sound = text.toWellFormed();
      expect(jsonString(Buffer.from(sound))).toBe(jsonString(sound));
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('writes six characters for each bad byte and leaves a replacement character that was sent', () => {
    expect(jsonString(Buffer.from('6162fffe806364e4b8', 'hex'))).toBe(
      String.raw`"ab\ufffd\ufffd\ufffdcd\ufffd\ufffd"`,
    );
    expect(jsonString(Buffer.from('\ufffd'))).toBe('"\ufffd"');
    expect(jsonString(Buffer.from('\ufeffx'))).toBe('"\ufeffx"');
  });

  it('writes lists as their texts one by one', () => {
    const property = fc.property(fc.array(nasty), (list) => {
      expect(jsonStrings(list)).toBe(`[${list.map((text) => jsonString(text)).join(',')}]`);
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(jsonStrings(null)).toBe('null');
  });

  it('refuses an empty token', () => {
    const request = { slotId: 1n, token: '', messageId: '', agentIds: [], content: Buffer.alloc(0) };
    expect(() => encodeDispatchRequest(request)).toThrow(InvalidConfigError);
    expect(() => encodeDispatchRequest(request)).toThrow('invalid config\ncluster auth token is empty');
  });
});

describe('reading', () => {
  it('gives back what was written, bytes that are not UTF-8 as replacement characters', () => {
    const property = fc.property(nasty, nasty, fc.uint8Array(), (id, agent, content) => {
      const uplink = decodeUplink(encodeUplink(id, agent, content));
      expect(uplink.messageId).toBe(id.toWellFormed());
      expect(uplink.agentId).toBe(agent.toWellFormed());
      expect(uplink.content).toBe(readText(content));
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it('reads dispatch requests of both kinds as a server does', () => {
    const request = { ...SLOT, messageId: 'm', agentIds: ['a', 'a', ''], content: Buffer.from('x') };
    const messages = ['a', 'a', ''].map((agentId) => ({ agentId, content: 'x' }));
    expect(decodeDispatchRequest(encodeDispatchRequest(request))).toEqual({
      ...SLOT,
      messageId: 'm',
      messages,
    });
    const multi = encodeMultiDispatchRequest({
      ...SLOT,
      messageId: 'm',
      messages: [{ agentId: 'a', content: Buffer.from('-') }],
      frontContent: '<',
      backContent: '>',
    });
    expect(decodeDispatchRequest(multi).messages).toEqual([{ agentId: 'a', content: '<->' }]);
    expect(decodeDispatchRequest(encodeDispatchRequest({ ...request, agentIds: null })).messages).toEqual([]);
  });

  it('keeps 64-bit codes whole', () => {
    const body = Buffer.from(
      '{"code":9223372036854775807,"data":{"results":[{"code":-9223372036854775808}]}}',
    );
    const { code, agents } = decodeDispatchResponse(body);
    expect(code).toBe(2n ** 63n - 1n);
    expect(agents.get('')?.code).toBe(-(2n ** 63n));
    expect(() => decodeDispatchResponse(Buffer.from('{"code":-9223372036854775809}'))).toThrow(GseJsonError);
  });

  it('takes a body without a code for an error, except in SDK-exact mode', () => {
    expect(() => decodeDispatchResponse(Buffer.from('{}'))).toThrow('no code');
    expect(decodeDispatchResponse(Buffer.from('{}'), true).code).toBe(0n);
    expect(() => decodeDispatchResponse(Buffer.from('null'), true)).toThrow('invalid response body');
  });

  it('fills the entries of a list further when the list comes again, as Go does', () => {
    const twice =
      '{"code":0,"data":{"results":[{"bk_agent_id":"A","code":1,"message":"x"},{"bk_agent_id":"B"}],' +
      '"results":[{"code":2}]},"data":{"results":[null,{"bk_agent_id":"C"}]}}';
    expect(() => decodeDispatchResponse(Buffer.from(twice))).toThrow(GseJsonError);
    const entry = { agentId: 'A', code: 2n, message: 'x' };
    const first = twice.replace(/,"data":\{"results":\[null.*/, '}');
    expect(decodeDispatchResponse(Buffer.from(first)).entries).toEqual([entry]);
  });

  it('folds names as Go does', () => {
    const read = (json: string): unknown =>
      readGoJson(Buffer.from(json), { task_id: 'string' } as const)?.task_id;
    expect(read('{"TASK_ID":"x"}')).toBe('x');
    expect(read('{"ta\u017fk_id":"x"}')).toBe('x');
    expect(read('{"tas\u212a_id":"x"}')).toBe('x');
    expect(read('{"t\u00e4sk_id":"x"}')).toBeUndefined();
    expect(read('{"task_id":"a","TASK_id":"b","task_id":null}')).toBe('b');
  });

  it('lets no member of the peer touch prototypes', () => {
    const found = decodeUplink(Buffer.from('{"__proto__":{"agentId":"x"},"constructor":1,"message_id":"m"}'));
    expect(found).toEqual({ messageId: 'm', agentId: '', content: '' });
    expect(Object.prototype).not.toHaveProperty('agentId');
  });

  it('answers any bytes with a value or a refusal', () => {
    const json = fc.json().map((text) => Buffer.from(text));
    const property = fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), json), (bytes) => {
      for (const decode of [decodeUplink, decodeDispatchResponse, decodeDispatchRequest]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(OperatingError);
        }
      }
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('answers cut and changed bodies with a value or a refusal', () => {
    const entries = [{ agentId: 'a', code: 5n, message: 'é<' }];
    const whole = encodeDispatchResponse(0, 'OK', entries);
    const property = fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
      const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole);
      if (!cut) bytes[at] = byte;
      try {
        decodeDispatchResponse(bytes);
        expect(cut).toBe(false);
      } catch (error) {
        expect(error).toBeInstanceOf(GseJsonError);
      }
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('bears 10 000 levels and not one more', () => {
    const nested = (levels: number): Buffer =>
      Buffer.from(`{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`);
    expect(decodeUplink(nested(10_000)).content).toBe('');
    expect(() => decodeUplink(nested(10_001))).toThrow('nested too deeply');
  });
});
