import { describe, expect, it } from 'vitest';
import { isReply, originalMessageId } from './reply-match.ts';

describe('a reply', () => {
  it.each([
    ['any', '', 'whatever', true],
    ['contains', 'done', 'it is done', true],
    ['contains', 'done', 'it is Done', false],
    ['member', 'code=0', '{"code":0}', true],
    ['member', 'code=0', '{"code":"0"}', true],
    ['member', 'code=0', '{"code":1}', false],
    ['member', 'code=0', '{}', false],
    ['member', 'code=0', 'no JSON', false],
    ['member', 'data.state=ok=yes', '{"data":{"state":"ok=yes"}}', true],
    ['member', 'ok=true', '{"ok":true}', true],
    ['member', 'data=', '{"data":{}}', false],
    ['member', 'toString=x', '{}', false],
    ['member', '__proto__.x=1', '{"__proto__":{"x":1}}', true],
  ] as const)('by %s "%s" is %s: %s', (kind, text, content, isOne) => {
    expect(isReply({ kind, text }, content)).toBe(isOne);
  });

  it('names the message it acknowledges, where it is an envelope', () => {
    expect(originalMessageId('{"type":"ack_req","original_message_id":"m-1"}')).toBe('m-1');
    expect(originalMessageId('{"original_message_id":{}}')).toBeNull();
    expect(originalMessageId('original_message_id')).toBeNull();
    expect(originalMessageId('{"message_id":"m-1"}')).toBeNull();
  });
});
