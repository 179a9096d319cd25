// A door with the addon beside one of node:http alone: the same bytes out for the same bytes in.
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { loadNative, type NativeAddon } from '../../native/index.ts';
import { LIMITS } from '../../shared/limits.ts';
import { RawConnection } from '../../tests/kit/raw-http-client.ts';
import type { Door, DoorOptions, DoorRefusal, DoorRequest, DoorRoute } from './door.ts';
import type { DoorAnswer } from './http-answer.ts';
import { openDoor } from './loopback-http.ts';

const { native } = loadNative();
const WAIT_MS = 20_000;
let aheadMs = 0;
const clock = { wallMs: () => 5, monotonicMs: () => performance.now() + aheadMs };
const opened: Door[] = [];
afterEach(async () => {
  aheadMs = 0;
  await Promise.all(opened.splice(0).map((door) => door.close()));
});

/** What a handler may say, by path. */
const ANSWERS: Readonly<Record<string, DoorAnswer>> = {
  '/204': { status: 204 },
  '/200': { status: 200 },
  '/503': { status: 503 },
  '/body': { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'für dich' },
  '/bytes': { status: 200, body: Uint8Array.of(0, 1, 255) },
  '/refused': { status: 400, failure: { code: 'E_JSON', message: 'nö', fix: 'try again' } },
  '/hidden': { status: 400, failure: { code: 'E_JSON', message: 'not told' } },
};

interface Watched {
  readonly door: Door;
  readonly taken: DoorRequest[];
  readonly refused: DoorRefusal[];
}

async function open(addon: NativeAddon | null, options: Partial<DoorOptions> = {}): Promise<Watched> {
  const taken: DoorRequest[] = [];
  const refused: DoorRefusal[] = [];
  const route = (path: string): DoorRoute | null => {
    const answer = ANSWERS[path];
    if (answer === undefined) return null;
    const handle = async (request: DoorRequest): Promise<DoorAnswer> => {
      taken.push(request);
      return answer;
    };
    const hidden = path === '/hidden' ? { refusalStatus: 200 } : undefined;
    return { methods: ['POST'], bodyBytesMax: 100, media: 'json', handle, ...hidden };
  };
  const refuse = async (refusal: DoorRefusal): Promise<void> => void refused.push(refusal);
  const given = { host: '127.0.0.1', port: 0, clock, route, refused: refuse, native: addon };
  const door = await openDoor({ ...given, ...options });
  opened.push(door);
  return { door, taken, refused };
}

