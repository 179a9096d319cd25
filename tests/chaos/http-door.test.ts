// Attacks on the loopback HTTP door, with raw bytes on real sockets (docs/THREATS.md B2 to B8). After every
// one a good client is served, no connection is left over, and nothing was recorded that should not have
// been.
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openMimoListener,
  type MimoListener,
  type MimoReceived,
  type MimoRefused,
} from '../../electron/protocols/mimo/listener.ts';
import type { NativeAddon } from '../../native/index.ts';
import { SYSTEM_CLOCK as clock } from '../../electron/net/system-clock.ts';
import { LIMITS } from '../../shared/limits.ts';
import { DOOR_WAYS } from '../kit/door-ways.ts';
import { RawConnection, type RawAnswer } from '../kit/raw-http-client.ts';

const WAIT_MS = 60_000;
const EVENT = '{"event":"good"}';

let listener: MimoListener;
let events: MimoReceived[];
let refused: MimoRefused[];

/** A listener of its own for each test of a describe block. */
function onDoor(addon: NativeAddon | null): void {
  beforeEach(async () => {
    events = [];
    refused = [];
    listener = await openMimoListener({
      host: '127.0.0.1',
      port: 0,
      clock,
      native: addon,
      accept: async (event) => void events.push(event),
      refuse: async (request) => void refused.push(request),
    });
  });
  afterEach(async () => {
    await listener.close();
  });
}

function head(lines: readonly string[] = [], start = 'POST /mimo/events HTTP/1.1'): string {
  return [start, `Host: 127.0.0.1:${listener.port}`, ...lines, '', ''].join('\r\n');
}

function good(): string {
  return head([`Content-Length: ${EVENT.length}`]) + EVENT;
}

async function attack(bytes: string | Uint8Array, endsSending = false): Promise<RawAnswer | null> {
  const connection = await RawConnection.open(listener.port);
  try {
    await connection.send(bytes);
    if (endsSending) connection.endSending();
    const answer = await connection.answer(WAIT_MS);
    if (answer !== null && answer.headers.get('connection') === 'close')
      expect(await connection.closes(WAIT_MS)).toBe(true);
    return answer;
  } finally {
    connection.destroy();
  }
}

/** The rule for every attack: a well-behaved client is served, and what was opened is closed. */
async function expectServed(): Promise<void> {
  const before = events.length;
  const answer = await attack(good());
  expect(answer?.status).toBe(204);
  expect(events.length).toBe(before + 1);
  await expect.poll(() => listener.counters().connections, { timeout: WAIT_MS }).toBe(0);
}

