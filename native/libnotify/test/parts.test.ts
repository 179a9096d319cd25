// The library's pure parts: JSON, addresses, responses. Properties run against the compiled code, line by
// line.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Parts } from './driver.ts';

let parts: Parts;
beforeAll(() => {
  parts = new Parts();
});
afterAll(async () => {
  await parts.end();
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Pieces of JSON put together without a plan: often nearly valid. */
const nearlyJson = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"\\u0041"',
      '"\\x"',
      '\\',
      '1',
      '-0',
      '01',
      '1.',
      '.5',
      '1e5',
      '-',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\t',
      '<',
      '\u2028',
      '\u0001',
      'é',
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

describe('compact', () => {
  test('keeps the value of every JSON text and takes it out of every layout', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.constantFrom(0, 1, 4), async (text, indent) => {
        const value: unknown = JSON.parse(text);
        const compacted = await parts.compact(JSON.stringify(value, null, indent));
        expect(compacted?.toString()).toBe(
          JSON.stringify(value).replace(
            /[<>&\u2028\u2029]/g,
            (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
          ),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('accepts exactly what JSON.parse accepts', async () => {
    await fc.assert(
      fc.asyncProperty(nearlyJson, async (text) => {
        expect((await parts.compact(text)) !== null).toBe(parses(text));
      }),
      { numRuns: 10_000 },
    );
  });

  test('a million open brackets are refused without a crash', async () => {
    expect(await parts.compact('['.repeat(1_000_000))).toBeNull();
    expect(await parts.compact('{"a":'.repeat(200_000))).toBeNull();
  });
});

describe('addresses', () => {
  const good = (
    authority: string,
    host: string,
    port: string,
    requestPath: string,
    authorization: string | null = null,
  ) => ({
    authority,
    host,
    port,
    requestPath,
    authorization,
  });
  test.each([
    ['HTTP://Host.example/x', good('Host.example', 'Host.example', '80', '/x')],
    ['http://h:/x', good('h', 'h', '80', '/x')],
    ['http://[::1]:8080/x', good('[::1]:8080', '::1', '8080', '/x')],
    ['http://h?a=b', good('h', 'h', '80', '/?a=b')],
    ['http://h/p?', good('h', 'h', '80', '/p?')],
    ['http://h/p?a b=<c>', good('h', 'h', '80', '/p?a b=<c>')],
    ['http://h/a%2Fb', good('h', 'h', '80', '/a%2Fb')],
    ['http://h/a%2Fb c', good('h', 'h', '80', '/a/b%20c')],
    ["http://h/(it's)[1]", good('h', 'h', '80', "/(it's)[1]")],
    ['http://us%40er@h/', good('h', 'h', '80', '/', `Basic ${btoa('us@er:')}`)],
    ['http://a:b:c@h/', good('h', 'h', '80', '/', `Basic ${btoa('a:b:c')}`)],
    ['https://h/', 'tls'],
    ...[
      '',
      'h/x',
      '//h/x',
      'ftp://h/',
      'http://',
      'http:///x',
      'http://h:65536/',
      'http://h:x/',
      'http://h:1:2/',
      'http://[::1/',
      'http://[::1]x/',
      'http://a b/',
      'http://h/%zz',
      'http://h/\u0001',
      'http://h\\x/',
      ' http://h/',
      'http://%zz@h/',
    ].map((text): [string, string] => [text, 'unusable']),
  ])('%s', async (text, wanted) => {
    expect(await parts.url(text)).toEqual(wanted);
  });

  test.each([
    ['/other', 'h:1', '/other'],
    ['other', 'h:1', '/a/other'],
    ['../x/./y?z', 'h:1', '/x/y?z'],
    ['../../../..', 'h:1', '/'],
    ['?q', 'h:1', '/a/b?q'],
    ['//n:2/c', 'n:2', '/c'],
    ['http://n/c#f', 'n', '/c'],
    ['.', 'h:1', '/a/'],
  ])('Location %s', async (location, authority, requestPath) => {
    expect(await parts.resolve('http://u:p@h:1/a/b?c', location)).toMatchObject({ authority, requestPath });
  });

  test('user info goes with a relative Location only', async () => {
    expect(await parts.resolve('http://u:p@h/a', '/b')).toMatchObject({ authorization: 'Basic dTpw' });
    expect(await parts.resolve('http://u:p@h/a', 'http://h/b')).toMatchObject({ authorization: null });
    expect(await parts.resolve('http://h/a', 'https://h/b')).toBe('tls');
    expect(await parts.resolve('http://h/a', 'mailto:x')).toBe('unusable');
  });
});

describe('responses', () => {
  const mixed = [
    'HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    '5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n',
    'HTTP/1.1 302 Found\r\nlocation:  /there \r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n',
    'HTTP/1.0 500 no\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    'HTTP/1.1 503 Busy\r\n\r\nuntil the end',
  ].join('');

  test('are the same however they are cut', async () => {
    const whole = await parts.responses(mixed);
    expect(whole.responses.map(({ status }) => status)).toEqual([204, 200, 200, 302, 304, 500, 200, 503]);
    expect(whole.responses.map(({ closes }) => closes)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(whole.responses[3]?.location).toBe('/there');
    expect(whole.broken).toBe(false);
    for (let cutBytes = 1; cutBytes < 80; cutBytes += 1)
      expect(await parts.responses(mixed, cutBytes)).toEqual(whole);
  });

  test.each([
    'SSH-2.0\r\n\r\n',
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(9000)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(20_000)}\r\n`,
    'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n',
  ])('%# is broken', async (text) => {
    expect(await parts.responses(text)).toEqual({ responses: [], broken: true });
    expect(await parts.responses(text, 1)).toEqual({ responses: [], broken: true });
  });

  test('any bytes end in some answer', async () => {
    const pieces = fc.array(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.1 204 x\r\n',
        'Content-Length: 3\r\n',
        'Transfer-Encoding: chunked\r\n',
        '\r\n',
        'abc',
        '3\r\n',
        '0\r\n',
        'ffffffffffffffffff\r\n',
        'Connection: close\r\n',
        ':',
        '\0',
        '\r',
        '\n',
      ),
      { maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(40), async (list, cutBytes) => {
        const text = list.join('');
        expect(await parts.responses(text, cutBytes)).toEqual(await parts.responses(text));
      }),
      { numRuns: 5000 },
    );
  });
});
