import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkUnixPath, connectUnix, listenUnix } from './unix-listener.ts';
import type { UnixListener } from './unix-listener.ts';

let folder: string;
let path: string;
const opened: UnixListener[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sb-unix-'));
  path = join(folder, 's.sock');
});
afterEach(async () => {
  for (const listener of opened.splice(0)) await listener.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(at = path): Promise<UnixListener> {
  const listener = await listenUnix(at, (socket) => socket.pipe(socket));
  opened.push(listener);
  return listener;
}

async function echo(at = path): Promise<string> {
  const socket = await connectUnix(at);
  socket.write('hello');
  const text = await new Promise<string>((resolve) =>
    socket.once('data', (chunk) => resolve(chunk.toString())),
  );
  socket.destroy();
  return text;
}

/** A socket file whose server is gone, as after kill -9. */
async function leaveStale(): Promise<void> {
  const server = createServer();
  const elsewhere = join(folder, 'old');
  await new Promise<void>((resolve) => server.listen(elsewhere, resolve));
  const { renameSync } = await import('node:fs');
  renameSync(elsewhere, path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

describe('a unix listener', () => {
  test('is private whatever the umask, serves, and is gone after close', async () => {
    const umaskBefore = process.umask(0);
    try {
      const listener = await open();
      expect(lstatSync(path).mode & 0o777).toBe(0o600);
      expect(process.umask()).toBe(0);
      expect(await echo()).toBe('hello');
      await listener.close();
      await listener.close();
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      process.umask(umaskBefore);
    }
  });

  test('makes its folder private and refuses one that others may enter', async () => {
    const fresh = join(folder, 'a', 'b', 's.sock');
    await open(fresh);
    expect(lstatSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700);
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o755);
    await expect(listenUnix(join(shared, 's.sock'), () => undefined)).rejects.toMatchObject({
      code: 'E_PERMISSION',
    });
    expect(readdirSync(shared)).toEqual([]);
  });

  test('replaces a dead socket and never a living one', async () => {
    await leaveStale();
    expect(lstatSync(path).isSocket()).toBe(true);
    await open();
    expect(await echo()).toBe('hello');
    await expect(listenUnix(path, () => undefined)).rejects.toMatchObject({ code: 'E_ADDRESS_IN_USE' });
    expect(await echo()).toBe('hello');
    expect(readdirSync(folder)).toEqual(['s.sock']);
  });

  test('leaves a regular file and a link where they are', async () => {
    writeFileSync(path, 'precious');
    await expect(listenUnix(path, () => undefined)).rejects.toMatchObject({ code: 'E_ADDRESS' });
    expect(lstatSync(path).isFile()).toBe(true);
    rmSync(path);
    symlinkSync('/etc/passwd', path);
    await expect(listenUnix(path, () => undefined)).rejects.toMatchObject({ code: 'E_ADDRESS' });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toEqual(['s.sock']);
  });

  test('of two that start at once over a dead socket exactly one wins, 100 times', async () => {
    for (let round = 0; round < 100; round += 1) {
      await leaveStale();
      const tries = await Promise.allSettled([
        listenUnix(path, (s) => s.pipe(s)),
        listenUnix(path, (s) => s.pipe(s)),
      ]);
      const won = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const lost = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      expect(won.length).toBe(1);
      expect(lost[0]).toMatchObject({ code: 'E_ADDRESS_IN_USE' });
      expect(await echo()).toBe('hello');
      await won[0]?.close();
      expect(existsSync(path)).toBe(false);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses what the system would cut before any system call', async () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (name) => {
        const tooLong = Buffer.byteLength(`/tmp/${name}`) > 107;
        const bad = tooLong || name.includes('\0');
        const attempt = (): void => checkUnixPath(`/tmp/${name}`);
        if (bad)
          expect(attempt).toThrow(
            expect.objectContaining({
              code: expect.stringMatching(/^E_(PATH_TOO_LONG|ADDRESS)$/) as unknown,
            }),
          );
        else expect(attempt).not.toThrow();
      }),
      { numRuns: 10_000 },
    );
    await expect(connectUnix(join(folder, 'nobody'))).rejects.toMatchObject({ code: 'E_PEER_GONE' });
  });
});
