/** Somebody cuts the shared-memory file of a session short: that session ends, its process and everybody else's session do not. */
import type { ChildProcess } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeIncrement, encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';
import { NetipcBench, heldBy } from '../kit/netipc-process.ts';
import { until } from '../kit/store-kit.ts';

const CALL_TIMEOUT_MS = 60_000;
let bench: NetipcBench;
let server: ChildProcess;
beforeEach(async () => {
  bench = new NetipcBench();
  server = await bench.start('serve');
});
afterEach(async () => {
  try {
    // Whatever happened: the server lives, serves, and holds nothing of it.
    expect([server.exitCode, server.signalCode]).toEqual([null, null]);
    expect(await bench.goodClient()).toBe('shared-memory');
    await until(
      'the regions are gone',
      () => bench.regionFiles().length === 0 && heldBy(server).regions === 0,
    );
  } finally {
    await bench.close();
  }
});

function theRegion(): string {
  const [file = ''] = bench.regionFiles();
  expect(file).not.toBe('');
  return join(bench.folder, file);
}

describe.skipIf(process.platform !== 'linux')('a shared-memory file cut short', () => {
  it.each([0, 64, 4_096])(
    'to %i bytes ends a waiting call of ours with a reason, and the next works',
    async (bytes) => {
      const client = bench.client();
      try {
        await client.refresh();
        const call = client.call(encodeIncrement(777n), { timeoutMs: CALL_TIMEOUT_MS, isRetried: false });
        const ended = call.then(
          (answer) => `answered ${decodeIncrement(answer)}`,
          (error: unknown) => String(error),
        );
        truncateSync(theRegion(), bytes);
        // The answer's area lies behind the first page: whoever touches it first ends the session, and the other learns of it.
        expect(await ended).toMatch(/cut the shared-memory file short|closed the connection/);
        await until('the client is ready again', () => {
          void client.refresh();
          return client.isReady;
        });
        expect(decodeIncrement(await client.call(encodeIncrement(1n)))).toBe(2n);
      } finally {
        client.close();
      }
    },
  );

  it('under a client in a process of its own leaves that process alive', async () => {
    const client = await bench.start('call', 'shm');
    truncateSync(theRegion(), 0);
    await until('both sides let go', () => heldBy(client).regions === 0 && heldBy(server).regions === 0);
    expect([client.exitCode, client.signalCode]).toEqual([null, null]);
    await bench.kill(client);
  });

  it('while calls go through it fast, many times', async () => {
    for (let round = 0; round < 30; round += 1) {
      const client = bench.client();
      await client.refresh();
      let value = 0n;
      const path = theRegion();
      setTimeout(() => truncateSync(path, round % 2 === 0 ? 0 : 4_096), 1 + (round % 5));
      try {
        for (const endMs = performance.now() + 30; performance.now() < endMs;)
          value = decodeIncrement(
            await client.call(encodeIncrement(value), { timeoutMs: CALL_TIMEOUT_MS, isRetried: false }),
          );
      } catch (error) {
        expect(String(error)).toMatch(/cut the shared-memory file short|closed the connection|NOT_READY/);
      }
      client.close();
      await until('the region is gone', () => bench.regionFiles().length === 0);
    }
  });
});
