import { createServer, type IncomingHttpHeaders } from 'node:http';
import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { readLeanRequest } from './lean-request.ts';

const RUNS = 20_000;
const BODY = '{"event":"good"}';

function request(lines: readonly string[], body = BODY, start = 'POST /mimo/events HTTP/1.1'): string {
  return [start, 'Host: 127.0.0.1:9988', ...lines, '', body].join('\r\n');
}

function read(text: string): ReturnType<typeof readLeanRequest> {
  return readLeanRequest(Buffer.from(text, 'latin1'));
}

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** What node:http reads from these bytes: requests, and its complaint if any. */
async function readByNode(bytes: Buffer): Promise<{ requests: Seen[]; error: string | null }> {
  const requests: Seen[] = [];
  let error: string | null = null;
  const server = createServer({ maxHeaderSize: LIMITS.httpHeaderBytesMax, requireHostHeader: false });
  const [near, far] = duplexPair();
  near.on('error', () => undefined);
  near.resume();
  await new Promise<void>((resolve) => {
    server.on('request', (incoming, response) => {
      const { method, url, httpVersion, headers, rawHeaders } = incoming;
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        const body = Buffer.concat(parts).toString('latin1');
        requests.push({ method, url, httpVersion, headers, rawHeaders, body });
        response.end();
      });
    });
    server.on('clientError', (cause: NodeJS.ErrnoException, socket) => {
      error = cause.code ?? 'error';
      socket.destroy();
      resolve();
    });
    server.emit('listening');
    server.emit('connection', far);
    far.on('end', () => setImmediate(resolve));
    far.on('close', () => resolve());
    near.end(bytes);
  });
  server.close();
  near.destroy();
  far.destroy();
  return { requests, error };
}

describe('the lean reader takes', () => {
  test('what libnotify and curl send', () => {
    const lines = [
      'User-Agent: Go-http-client/1.1',
      `Content-Length: ${BODY.length}`,
      'Content-Type: application/json',
      'Accept-Encoding: gzip',
    ];
    const text = request(lines);
    const taken = read(text);
    expect(taken).toMatchObject({
      method: 'POST',
      url: '/mimo/events',
      httpVersion: '1.1',
      headBytes: text.length - BODY.length,
      closes: false,
      headers: { host: '127.0.0.1:9988', 'content-type': 'application/json' },
    });
    expect(taken?.rawHeaders.slice(0, 2)).toEqual(['Host', '127.0.0.1:9988']);
  });

  test('a wish to close, and an empty body', () => {
    expect(read(request(['Connection: close', 'content-length: 0'], ''))?.closes).toBe(true);
    expect(read(request(['Connection: keep-alive', 'content-length: 0'], ''))?.closes).toBe(false);
  });
});

describe('the lean reader leaves to node:http', () => {
  const length = `Content-Length: ${BODY.length}`;
  const cases: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['a body that is not whole', request([length]).slice(0, -1)],
    ['a head that is not whole', request([length]).slice(0, 40)],
    ['a byte behind the request', `${request([length])}\r`],
    ['a second request', request([length]) + request([length])],
    ['another method', request([], '', 'GET / HTTP/1.1')],
    ['HTTP/1.0', request([length], BODY, 'POST /mimo/events HTTP/1.0')],
    ['an absolute target', request([length], BODY, 'POST http://127.0.0.1/ HTTP/1.1')],
    ['a fragment', request([length], BODY, 'POST /mimo/events#x HTTP/1.1')],
    ['two spaces', request([length], BODY, 'POST  /mimo/events HTTP/1.1')],
    ['an empty line before', `\r\n${request([length])}`],
    ['no length', request([])],
    ['two lengths', request([length, length])],
    ['two lengths in other letters', request([length, length.toLowerCase()])],
    ['a signed length', request([`Content-Length: +${BODY.length}`])],
    ['a length with a leading zero', request([`Content-Length: 0${BODY.length}`])],
    ['a list of lengths', request(['Content-Length: 16, 16'])],
    ['two hosts', request([length, 'Host: 127.0.0.1:9988'])],
    ['no host', request([length]).replace(/Host: [^\r]*\r\n/, '')],
    ['chunks', request(['Transfer-Encoding: chunked'], '0\r\n\r\n')],
    ['chunks and a length', request([length, 'Transfer-Encoding: chunked'])],
    ['an expectation', request([length, 'Expect: 100-continue'])],
    ['an upgrade', request([length, 'Connection: Upgrade', 'Upgrade: websocket'])],
    ['a list of connection options', request([length, 'Connection: close, x'])],
    ['a folded header', request([length, 'X: a', ' b'])],
    ['a bare line feed', request([length, 'X: a\nY: b'])],
    ['a bare carriage return', request([length, 'X: a\rb'])],
    ['a NUL', request([length, 'X: a\0b'])],
    ['a byte beyond ASCII', request([length, 'X: \xe9'])],
    ['a tab', request([length, 'X: a\tb'])],
    ['a space before the colon', request([length, 'X : a'])],
    ['no space behind the colon', request([length, 'X:a'])],
    ['two spaces behind the colon', request([length, 'X:  a'])],
    ['a space at the end', request([length, 'X: a '])],
    ['an empty value', request([length, 'X: '])],
    ['a name that every object has', request([length, 'constructor: a'])],
    ['an underscore in a name', request([length, '__proto__: a'])],
    ['a head of 4 KiB', request([length, `X: ${'x'.repeat(LIMITS.httpHeaderBytesMax / 2)}`])],
    ['65 headers', request([length, ...Array.from({ length: 64 }, (_, index) => `X-${index}: a`)])],
  ];
  test.each(cases)('%s', (_name, text) => {
    expect(read(text)).toBeNull();
  });

  test('every cut of a good request', () => {
    const text = request([length, 'Content-Type: application/json']);
    expect(read(text)).not.toBeNull();
    for (let cut = 0; cut < text.length; cut += 1) expect(read(text.slice(0, cut))).toBeNull();
  });
});