describe.each(DOOR_WAYS)('request framing (B7) by %s', (_way, addon) => {
  onDoor(addon);

  const cases: readonly (readonly [string, () => string])[] = [
    ['length and chunked', () => `${head(['Content-Length: 4', 'Transfer-Encoding: chunked'])}0\r\n\r\n`],
    ['chunked and length', () => `${head(['Transfer-Encoding: chunked', 'Content-Length: 4'])}0\r\n\r\n`],
    ['two lengths', () => `${head(['Content-Length: 2', 'Content-Length: 2'])}{}`],
    ['a list of lengths', () => `${head(['Content-Length: 2, 2'])}{}`],
    ['a signed length', () => `${head(['Content-Length: +2'])}{}`],
    ['a length in hexadecimal', () => `${head(['Content-Length: 0x2'])}{}`],
    ['a negative length', () => head(['Content-Length: -5'])],
    ['a length beyond 64 bits', () => head(['Content-Length: 99999999999999999999'])],
    ['a folded header', () => `${head(['X: a', ' b', 'Content-Length: 2'])}{}`],
    ['a folded length', () => `${head(['Content-Length:', ' 2'])}{}`],
    ['a bare line feed', () => `${head(['Content-Length: 2']).replace('\r\nContent', '\nContent')}{}`],
    ['only line feeds', () => `${head(['Content-Length: 2']).replaceAll('\r\n', '\n')}{}`],
    ['a bare carriage return', () => `${head(['X: a\rb', 'Content-Length: 2'])}{}`],
    ['a space before the colon', () => `${head(['Content-Length : 2'])}{}`],
    ['a NUL in a header', () => `${head(['X: a\0b', 'Content-Length: 2'])}{}`],
    [
      'chunked twice',
      () => `${head(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'])}0\r\n\r\n`,
    ],
    ['chunked below compression', () => `${head(['Transfer-Encoding: gzip, chunked'])}0\r\n\r\n`],
    ['chunked, then something else', () => `${head(['Transfer-Encoding: chunked, identity'])}0\r\n\r\n`],
    [
      'chunked in HTTP/1.0',
      () => `${head(['Transfer-Encoding: chunked'], 'POST /mimo/events HTTP/1.0')}0\r\n\r\n`,
    ],
    ['a name that only ends like chunked', () => `${head(['Transfer-Encoding: xchunked'])}0\r\n\r\n`],
    ['a bad chunk size', () => `${head(['Transfer-Encoding: chunked'])}zz\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size beyond 64 bits', () => `${head(['Transfer-Encoding: chunked'])}fffffffffffffffff\r\n`],
    ['a chunk with line feeds', () => `${head(['Transfer-Encoding: chunked'])}2\n{}\n0\n\n`],
    ['a chunk longer than it says', () => `${head(['Transfer-Encoding: chunked'])}2\r\n{}{}\r\n0\r\n\r\n`],
    [
      'an absolute target',
      () => `${head(['Content-Length: 2'], 'POST http://127.0.0.1/mimo/events HTTP/1.1')}{}`,
    ],
    ['an asterisk', () => head([], 'OPTIONS * HTTP/1.1')],
    ['HTTP/1.2', () => head([], 'POST /mimo/events HTTP/1.2')],
    ['the start of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no HTTP at all', () => 'hello\r\n\r\n'],
    ['a head of 9 KiB', () => head([`X: ${'x'.repeat(9 * 1024)}`])],
  ];
  test.each(cases)('%s is answered 4xx and closed, and the bytes are kept', async (_name, bytes) => {
    const answer = await attack(bytes());
    expect(answer?.status).toBeGreaterThanOrEqual(400);
    expect(answer?.status).toBeLessThan(500);
    expect(answer?.headers.get('connection')).toBe('close');
    expect(JSON.parse(answer?.body.toString() ?? '')).toMatchObject({ code: 'E_HTTP' });
    expect(refused).toHaveLength(1);
    expect(refused[0]?.head.length).toBeGreaterThan(0);
    expect(events).toEqual([]);
    await expectServed();
  });

  test('a request smuggled behind a refused one is never seen', async () => {
    await attack(`${head(['Content-Length: 4', 'Transfer-Encoding: chunked'])}0\r\n\r\n${good()}`);
    expect(events).toEqual([]);
    await attack(`${head(['Transfer-Encoding: gzip, chunked'])}0\r\n\r\n${good()}`);
    expect(events).toEqual([]);
    await expectServed();
  });

  test('good requests before rubbish are answered first, in order', async () => {
    const connection = await RawConnection.open(listener.port);
    try {
      await connection.send(`${good()}${good()}rubbish\r\n\r\n`);
      const statuses = [];
      for (let index = 0; index < 3; index += 1) statuses.push((await connection.answer(WAIT_MS))?.status);
      expect(statuses).toEqual([204, 204, 400]);
      expect(events).toHaveLength(2);
    } finally {
      connection.destroy();
    }
    await expectServed();
  });

  test('a second parser sees one whole request in the kept head and body', async () => {
    const seen: { url: string; body: string }[] = [];
    const second = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (chunk: Buffer) => parts.push(chunk));
      request.on('end', () => {
        seen.push({ url: request.url ?? '', body: Buffer.concat(parts).toString() });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => second.listen(0, '127.0.0.1', resolve));
    try {
      await attack(good());
      const kept = Buffer.concat([events[0]?.head ?? Buffer.of(), events[0]?.body ?? Buffer.of()]);
      const { port } = second.address() as AddressInfo;
      const connection = await RawConnection.open(port);
      await connection.send(kept);
      expect((await connection.answer(WAIT_MS))?.status).toBe(204);
      expect(connection.rest).toHaveLength(0);
      connection.destroy();
      expect(seen).toEqual([{ url: '/mimo/events', body: EVENT }]);
    } finally {
      second.closeAllConnections();
      await new Promise((resolve) => second.close(resolve));
    }
  });
});

describe.each(DOOR_WAYS)('who asks (B2, B3) by %s', (_way, addon) => {
  onDoor(addon);

  const post = (lines: readonly string[], host = `127.0.0.1:${listener.port}`): string =>
    [
      'POST /mimo/events HTTP/1.1',
      ...(host === '' ? [] : [`Host: ${host}`]),
      ...lines,
      `Content-Length: ${EVENT.length}`,
      '',
      EVENT,
    ].join('\r\n');
  const cases: readonly (readonly [string, () => string, number, string])[] = [
    ['a foreign Host', () => post([], `evil.example:${listener.port}`), 421, 'E_HOST'],
    ['a Host without port', () => post([], '127.0.0.1'), 421, 'E_HOST'],
    ['a Host with user info', () => post([], `x@127.0.0.1:${listener.port}`), 421, 'E_HOST'],
    ['no Host', () => post([], ''), 400, 'E_HOST'],
    ['two Hosts', () => post([`Host: 127.0.0.1:${listener.port}`]), 400, 'E_HOST'],
    ['a foreign Origin', () => post(['Origin: http://evil.example']), 403, 'E_ORIGIN'],
    ['the Origin of a sandboxed page', () => post(['Origin: null']), 403, 'E_ORIGIN'],
    [
      'a page on another port',
      () => post(['Origin: http://localhost:3000', 'Sec-Fetch-Site: same-site']),
      403,
      'E_ORIGIN',
    ],
    ['a cross-site fetch', () => post(['Sec-Fetch-Site: cross-site']), 403, 'E_ORIGIN'],
    ['a form', () => post(['Content-Type: application/x-www-form-urlencoded']), 415, 'E_MEDIA_TYPE'],
    ['plain text', () => post(['Content-Type: text/plain']), 415, 'E_MEDIA_TYPE'],
    ['a type that only starts right', () => post(['Content-Type: application/jsonp']), 415, 'E_MEDIA_TYPE'],
    ['a compressed body', () => post(['Content-Encoding: gzip']), 415, 'E_ENCODING'],
    ['an unknown expectation', () => post(['Expect: miracles']), 417, 'E_HTTP'],
    ['another path', () => post([]).replace('/mimo/events', '/mimo/event'), 404, 'E_PATH'],
    ['a path in disguise', () => post([]).replace('/mimo/events', '/mimo/%65vents'), 404, 'E_PATH'],
    ['another method', () => post([]).replace('POST', 'DELETE'), 405, 'E_METHOD'],
    [
      'OPTIONS before a foreign POST',
      () => post(['Origin: http://evil.example']).replace('POST', 'OPTIONS'),
      403,
      'E_ORIGIN',
    ],
  ];
  test.each(cases)('%s', async (_name, bytes, status, code) => {
    const answer = await attack(bytes());
    expect(answer?.status).toBe(status);
    expect(JSON.parse(answer?.body.toString() ?? '')).toMatchObject({ code });
    expect([...(answer?.headers.keys() ?? [])].filter((name) => name.startsWith('access-control'))).toEqual(
      [],
    );
    expect(refused.map(({ failure }) => failure.code)).toEqual([code]);
    expect(events).toEqual([]);
    await expectServed();
  });

  test('a refusal of a whole request keeps the connection', async () => {
    const connection = await RawConnection.open(listener.port);
    try {
      await connection.send(post(['Content-Type: text/plain']) + good());
      expect((await connection.answer(WAIT_MS))?.status).toBe(415);
      expect((await connection.answer(WAIT_MS))?.status).toBe(204);
    } finally {
      connection.destroy();
    }
  });
});

describe.each(DOOR_WAYS)('bodies (B5, B8) by %s', (_way, addon) => {
  onDoor(addon);

  test('a gigabyte is refused at its announcement, and nothing of it is kept', async () => {
    const answer = await attack(head(['Content-Length: 1073741824']));
    expect(answer?.status).toBe(413);
    expect(refused[0]?.body).toHaveLength(0);
    await expectServed();
  });

  test('endless chunks are cut at the bound, and the sender can read why', async () => {
    const connection = await RawConnection.open(listener.port);
    try {
      await connection.send(head(['Transfer-Encoding: chunked']));
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      let sentBytes = 0;
      while (connection.rest.length === 0 && !connection.isClosed) {
        await connection.send(chunk);
        await new Promise((resolve) => setImmediate(resolve));
        sentBytes += chunk.length;
      }
      expect((await connection.answer(WAIT_MS))?.status).toBe(413);
      expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
      expect(refused[0]?.body.length).toBeLessThanOrEqual(LIMITS.httpEventBodyBytesMax);
      expect(await connection.closes(WAIT_MS)).toBe(true);
    } finally {
      connection.destroy();
    }
    await expectServed();
  });

  test('the bound is exact', async () => {
    const fill = LIMITS.httpEventBodyBytesMax - '{"event":""}'.length;
    const fits = `{"event":"${'x'.repeat(fill)}"}`;
    expect((await attack(head([`Content-Length: ${fits.length}`]) + fits))?.status).toBe(204);
    expect((await attack(`${head([`Content-Length: ${fits.length + 1}`])}${fits} `))?.status).toBe(413);
    expect(events).toHaveLength(1);
  });

  test.each([
    ['depth of a million', '['.repeat(200_000), 'E_JSON_DEPTH'],
    [
      '60 000 names',
      `{${Array.from({ length: 20_000 }, (_, index) => `"${index.toString(36)}":0`).join(',')}}`,
      'E_JSON_NODES',
    ],
    ['half a number', '{"event":"x","timestamp":1.', 'E_JSON'],
    ['a number beyond a double as time stamp', '{"event":"x","timestamp":1e999}', 'E_SHAPE'],
  ])('%s', async (_name, body, code) => {
    const answer = await attack(head([`Content-Length: ${body.length}`]) + body);
    expect(answer?.status).toBe(400);
    expect(JSON.parse(answer?.body.toString() ?? '')).toMatchObject({ code });
    await expectServed();
  });

  test('names of the prototype are plain data', async () => {
    const body =
      '{"event":"x","__proto__":{"event":"y","polluted":1},' +
      '"payload":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}';
    expect((await attack(head([`Content-Length: ${body.length}`]) + body))?.status).toBe(204);
    expect(events[0]?.event).toBe('x');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(JSON.stringify(events[0]?.payload)).toContain('"__proto__":{"polluted":1}');
  });

  test('a body that breaks off is no event, and is shown once', async () => {
    await attack(`${head(['Content-Length: 50'])}{"event":`, true);
    await expect
      .poll(() => refused.map(({ failure }) => failure.code), { timeout: WAIT_MS })
      .toEqual(['E_BODY_INCOMPLETE']);
    const connection = await RawConnection.open(listener.port);
    await connection.send(`${head(['Content-Length: 50'])}{"event":`);
    connection.destroy();
    await expect.poll(() => refused.length, { timeout: WAIT_MS }).toBe(2);
    expect(refused[1]?.failure.code).toBe('E_BODY_INCOMPLETE');
    await expectServed();
    expect(refused).toHaveLength(2);
  });

  test('a connection that says nothing is no refused request', async () => {
    for (let index = 0; index < 20; index += 1) {
      const connection = await RawConnection.open(listener.port);
      if (index % 2 === 0) connection.endSending();
      else connection.destroy();
      if (index % 2 === 0) expect(await connection.closes(WAIT_MS)).toBe(true);
    }
    await expectServed();
    expect(refused).toEqual([]);
  });
});

describe.each(DOOR_WAYS)('slow and many (B6) by %s', (_way, addon) => {
  onDoor(addon);

  test('a slow head is answered 408, a slow body too, and meanwhile others are served', async () => {
    const slowHead = await RawConnection.open(listener.port);
    const slowBody = await RawConnection.open(listener.port);
    const silent = await RawConnection.open(listener.port);
    try {
      await slowHead.send('POST /mimo');
      await slowBody.send(`${head(['Content-Length: 50'])}{`);
      const answers = Promise.all([
        slowHead.answer(WAIT_MS),
        slowBody.answer(WAIT_MS),
        silent.closes(WAIT_MS),
      ]);
      expect((await attack(good()))?.status).toBe(204);
      const [first, second, isClosed] = await answers;
      expect(first?.status).toBe(408);
      expect(second?.status).toBe(408);
      expect(isClosed).toBe(true);
      expect(refused.map(({ failure }) => failure.code)).toEqual(['E_SLOW', 'E_SLOW']);
      expect(Buffer.from(refused[1]?.head ?? []).toString()).toContain('Content-Length: 50');
    } finally {
      for (const connection of [slowHead, slowBody, silent]) connection.destroy();
    }
    await expectServed();
  });

  test('more slow connections than there are places do not keep one producer out', async () => {
    const count = LIMITS.httpConnectionsMax + 100;
    const attackers: RawConnection[] = [];
    const producer = await RawConnection.open(listener.port);
    try {
      await producer.send(good());
      expect((await producer.answer(WAIT_MS))?.status).toBe(204);
      for (let index = 0; index < count; index += 1) {
        const attacker = await RawConnection.open(listener.port);
        attackers.push(attacker);
        await attacker.send(index % 2 === 0 ? 'P' : `${head(['Content-Length: 9'])}{`);
        if (index % 100 !== 0) continue;
        // Both kinds of producer: the one that stays connected and the one that opens a connection per event.
        await producer.send(good());
        expect((await producer.answer(WAIT_MS))?.status).toBe(204);
        expect((await attack(good()))?.status).toBe(204);
      }
      const { connections, evicted } = listener.counters();
      expect(connections).toBeLessThanOrEqual(LIMITS.httpConnectionsMax);
      expect(evicted).toBeGreaterThanOrEqual(100);
      await producer.send(good());
      expect((await producer.answer(WAIT_MS))?.status).toBe(204);
    } finally {
      for (const connection of [producer, ...attackers]) connection.destroy();
    }
    await expectServed();
  });

  test.skipIf(process.platform !== 'linux')(
    'a thousand connections come and go without leaving a descriptor',
    async () => {
      const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
      await expectServed();
      const before = await open();
      const pieces = ['', 'P', 'rubbish\r\n\r\n', good(), head(['Content-Length: 9'])];
      for (let index = 0; index < 1_000; index += 1) {
        const connection = await RawConnection.open(listener.port);
        await connection.send(pieces[index % pieces.length] ?? '');
        connection.destroy();
      }
      await expectServed();
      await expect.poll(open, { timeout: WAIT_MS }).toBeLessThanOrEqual(before);
    },
  );
});
