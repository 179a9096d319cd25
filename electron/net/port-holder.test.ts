import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { basename } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePortNear, portHolder } from './port-holder.ts';

const opened: Server[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function hold(host: string, port = 0): Promise<number> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  opened.push(server);
  return (server.address() as AddressInfo).port;
}

test.skipIf(process.platform !== 'linux')('finds our own process behind its ports', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const holder = await portHolder(await hold(host));
    expect(holder?.pid).toBe(process.pid);
    expect(holder?.program).toBe(basename(process.execPath));
  }
});

test('a free port has no holder', async () => {
  const port = await hold('127.0.0.1');
  await new Promise((resolve) => opened.pop()?.close(resolve));
  expect(await portHolder(port)).toBeNull();
});

test('offers a port above one that is taken', async () => {
  const port = await hold('127.0.0.1');
  const offer = await freePortNear(port);
  expect(offer).toBeGreaterThan(port);
  expect(await hold('127.0.0.1', offer ?? 0)).toBe(offer);
});

test('offers nothing beyond the last port', async () => {
  expect(await freePortNear(65_535)).toBeNull();
});
