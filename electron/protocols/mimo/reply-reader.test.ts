import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplyReader, type Reply } from './reply-reader.ts';

function read(text: string, cuts: readonly number[], method = 'POST'): Reply | null {
  const bytes = Buffer.from(text, 'latin1');
  const reader = new ReplyReader(method);
  let offset = 0;
  for (const size of [...cuts, bytes.length]) {
    const reply = reader.push(bytes.subarray(offset, offset + size));
    offset += size;
    if (reply !== null) return reply;
  }
  return reader.end();
}

const whole = [
  ['HTTP/1.1 204 No Content\r\n\r\n', 204, '', true],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200, 'hello', true],
  [
    'HTTP/1.1 200\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX: y\r\n\r\n',
    200,
    'hello',
    true,
  ],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n', 503, '', true],
  ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi', 200, 'hi', false],
  ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', 200, 'hi', false],
  ['HTTP/1.1 200 OK\r\n\r\nuntil close', 200, 'until close', false],
  ['HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', 304, '', true],
] as const;

describe('reply', () => {
  test.each(whole)('%j is the same however it is cut', (text, status, bodyStart, keepsConnection) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 80 }), (cuts) => {
        expect(read(text, cuts)).toMatchObject({ status, bodyStart, keepsConnection });
      }),
      { numRuns: 300 },
    );
  });

  test('a reply to HEAD has no body', () => {
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', [], 'HEAD')).toMatchObject({
      status: 200,
      keepsConnection: true,
    });
  });

  test('bytes behind the reply end the connection', () => {
    expect(read('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200', [])).toMatchObject({ keepsConnection: false });
  });

  test.each([
    ['SSH-2.0\r\n\r\n', 'E_PROTOCOL'],
    ['HTTP/2 200\r\n\r\n', 'E_PROTOCOL'],
    ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'E_PROTOCOL'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'E_PROTOCOL'],
    [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, 'E_LIMIT'],
    [`HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(2_000_000)}`, 'E_LIMIT'],
  ])('%#: a receiver that lies is refused', (text, code) => {
    expect(() => read(text, [])).toThrow(expect.objectContaining({ code }));
  });

  test('a reply that breaks off is none', () => {
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', [])).toBeNull();
    expect(read('', [])).toBeNull();
  });
});
