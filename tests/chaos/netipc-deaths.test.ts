/** Either side is killed, the memory is full, or something else stands where the socket should be. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';
import { NetipcBench, heldBy } from '../kit/netipc-process.ts';
import { until } from '../kit/store-kit.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function makeBench(folder?: string): NetipcBench {
  const bench = new NetipcBench(folder);
  cleanups.push(() => bench.close());
  return bench;
}

describe.skipIf(process.platform !== 'linux')('netipc and death', () => {
  it.each(['socket', 'shm'] as const)('gives back what a killed %s client held', async (transport) => {
    const bench = makeBench();
    const server = await bench.start('serve');
    await bench.goodClient();
    const before = heldBy(server);
    for (let round = 0; round < 5; round += 1) {
      const client = await bench.start('call', transport);
      expect(bench.regionFiles()).toHaveLength(transport === 'shm' ? 1 : 0);
      await bench.kill(client);
      await until('all is given back', () => {
        const { descriptors, regions } = heldBy(server);
        return descriptors <= before.descriptors && regions === 0 && bench.regionFiles().length === 0;
      });
      await bench.goodClient();
    }
  });

  it.each(['socket', 'shm'] as const)(
    'fails a %s call at once when the server is killed, and finds the next server',
    async (transport) => {
      const bench = makeBench();
      const server = await bench.start('serve');
      const client = bench.client(transport === 'shm' ? {} : { supportedProfiles: 1, preferredProfiles: 1 });
      cleanups.push(() => client.close());
      await client.refresh();
      const call = client.call(encodeIncrement(666n), { timeoutMs: 120_000 });
      const failed = expect(call).rejects.toThrow();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await bench.kill(server);
      // Well below the call's own deadline of two minutes: the socket told, not the clock.
      await failed;
      expect(bench.regionFiles()).toHaveLength(transport === 'shm' ? 1 : 0);
      expect(existsSync(join(bench.folder, 'increment.sock'))).toBe(true);
      await bench.start('serve');
      expect(bench.regionFiles()).toEqual([]);
      await bench.goodClient();
      await until('the old client is ready again', () => {
        void client.refresh();
        return client.isReady;
      });
      await expect(client.call(encodeIncrement(1n))).resolves.toEqual(encodeIncrement(2n));
    },
  );

  it('offers the socket when there is no memory for a region', async ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'sb-full-'));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'none', folder]);
    skip(mounted.status !== 0, 'mounting a tmpfs needs more rights');
    cleanups.push(() => spawnSync('umount', ['-l', folder]));
    writeFileSync(join(folder, 'fill'), new Uint8Array(4_096));
    const bench = new NetipcBench(folder);
    const server = await bench.start('serve');
    cleanups.push(() => bench.kill(server));
    for (let round = 0; round < 20; round += 1) expect(await bench.goodClient()).toBe('socket');
    expect(bench.regionFiles()).toEqual([]);
    rmSync(join(folder, 'fill'));
  });

  it.each([
    ['an old file', (path: string) => writeFileSync(path, 'x')],
    ['an empty folder', (path: string) => mkdirSync(path)],
    ['a link to nowhere', (path: string) => symlinkSync('/nonexistent/x', path)],
    ['a link to a file', (path: string) => symlinkSync('target', path)],
  ])('does not start where %s stands in the way, and touches nothing', async (_what, put) => {
    const bench = makeBench();
    const path = join(bench.folder, 'increment.sock');
    writeFileSync(join(bench.folder, 'target'), 'kept');
    put(path);
    const before = lstatSync(path);
    await expect(bench.start('serve')).rejects.toThrow();
    expect(lstatSync(path).ino).toBe(before.ino);
    expect(readFileSync(join(bench.folder, 'target'), 'utf8')).toBe('kept');
    rmSync(path, { recursive: true });
    await bench.start('serve');
    await bench.goodClient();
  });

  it('does not start over a living server or a folder with content', async () => {
    const bench = makeBench();
    const server = await bench.start('serve');
    await expect(bench.start('serve')).rejects.toThrow();
    await bench.goodClient();
    await bench.kill(server);
    rmSync(join(bench.folder, 'increment.sock'));
    mkdirSync(join(bench.folder, 'increment.sock', 'inner'), { recursive: true });
    await expect(bench.start('serve')).rejects.toThrow();
    expect(existsSync(join(bench.folder, 'increment.sock', 'inner'))).toBe(true);
  });
});