function post(door: Door, path: string, lines: readonly string[] = [], body = '{}'): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${door.port}`, ...lines, length, '', body].join('\r\n');
}

/** Sends and gives all that comes until one whole answer is there, and whether the door closed behind it. */
async function exchange(door: Door, text: string): Promise<string> {
  const socket = connect({ port: door.port, host: '127.0.0.1' });
  let received = '';
  try {
    await new Promise<void>((resolve) => {
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        const [head = '', body] = received.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split('\r\n\r\n');
        const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? '0');
        // One that closes is read to its end, so that the end is seen too.
        if (body?.length === length && !/^connection: close/im.test(head)) resolve();
      });
      socket.write(text);
    });
  } finally {
    socket.destroy();
  }
  return received.replace(/^Date: .*$/im, 'Date: now').replaceAll(String(door.port), 'PORT');
}

/** All but the peer's port and the way the head was kept. */
function plain(watched: Watched): unknown {
  const { port } = watched.door;
  const text = (bytes: Uint8Array): string =>
    Buffer.from(bytes).toString('latin1').replaceAll(String(port), 'PORT');
  const taken = watched.taken.map((request) => {
    const { method, path, query, headers, receivedAtMs, body } = request;
    const said: unknown = JSON.parse(JSON.stringify(headers).replaceAll(String(port), 'PORT'));
    return {
      method,
      path,
      query,
      headers: said,
      receivedAtMs,
      body: text(body),
      head: text(request.head()),
    };
  });
  const refused = watched.refused.map(({ head, body, failure, receivedAtMs }) => {
    const { code, message } = failure;
    return { head: text(head), body: text(body), code, message, receivedAtMs };
  });
  return { taken, refused };
}

describe.skipIf(native === null)('a door with the addon', () => {
  test('says that it is lean only where it is', async () => {
    expect((await open(native)).door.isLean).toBe(true);
    expect((await open(null)).door.isLean).toBe(false);
    expect((await open(native, { host: 'localhost' })).door.isLean).toBe(false);
    const authorize = (): { accepted: true; waitMs: 0 } => ({ accepted: true, waitMs: 0 });
    expect((await open(native, { authorize })).door.isLean).toBe(false);
    expect((await open(native, { upgrade: (_request, socket) => socket.destroy() })).door.isLean).toBe(false);
  });

  test('gives every answer in the bytes of node:http', async () => {
    const lean = await open(native);
    const node = await open(null);
    for (const path of [...Object.keys(ANSWERS), '/nowhere', '/204?a=%20b']) {
      for (const lines of [
        [],
        ['Connection: close'],
        ['Connection: keep-alive'],
        ['Proxy-Connection: close'],
      ]) {
        const answer = await exchange(lean.door, post(lean.door, path, lines));
        expect(answer, path).toMatch(/^HTTP\/1\.1 \d{3} /);
        expect(answer, path).toBe(await exchange(node.door, post(node.door, path, lines)));
      }
    }
    expect(plain(lean)).toEqual(plain(node));
    expect(lean.taken[0]?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('decides like node:http whatever whole request comes', { timeout: 120_000 }, async () => {
    const lean = await open(native);
    const node = await open(null);
    const host = fc.constantFrom(
      '127.0.0.1:PORT',
      '127.0.0.1:PORT',
      'LOCALHOST:PORT',
      '[::1]:PORT',
      '127.0.0.1',
      'evil.example:PORT',
    );
    const line = fc.constantFrom(
      'Content-Type: application/json', 'Content-Type: application/json; charset=utf-8', 'Content-Type: text/plain',
      'Origin: http://127.0.0.1:PORT', 'Origin: http://evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: none',
      'Content-Encoding: gzip', 'Content-Encoding: identity', 'Connection: close', 'Expect: 100-continue', 'Expect: x', 'Host: other',
      'X-Trace: a b', 'X-Trace:c', 'TE: trailers', 'Cookie: a=b', 'Content-Length: 2',
    ); // prettier-ignore
    const path = fc.constantFrom(
      '/204',
      '/204',
      '/body',
      '/refused',
      '/hidden',
      '/nowhere',
      '/204?x',
      '//204',
      '/constructor',
    );
    const method = fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'GET');
    const body = fc.constantFrom('{}', '', 'x'.repeat(100), 'x'.repeat(101), '\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(
        method,
        path,
        host,
        fc.array(line, { maxLength: 3 }),
        body,
        async (verb, target, name, lines, text) => {
          const made = [
            `${verb} ${target} HTTP/1.1`,
            `Host: ${name}`,
            ...lines,
            `Content-Length: ${text.length}`,
            '',
            text,
          ].join('\r\n');
          const ask = ({ door }: Watched): Promise<string> =>
            exchange(door, made.replaceAll('PORT', String(door.port)));
          expect(await ask(lean)).toBe(await ask(node));
        },
      ),
      // About one in nine can be taken lean: enough that a hundred always are.
      { numRuns: 1_500 },
    );
    expect(plain(lean)).toEqual(plain(node));
    expect(lean.door.counters()).toMatchObject({
      requests: node.door.counters().requests,
      refused: node.door.counters().refused,
    });
    expect(lean.taken.length).toBeGreaterThan(100);
  });

  test('serves one connection in both ways, one request after the other', async () => {
    const { door, taken } = await open(native);
    const connection = await RawConnection.open(door.port);
    const get = `GET /204 HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\n\r\n`;
    const one = post(door, '/204');
    try {
      for (const text of [one, one, one + one, one, get, one]) await connection.send(text);
      const statuses = [];
      for (let index = 0; index < 7; index += 1) statuses.push((await connection.answer(WAIT_MS))?.status);
      expect(statuses).toEqual([204, 204, 204, 204, 204, 405, 204]);
      expect(new Set(taken.map(({ peer }) => peer)).size).toBe(1);
      expect(door.counters()).toMatchObject({ connections: 1, requests: 7 });
    } finally {
      connection.destroy();
    }
    await expect.poll(() => door.counters().connections).toBe(0);
  });

  test('puts requests together that come in pieces', async () => {
    const { door, taken } = await open(native);
    const text = post(door, '/204');
    for (const cut of [0, 1, 20, text.length - 2, text.length - 1]) {
      const connection = await RawConnection.open(door.port);
      try {
        await connection.send(text.slice(0, cut));
        await new Promise((resolve) => setTimeout(resolve, 20));
        await connection.send(text.slice(cut));
        expect((await connection.answer(WAIT_MS))?.status).toBe(204);
      } finally {
        connection.destroy();
      }
    }
    expect(taken).toHaveLength(5);
  });

  test('serves a connection that was silent for long', async () => {
    const { door } = await open(native);
    const connection = await RawConnection.open(door.port);
    try {
      await new Promise((resolve) => setTimeout(resolve, LIMITS.httpSilentMs * 3));
      await connection.send(post(door, '/204'));
      expect((await connection.answer(WAIT_MS))?.status).toBe(204);
    } finally {
      connection.destroy();
    }
  });

  test('closes a connection that asks nothing for the keep-alive time', async () => {
    const { door } = await open(native);
    const connection = await RawConnection.open(door.port);
    try {
      await connection.send(post(door, '/204'));
      expect((await connection.answer(WAIT_MS))?.status).toBe(204);
      aheadMs = LIMITS.httpKeepAliveMs - 5_000;
      await new Promise((resolve) => setTimeout(resolve, LIMITS.httpSweepIntervalMs * 2));
      expect(connection.isClosed).toBe(false);
      aheadMs = LIMITS.httpKeepAliveMs + 1;
      expect(await connection.closes(WAIT_MS)).toBe(true);
    } finally {
      connection.destroy();
    }
  });

  test('closing answers what is being worked on, with a goodbye, and closes the rest', async () => {
    let release = (): void => undefined;
    const handle = (): Promise<DoorAnswer> =>
      new Promise((resolve) => {
        release = () => resolve({ status: 204 });
      });
    const slow: DoorRoute = { methods: ['POST'], bodyBytesMax: 9, media: 'any', handle };
    const { door } = await open(native, {
      route: (path) => (path === '/slow' ? slow : { ...slow, handle: async () => ({ status: 200 }) }),
    });
    const idle = await RawConnection.open(door.port);
    const busy = await RawConnection.open(door.port);
    try {
      await idle.send(post(door, '/fast'));
      expect((await idle.answer(WAIT_MS))?.status).toBe(200);
      await busy.send(post(door, '/slow'));
      await expect.poll(() => door.counters().requests).toBe(2);
      const closing = door.close();
      expect(await idle.closes(WAIT_MS)).toBe(true);
      release();
      const answer = await busy.answer(WAIT_MS);
      expect(answer?.status).toBe(204);
      expect(answer?.headers.get('connection')).toBe('close');
      expect(await busy.closes(WAIT_MS)).toBe(true);
      await closing;
      await expect(RawConnection.open(door.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    } finally {
      idle.destroy();
      busy.destroy();
    }
  });

  test('closing does not wait for ever for a handler, whose answer then goes nowhere', async () => {
    let release = (): void => undefined;
    const handle = (): Promise<DoorAnswer> =>
      new Promise((resolve) => {
        release = () => resolve({ status: 204 });
      });
    const slow: DoorRoute = { methods: ['POST'], bodyBytesMax: 9, media: 'any', handle };
    const { door } = await open(native, { route: () => slow });
    const connection = await RawConnection.open(door.port);
    try {
      await connection.send(post(door, '/any'));
      await expect.poll(() => door.counters().requests).toBe(1);
      await door.close();
      release();
      expect(await connection.closes(WAIT_MS)).toBe(true);
      expect(connection.rest).toHaveLength(0);
    } finally {
      connection.destroy();
    }
  });

  test('says who holds the port', async () => {
    const { door } = await open(native);
    await expect(open(native, { port: door.port })).rejects.toMatchObject({
      code: 'E_ADDRESS_IN_USE',
      message: expect.stringContaining(String(process.pid)),
    });
  });

  test('listens on ::1 and names the peer as node:http does', async (context) => {
    const { door, taken } = await open(native, { host: '::1' }).catch((error: unknown) => {
      // A machine without IPv6.
      if (error instanceof Error && 'code' in error && error.code === 'E_ADDRESS') return context.skip();
      throw error;
    });
    const socket = connect({ port: door.port, host: '::1' });
    try {
      socket.write(post(door, '/204').replace('127.0.0.1', '[::1]'));
      await new Promise((resolve) => socket.once('data', resolve));
      expect(taken.map(({ peer }) => peer)).toEqual([`[::1]:${socket.localPort}`]);
    } finally {
      socket.destroy();
    }
  });

  test('leaves no descriptor behind', async () => {
    const count = (): number => readdirSync('/proc/self/fd').length;
    const { door } = await open(native);
    await door.close();
    const before = count();
    for (let round = 0; round < 20; round += 1) {
      const { door: next } = await open(native);
      const connections = await Promise.all(Array.from({ length: 5 }, () => RawConnection.open(next.port)));
      await connections[0]?.send(post(next, '/204'));
      expect((await connections[0]?.answer(WAIT_MS))?.status).toBe(204);
      await connections[1]?.send('P');
      for (const connection of connections) connection.destroy();
      await next.close();
    }
    await expect.poll(count, { timeout: WAIT_MS }).toBeLessThanOrEqual(before);
  });
});