const name = fc.constantFrom(
  'Content-Type', 'User-Agent', 'X-Trace', 'Origin', 'Cookie', 'Connection', 'Accept', 'constructor', 'toString',
  'Host', 'Content-Length', 'Transfer-Encoding', 'Expect', 'Upgrade', 'Set-Cookie', 'If-None-Match', 'Trailer', 'TE',
  'Authorization', 'Referer', 'Content-Encoding', 'Proxy-Connection', 'Keep-Alive', 'Date', 'Age', 'Via', '__proto__', 'hasOwnProperty',
); // prettier-ignore
const value = fc.oneof(
  fc.constantFrom('close', 'keep-alive', 'chunked', '0', '16', '100-continue', 'a, b', 'a;q=1', '"x"', 'a b'),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const line = fc
  .tuple(name, fc.constantFrom(': ', ': ', ': ', ':', ':  ', ' : '), value)
  .map((parts) => parts.join(''));
const start = fc.oneof(
  { weight: 6, arbitrary: fc.constant('POST /mimo/events HTTP/1.1') },
  {
    weight: 2,
    arbitrary: fc.webPath({ size: 'small' }).map((path) => `POST /${path}?a=1 HTTP/1.1`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('GET / HTTP/1.1', 'POST * HTTP/1.1', 'POST / HTTP/1.0', 'POST /a#b HTTP/1.1'),
  },
);
const body = fc.oneof(fc.constant(BODY), fc.string({ maxLength: 30 }));
const whole = fc
  .tuple(start, fc.array(line, { maxLength: 4 }), body, fc.constantFrom(0, 0, 0, 0, 1, -1))
  .map(([first, lines, text, off]) =>
    Buffer.from(
      [first, 'Host: h', ...lines, `Content-Length: ${Buffer.byteLength(text) + off}`, '', text].join('\r\n'),
    ),
  );
const mutation = fc.tuple(
  fc.constantFrom('drop', 'double', 'set', 'insert'),
  fc.nat(),
  fc.constantFrom('\r', '\n', '\0', '\t', ' ', ':', ',', ';', 'a', '0', '\x80'),
);
const mutated = fc.tuple(whole, fc.array(mutation, { maxLength: 2 })).map(([bytes, changes]) => {
  let text = bytes.toString('latin1');
  for (const [kind, seed, character] of changes) {
    const at = text.length === 0 ? 0 : seed % text.length;
    const kept = kind === 'double' ? text.slice(at, at + 1).repeat(2) : kind === 'drop' ? '' : character;
    text = text.slice(0, at) + kept + text.slice(kind === 'insert' ? at : at + 1);
  }
  return Buffer.from(text, 'latin1');
});

describe('two parsers agree (B7)', () => {
  test('what the lean reader takes, node:http reads in the same way', { timeout: 240_000 }, async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const lean = readLeanRequest(bytes);
        if (lean === null) return;
        taken += 1;
        const { requests, error } = await readByNode(bytes);
        expect(error).toBeNull();
        const { method, url, httpVersion, headers, rawHeaders } = lean;
        const text = bytes.toString('latin1', lean.headBytes);
        expect(requests).toEqual([{ method, url, httpVersion, headers, rawHeaders, body: text }]);
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS / 20);
  });
});
