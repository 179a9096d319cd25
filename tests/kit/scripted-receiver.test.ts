import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { encodeAnswer, reservePort, ScriptedReceiver } from './scripted-receiver.ts';

let receiver: ScriptedReceiver | undefined;
afterEach(async () => receiver?.close());

function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(300, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', (error) => (answer += `<${'code' in error ? String(error.code) : error.message}>`));
    socket.on('close', () => resolve(answer));
  });
}

test('answers pipelined requests in order and records them', async () => {
  receiver = await ScriptedReceiver.start([{ status: 200, body: 'one', delay: 30 }, { status: 204 }]);
  const answer = await exchange(
    receiver.port,
    'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: x\r\n\r\n',
  );
  expect(answer).toBe('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 204 No Content\r\n\r\n');
  expect(receiver.requests.map(({ method, path, connection }) => [method, path, connection])).toEqual([
    ['POST', '/a', 1],
    ['GET', '/b', 1],
  ]);
  expect(receiver.requests[0]?.body.toString()).toBe('hi');
  expect(receiver.connections[0]?.requestCount).toBe(2);
});

test('a request after a reset or close is not recorded', async () => {
  receiver = await ScriptedReceiver.start([{ action: 'rst' }, { action: 'close' }, { status: 204 }]);
  const two = 'GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n';
  expect(await exchange(receiver.port, two)).toBe('<ECONNRESET>');
  await exchange(receiver.port, two);
  expect(receiver.requests.map((request) => request.connection)).toEqual([1, 2]);
});

test('what is not HTTP is a violation', async () => {
  receiver = await ScriptedReceiver.start();
  await exchange(receiver.port, 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n');
  expect(receiver.violations).toEqual(['bad Content-Length']);
  expect(receiver.requests).toEqual([]);
});

test('a wait that is not fulfilled says how far it came', async () => {
  receiver = await ScriptedReceiver.start();
  await expect(receiver.waitForRequests(1, 20)).rejects.toThrow('0 of 1 requests');
});

test('chunked and close framing', () => {
  expect(encodeAnswer({ status: 200, body: 'abc', framing: 'chunked' }).toString()).toBe(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
  );
  expect(encodeAnswer({ status: 200, body: 'abc', framing: 'close' }).toString()).toBe(
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc',
  );
});

test('a reserved port is free', async () => {
  receiver = await ScriptedReceiver.start([], await reservePort());
  expect(receiver.url('/e')).toBe(`http://127.0.0.1:${receiver.port}/e`);
});
