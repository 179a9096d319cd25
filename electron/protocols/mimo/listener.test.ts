import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { OperatingError } from '../../../shared/failure.ts';
import { openMimoListener, type MimoListener, type MimoReceived, type MimoRefused } from './listener.ts';

const clock = { wallMs: () => 1_700_000_000_000, monotonicMs: () => 0 };
const opened: MimoListener[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
});

async function open(accept?: (received: MimoReceived) => Promise<void>): Promise<{
  listener: MimoListener;
  events: MimoReceived[];
  refused: MimoRefused[];
}> {
  const events: MimoReceived[] = [];
  const refused: MimoRefused[] = [];
  const listener = await openMimoListener({
    host: '127.0.0.1',
    port: 0,
    clock,
    accept: accept ?? (async (received) => void events.push(received)),
    refuse: async (request) => void refused.push(request),
  });
  opened.push(listener);
  return { listener, events, refused };
}

/** Writes the pieces and reads until the peer closes or `answers` status lines have come. */
function talk(port: number, pieces: readonly string[], answers = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.split('HTTP/1.1 ').length > answers) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    for (const piece of pieces) socket.write(piece, 'latin1');
  });
}

function post(port: number, body: string, extra = ''): string {
  const bytes = Buffer.from(body);
  return (
    `POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${extra}` +
    `Content-Length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`
  );
}

