import { afterEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK as clock } from '../../net/system-clock.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { RawConnection, type RawAnswer } from '../../../tests/kit/raw-http-client.ts';
import {
  createCallbackPath,
  openCallbackServer,
  type CallbackServer,
  type CallbackServerOptions,
  type UplinkReceived,
  type UplinkRefused,
} from './callback-server.ts';

const servers: CallbackServer[] = [];
const WAIT_MS = 20_000;

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

interface Opened {
  readonly server: CallbackServer;
  readonly received: UplinkReceived[];
  readonly refused: UplinkRefused[];
}

async function open(options: Partial<CallbackServerOptions> = {}): Promise<Opened> {
  const received: UplinkReceived[] = [];
  const refused: UplinkRefused[] = [];
  const server = await openCallbackServer({
    host: '127.0.0.1',
    port: 0,
    path: '/cb',
    clock,
    accept: (uplink) => Promise.resolve(void received.push(uplink)),
    refuse: (uplink) => Promise.resolve(void refused.push(uplink)),
    ...options,
  });
  servers.push(server);
  return { server, received, refused };
}

async function post(
  server: CallbackServer,
  body: string | Buffer,
  lines: readonly string[] = [],
  path = '/cb',
): Promise<RawAnswer | null> {
  const connection = await RawConnection.open(server.port);
  try {
    const bytes = Buffer.from(body);
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      `Content-Length: ${bytes.length}`,
      ...lines,
    ];
    await connection.send(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]));
    return await connection.answer(WAIT_MS);
  } finally {
    connection.destroy();
  }
}

const BODY = '{"message_id":"plug-1745678552","bk_agent_id":"0:127.0.0.1","content":"uplink sample one"}';

describe('the callback server', () => {
  it('answers 200 with nothing once the message is kept', async () => {
    const { server, received } = await open();
    const answer = await post(server, BODY, ['Content-Type: text/plain']);
    expect(answer?.status).toBe(200);
    expect(answer?.body.length).toBe(0);
    expect(received[0]).toMatchObject({
      messageId: 'plug-1745678552',
      agentId: '0:127.0.0.1',
      content: 'uplink sample one',
    });
    expect(Buffer.from(received[0]?.body ?? []).toString()).toBe(BODY);
    expect(server.counters()).toEqual({ accepted: 1, busy: 0, refused: 0, refusedLost: 0 });
  });

  it('takes a chunked body and keeps duplicates', async () => {
    const { server, received } = await open();
    const connection = await RawConnection.open(server.port);
    const half = BODY.length >> 1;
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const body = `${chunk(BODY.slice(0, half))}${chunk(BODY.slice(half))}0\r\n\r\n`;
    await connection.send(
      `POST /cb HTTP/1.1\r\nHost: localhost:${server.port}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
    );
    expect((await connection.answer(WAIT_MS))?.status).toBe(200);
    connection.destroy();
    await post(server, BODY);
    expect(received.map(({ messageId }) => messageId)).toEqual(['plug-1745678552', 'plug-1745678552']);
  });

  it('answers 400 to what nobody can decode and keeps its bytes', async () => {
    const { server, refused } = await open();
    for (const body of ['', '[]', '{"message_id":7}', `{"x":${'['.repeat(65)}${']'.repeat(65)}}`])
      expect((await post(server, body))?.status).toBe(400);
    expect(refused.map(({ failure }) => failure.code)).toEqual([
      'E_JSON',
      'E_JSON',
      'E_JSON',
      'E_JSON_DEPTH',
    ]);
    expect(Buffer.from(refused[2]?.body ?? []).toString()).toBe('{"message_id":7}');
  });

  it('answers 200 to that as well where gateways repeat', async () => {
    const { server, refused, received } = await open({ alwaysOk: true });
    expect(await post(server, 'nonsense')).toMatchObject({ status: 200 });
    expect(refused.length).toBe(1);
    expect(received.length).toBe(0);
  });

  it('answers 503 when the message cannot be kept', async () => {
    const { server } = await open({
      accept: () => Promise.reject(new OperatingError('E_STORE_FULL', 'full')),
    });
    expect((await post(server, BODY))?.status).toBe(503);
    expect(server.counters().busy).toBe(1);
  });

  it('answers before what is slow only if the owner does not wait for it', async () => {
    let finish: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { server } = await open({ accept: () => Promise.resolve(void slow) });
    expect((await post(server, BODY))?.status).toBe(200);
    finish();
  });

  it('refuses other paths, foreign pages and addresses that are not listed', async () => {
    const { server, refused } = await open({ allowedPeers: ['10.0.0.7'] });
    expect((await post(server, BODY))?.status).toBe(403);
    expect((await post(server, BODY, [], '/cb2'))?.status).toBe(404);
    expect((await post(server, BODY, ['Origin: http://evil.example']))?.status).toBe(403);
    expect(refused.map(({ failure }) => failure.code)).toEqual(['E_ORIGIN', 'E_PATH', 'E_ORIGIN']);
    const listed = await open({ allowedPeers: ['127.0.0.1'] });
    expect((await post(listed.server, BODY))?.status).toBe(200);
  });

  it('refuses a body beyond 16 MiB at its head', async () => {
    const { server } = await open();
    const connection = await RawConnection.open(server.port);
    await connection.send(
      `POST /cb HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 16777217\r\n\r\n`,
    );
    expect((await connection.answer(WAIT_MS))?.status).toBe(413);
    connection.destroy();
  });

  it('listens to other machines only when asked, and then the path is the secret', async () => {
    await expect(open({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'E_ADDRESS' });
    const path = createCallbackPath();
    expect(path).toMatch(/^\/gse\/callback\/[\w-]{32}$/);
    expect(createCallbackPath()).not.toBe(path);
    const { server } = await open({ host: '0.0.0.0', path, network: { hostNames: ['gse.example'] } });
    const host = `Host: gse.example:${server.port}`;
    const ask = async (asked: string): Promise<number | undefined> => {
      const connection = await RawConnection.open(server.port);
      await connection.send(
        `POST ${asked} HTTP/1.1\r\n${host}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
      );
      const answer = await connection.answer(WAIT_MS);
      connection.destroy();
      return answer?.status;
    };
    expect(await ask('/gse/callback/guess')).toBe(404);
    expect(await ask(path)).toBe(200);
  });

  it.each(['cb', '/a?b', '/a b', ''])('refuses the path %j', async (path) => {
    await expect(open({ path })).rejects.toMatchObject({ code: 'E_INPUT' });
  });
});
