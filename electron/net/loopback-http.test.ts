import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NativeAddon } from '../../native/index.ts';
import { DOOR_WAYS } from '../../tests/kit/door-ways.ts';
import { RawConnection } from '../../tests/kit/raw-http-client.ts';
import type { Door, DoorOptions, DoorRefusal, DoorRoute } from './door.ts';
import { openDoor } from './loopback-http.ts';
import { createToken, presentedToken, TokenGate } from './token.ts';

const clock = { wallMs: () => 5, monotonicMs: () => performance.now() };
const WAIT_MS = 20_000;
const opened: Door[] = [];
let addon: NativeAddon | null = null;
afterEach(async () => {
  await Promise.all(opened.splice(0).map((door) => door.close()));
});

const echo: DoorRoute = {
  methods: ['GET', 'POST'],
  bodyBytesMax: 100,
  media: 'any',
  handle: async ({ method, path, query, body }) => {
    return {
      status: 200,
      headers: { 'Content-Type': 'text/plain' },
      body: `${method} ${path} ${query} ${body.length}`,
    };
  },
};

async function open(options: Partial<DoorOptions> = {}): Promise<Door> {
  const door = await openDoor({
    host: '127.0.0.1',
    port: 0,
    clock,
    route: (path) => (path === '/echo' ? echo : null),
    native: addon,
    ...options,
  });
  opened.push(door);
  return door;
}

async function ask(
  door: Door,
  lines: readonly string[],
  body = '',
): Promise<{ status: number | undefined; body: string }> {
  const connection = await RawConnection.open(door.port);
  try {
    await connection.send([...lines, '', body].join('\r\n'));
    const answer = await connection.answer(WAIT_MS, lines[0]?.split(' ')[0]);
    return { status: answer?.status, body: answer?.body.toString() ?? '' };
  } finally {
    connection.destroy();
  }
}

describe.each(DOOR_WAYS)('a door that accepts by %s', (_way, given) => {
  beforeEach(() => {
    addon = given;
  });

  test('gives method, path, query and body to its route', async () => {
    const door = await open();
    const lines = [
      'POST /echo?a=%20b HTTP/1.1',
      `Host: localhost:${door.port}`,
      'Content-Type: text/html',
      'Content-Length: 3',
    ];
    expect(await ask(door, lines, 'abc')).toEqual({ status: 200, body: 'POST /echo a=%20b 3' });
    expect(await ask(door, ['HEAD /none HTTP/1.1', `Host: localhost:${door.port}`])).toEqual({
      status: 404,
      body: '',
    });
  });

  test('answers every refusal of a whole request with the status its route wants', async () => {
    const refused: DoorRefusal[] = [];
    const handle: DoorRoute['handle'] = async () => {
      return { status: 400, failure: { code: 'E_SHAPE', message: 'not what we expect' } };
    };
    const route: DoorRoute = { ...echo, handle, refusalStatus: 200 };
    const door = await open({ route: () => route, refused: async (refusal) => void refused.push(refusal) });
    const lines = ['POST /any HTTP/1.1', `Host: localhost:${door.port}`, 'Content-Length: 3'];
    expect(await ask(door, lines, 'abc')).toEqual({ status: 200, body: '' });
    expect(refused.map(({ failure, body }) => [failure.code, Buffer.from(body).toString()])).toEqual([
      ['E_SHAPE', 'abc'],
    ]);
  });

  test('with a token lets in only who shows it, as Bearer or as password', async () => {
    const token = createToken();
    const gate = new TokenGate(token, clock);
    const door = await open({
      authorize: ({ headers }) => gate.check(presentedToken(headers.authorization)),
    });
    const lines = ['GET /echo HTTP/1.1', `Host: localhost:${door.port}`];
    expect((await ask(door, lines)).status).toBe(401);
    expect((await ask(door, [...lines, 'Authorization: Bearer wrong'])).status).toBe(401);
    expect((await ask(door, [...lines, `Authorization: Bearer ${token}`])).status).toBe(200);
    const basic = Buffer.from(`any:${token}`).toString('base64');
    expect((await ask(door, [...lines, `Authorization: Basic ${basic}`])).status).toBe(200);
  });

  test('an upgrade passes the same checks', async () => {
    let upgrades = 0;
    const door = await open({
      upgrade: (_request, socket) => {
        upgrades += 1;
        socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      },
    });
    const lines = ['GET /echo HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'];
    expect((await ask(door, [...lines, `Host: evil.example:${door.port}`])).status).toBe(421);
    expect(
      (await ask(door, [...lines, `Host: localhost:${door.port}`, 'Origin: http://evil.example'])).status,
    ).toBe(403);
    expect(upgrades).toBe(0);
    await ask(door, [...lines, `Host: localhost:${door.port}`]);
    expect(upgrades).toBe(1);
  });

  test('on every address needs a token, and is called by the addresses of the machine', async () => {
    await expect(open({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'E_ADDRESS' });
    await expect(open({ host: '0.0.0.0', toNetwork: true })).rejects.toMatchObject({ code: 'E_ADDRESS' });
    await expect(open({ host: '::' })).rejects.toMatchObject({ code: 'E_ADDRESS' });
    const door = await open({
      host: '0.0.0.0',
      toNetwork: true,
      authorize: () => ({ accepted: true, waitMs: 0 }),
    });
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, family } of own) {
      const host = family === 'IPv6' ? `[${address}]` : address;
      expect((await ask(door, ['GET /echo HTTP/1.1', `Host: ${host}:${door.port}`])).status).toBe(200);
    }
    expect((await ask(door, ['GET /echo HTTP/1.1', `Host: evil.example:${door.port}`])).status).toBe(421);
  });

  test('closing lets a request that is being answered finish', async () => {
    let release = (): void => undefined;
    const slow: DoorRoute = {
      ...echo,
      handle: () =>
        new Promise((resolve) => {
          release = () => resolve({ status: 204 });
        }),
    };
    const door = await open({ route: () => slow });
    const idle = connect({ port: door.port, host: '127.0.0.1' });
    idle.on('error', () => idle.destroy());
    const lines = ['POST /echo HTTP/1.1', `Host: localhost:${door.port}`, 'Content-Length: 0'];
    const answer = ask(door, lines);
    await expect.poll(() => door.counters().requests).toBe(1);
    const closing = door.close();
    release();
    expect((await answer).status).toBe(204);
    await closing;
    await expect(RawConnection.open(door.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    idle.destroy();
  });
});