describe('MIMO listener', () => {
  test('answers 204 without a body after accepting, and keeps head and body as sent', async () => {
    const { listener, events } = await open();
    const request = post(
      listener.port,
      '{"event":"bdev_ready","payload":{"host":"h1"},"timestamp":5}',
      'x-ODD: Value\r\n',
    );
    const answer = await talk(listener.port, [request]);
    expect(answer.startsWith('HTTP/1.1 204 No Content\r\n')).toBe(true);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
    expect(events).toHaveLength(1);
    const [event] = events;
    expect(Buffer.concat([event?.head ?? Buffer.of(), event?.body ?? Buffer.of()]).toString('latin1')).toBe(
      request,
    );
    expect(event).toMatchObject({
      event: 'bdev_ready',
      host: 'h1',
      sentAtS: 5,
      severity: 'info',
      payload: { host: 'h1' },
    });
    expect(event?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('waits for the commit, and answers pipelined requests in order', async () => {
    const waiting: (() => void)[] = [];
    const names: string[] = [];
    const { listener } = await open(
      (received) => new Promise((resolve) => (names.push(received.event), waiting.push(resolve))),
    );
    const { port } = listener;
    const talking = talk(
      port,
      [post(port, '{"event":"a"}') + post(port, '{"event":"b"}') + post(port, '[')],
      3,
    );
    await expect.poll(() => waiting.length).toBe(2);
    expect(listener.counters().accepted).toBe(0);
    waiting[1]?.();
    waiting[0]?.();
    const statuses = (await talking).match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(['HTTP/1.1 204', 'HTTP/1.1 204', 'HTTP/1.1 400']);
    expect(names).toEqual(['a', 'b']);
  });

  test('answers 503 without a body when the store is busy', async () => {
    const { listener } = await open(() => Promise.reject(new OperatingError('E_BUSY', 'full')));
    const answer = await talk(listener.port, [post(listener.port, '{"event":"a"}')]);
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain('Content-Length: 0\r\n');
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
    expect(listener.counters()).toMatchObject({ accepted: 0, busy: 1, refused: 0 });
  });

  test.each([
    ['', 'E_BODY_EMPTY', 400],
    ['{"event":"a"', 'E_JSON', 400],
    ['[]', 'E_SHAPE', 400],
    ['{"event":""}', 'E_SHAPE', 400],
    ['{"event":"a","timestamp":"5"}', 'E_SHAPE', 400],
    [`{"event":"a","payload":${'['.repeat(64)}${']'.repeat(64)}}`, 'E_JSON_DEPTH', 400],
    [`{"event":"a","payload":[${'1,'.repeat(20_000)}1]}`, 'E_JSON_NODES', 400],
    [`{"event":"a","payload":"${'x'.repeat(256 * 1024)}"}`, 'E_BODY_TOO_LARGE', 413],
  ])('refuses %#, tells why and shows the request', async (body, code, status) => {
    const { listener, events, refused } = await open();
    const answer = await talk(listener.port, [post(listener.port, body)]);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code });
    expect(answer.toLowerCase()).not.toContain('access-control');
    expect(refused.map((request) => request.failure.code)).toEqual([code]);
    expect(events).toEqual([]);
  });

  test.each([
    ['/mimo/event', 'POST', '', '', 404, 'E_PATH', /nothing is served at \/mimo\/event/, /\/mimo\/events/],
    ['/mimo/events', 'PUT', '', '', 405, 'E_METHOD', /only POST/, /POST/],
    ['/mimo/events', 'post', '', '', 400, 'E_HTTP', /method/, /capitals, such as POST/],
    ['/mimo/events', 'POST', '', 'Expect: nothing\r\n', 417, 'E_HTTP', /Expect/, /100-continue/],
    ['/mimo/events', 'POST', '', `X: ${'x'.repeat(9_000)}\r\n`, 431, 'E_HTTP', /8192 bytes/, /shorter/],
    ['/mimo/events', 'POST', '', 'Host: localhost\r\n', 400, 'E_HOST', /one Host header/, /127\.0\.0\.1:\d+/],
    ['/mimo/events', 'POST', 'x'.repeat(262_145), '', 413, 'E_BODY_TOO_LARGE', /262144 bytes/, /less/],
    ['/mimo/events', 'POST', '[', '', 400, 'E_JSON', /byte 1/, /one JSON value/],
    ['/mimo/events', 'POST', '['.repeat(65), '', 400, 'E_JSON_DEPTH', /64 nested/, /less deeply/],
    ['127.0.0.1:80', 'CONNECT', '', '', 400, 'E_HTTP', /must be a path/, /not as a proxy/],
  ])(
    'says what, why and what now: %s %s',
    async (target, method, body, extra, status, code, message, fix) => {
      const { listener, refused } = await open();
      const request = post(listener.port, body, extra).replace('POST /mimo/events', `${method} ${target}`);
      const answer = await talk(listener.port, [request]);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const said: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
      expect(said).toMatchObject({
        code,
        message: expect.stringMatching(message),
        fix: expect.stringMatching(fix),
      });
      expect(refused).toMatchObject([{ failure: said }]);
      expect(Buffer.from(refused[0]?.head ?? []).toString('latin1')).toContain(
        `${method} ${target} HTTP/1.1`,
      );
    },
  );

  test('names TLS at a door of plain HTTP', async () => {
    const { listener, refused } = await open();
    const hello = Buffer.concat([Buffer.from('16030100410100003d0303', 'hex'), Buffer.alloc(59)]);
    const answer = await talk(listener.port, [hello.toString('latin1')]);
    expect(answer).toMatch(/this is TLS.*Write http:/s);
    expect(refused).toMatchObject([{ failure: { code: 'E_HTTP' } }]);
  });

  test('a look at the door is answered at once and is no refused request', async () => {
    const { listener, refused } = await open();
    const answer = await talk(listener.port, [
      `GET /mimo/events HTTP/1.1\r\nHost: localhost:${listener.port}\r\n\r\n`,
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer).toContain('Allow: POST\r\n');
    expect(refused).toEqual([]);
  });

  test('names the holder of a taken port', async () => {
    const { listener } = await open();
    const again = openMimoListener({
      host: '127.0.0.1',
      port: listener.port,
      clock,
      accept: async () => undefined,
      refuse: async () => undefined,
    });
    await expect(again).rejects.toMatchObject({
      code: 'E_ADDRESS_IN_USE',
      message: expect.stringContaining(`pid ${process.pid} (`),
    });
  });

  test('is not opened to the network without a token', async () => {
    const open = openMimoListener({
      host: '0.0.0.0',
      port: 0,
      clock,
      accept: async () => undefined,
      refuse: async () => undefined,
    });
    await expect(open).rejects.toMatchObject({ code: 'E_ADDRESS' });
  });

  test('closing twice is closing once', async () => {
    const { listener } = await open();
    await Promise.all([listener.close(), listener.close()]);
    await listener.close();
  });
});
