import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BATCH,
  REGION_RESULT,
  loadNative,
  type NativeAddon,
  type Region,
  type SeqpacketSocket,
} from './index.ts';

const loaded = loadNative();
const folderOf = { path: '' };
beforeEach(() => {
  folderOf.path = mkdtempSync(join(tmpdir(), 'sb-native-'));
});
afterEach(() => rmSync(folderOf.path, { recursive: true, force: true }));

function addon(): NativeAddon {
  if (loaded.native === null) throw new Error(`addon missing: ${loaded.reason}`);
  return loaded.native;
}
function pair(path: string): { listener: SeqpacketSocket; client: SeqpacketSocket; server: SeqpacketSocket } {
  const native = addon();
  const listener = native.seqpacketListen(path, 4);
  const client = native.seqpacketConnect(path);
  const server = native.seqpacketAccept(listener);
  if (server === null) throw new Error('nobody to accept');
  return { listener, client, server };
}
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('loader', () => {
  it('says why there is no addon instead of throwing', () => {
    const missing = loadNative('/nowhere/signalbox.node');
    expect(missing.native).toBeNull();
    expect(missing.native === null && missing.reason).toContain('signalbox.node');
  });
});

describe.skipIf(process.platform !== 'linux')('seqpacket', () => {
  it('keeps packet borders and joins head and body', () => {
    const native = addon();
    const { listener, client, server } = pair(join(folderOf.path, 'a.sock'));
    const into = new Uint8Array(64);
    expect(native.seqpacketReceive(server, into)).toBe(-1);
    expect(native.seqpacketSend(client, bytes(1, 2), bytes(3))).toBe(true);
    expect(native.seqpacketSend(client, bytes(9))).toBe(true);
    expect(native.seqpacketReceive(server, into)).toBe(3);
    expect([...into.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(native.seqpacketReceive(server, into)).toBe(1);
    native.seqpacketClose(client);
    expect(native.seqpacketReceive(server, into)).toBe(0);
    expect(() => native.seqpacketSend(server, bytes(1))).toThrow(expect.objectContaining({ code: 'EPIPE' }));
    native.seqpacketClose(server);
    native.seqpacketClose(server);
    native.seqpacketClose(listener);
    expect(() => native.seqpacketReceive(server, into)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('refuses a packet longer than the buffer instead of cutting it', () => {
    const native = addon();
    const { listener, client, server } = pair(join(folderOf.path, 'a.sock'));
    native.seqpacketSend(client, new Uint8Array(100));
    expect(() => native.seqpacketReceive(server, new Uint8Array(99))).toThrow(
      expect.objectContaining({ code: 'EMSGSIZE' }),
    );
    for (const socket of [listener, client, server]) native.seqpacketClose(socket);
  });

  it('makes the socket private and names the peer', () => {
    const native = addon();
    const path = join(folderOf.path, 'a.sock');
    const { listener, client, server } = pair(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(native.seqpacketPeer(server)).toEqual({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    expect(native.seqpacketSendBufferBytes(client)).toBeGreaterThan(4_096);
    expect(() => native.seqpacketListen(path, 1)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    for (const socket of [listener, client, server]) native.seqpacketClose(socket);
  });

  it('delivers packets, connections and end of file on the event loop', async () => {
    const native = addon();
    const path = join(folderOf.path, 'a.sock');
    const listener = native.seqpacketListen(path, 4);
    const seen: string[] = [];
    const ended = new Promise<void>((resolve) => {
      native.seqpacketWatchConnections(listener, (server) => {
        if (typeof server === 'number') throw new Error(`accept ${server}`);
        const into = new Uint8Array(64);
        native.seqpacketWatchPackets(server, into, (length) => {
          if (length <= 0) {
            native.seqpacketClose(server);
            native.seqpacketClose(listener);
            resolve();
          } else seen.push(Buffer.from(into.subarray(0, length)).toString());
        });
      });
    });
    const client = native.seqpacketConnect(path);
    for (const text of ['one', 'two', 'three']) native.seqpacketSend(client, Buffer.from(text));
    native.seqpacketClose(client);
    await ended;
    expect(seen).toEqual(['one', 'two', 'three']);
  });

  it('hands over packets together and sends what was gathered, and says what the queue did not take', async () => {
    const native = addon();
    const { listener, client, server } = pair(join(folderOf.path, 'a.sock'));
    const into = new Uint8Array(256);
    const gathered = new Uint8Array(64_000);
    const words = new Uint32Array(BATCH.WORDS);
    const counts: number[] = [];
    const unsent: number[] = [];
    let toGather = 3;
    const take = (count: number): void => {
      counts.push(count);
      expect(words[BATCH.OPEN_AT]).toBe(1);
      words[BATCH.GATHERED_AT] = toGather;
      words.fill(1_000, BATCH.GATHERED_LENGTHS_AT, BATCH.GATHERED_LENGTHS_AT + toGather);
    };
    const keep = (sent: number): void => {
      unsent.push(sent);
      expect(words[BATCH.GATHERED_AT]).toBe(toGather);
      words[BATCH.GATHERED_AT] = 0;
    };
    native.seqpacketWatchBatches(server, into, 64, gathered, words, take, keep);
    const untilTaken = async (times: number): Promise<void> => {
      while (counts.length < times) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (const length of [1, 2, 3]) native.seqpacketSend(client, new Uint8Array(length));
    await untilTaken(1);
    expect(counts).toEqual([3]);
    expect([...words.subarray(BATCH.RECEIVED_LENGTHS_AT, BATCH.RECEIVED_LENGTHS_AT + 3)]).toEqual([1, 2, 3]);
    expect([words[BATCH.OPEN_AT], words[BATCH.GATHERED_AT]]).toEqual([0, 0]);
    const answer = new Uint8Array(1_000);
    for (let index = 0; index < 3; index += 1) expect(native.seqpacketReceive(client, answer)).toBe(1_000);
    expect(native.seqpacketReceive(client, answer)).toBe(-1);
    // The client does not read any more: at some packet its queue is full.
    toGather = BATCH.PACKETS_MAX;
    let sent = 0;
    while (unsent.length === 0) {
      sent += toGather;
      native.seqpacketSend(client, bytes(1));
      await untilTaken(counts.length + 1);
    }
    sent += (unsent[0] ?? 0) - toGather;
    let received = 0;
    while (native.seqpacketReceive(client, answer) === 1_000) received += 1;
    expect(received).toBe(sent);
    for (const socket of [listener, client, server]) native.seqpacketClose(socket);
    expect(words[BATCH.OPEN_AT]).toBe(0);
  });

  it('says when the queue is full and when there is room again', async () => {
    const native = addon();
    const { listener, client, server } = pair(join(folderOf.path, 'a.sock'));
    let sent = 0;
    while (native.seqpacketSend(client, new Uint8Array(1_000))) sent += 1;
    expect(sent).toBeGreaterThan(1);
    const writable = new Promise<void>((resolve) => native.seqpacketOnceWritable(client, resolve));
    const into = new Uint8Array(1_000);
    while (native.seqpacketReceive(server, into) > 0) sent -= 1;
    await writable;
    expect(sent).toBe(0);
    expect(native.seqpacketSend(client, bytes(1))).toBe(true);
    for (const socket of [listener, client, server]) native.seqpacketClose(socket);
  });

  it('answers wrong arguments with an error and a code, never a crash', () => {
    const native = addon() as unknown as Record<string, (...values: unknown[]) => unknown>;
    const wrong = [
      undefined,
      null,
      1,
      -1,
      1.5,
      NaN,
      '',
      'x\0y',
      {},
      [],
      new Float64Array(2),
      Symbol('s'),
      10n,
      () => 0,
    ];
    for (const [name, call] of Object.entries(native)) {
      for (const first of wrong) {
        for (const second of wrong) {
          try {
            call(first, second, first, second, first, second);
          } catch (error) {
            expect(error, name).toHaveProperty('code');
          }
        }
      }
    }
  });
});

const HEADER = 64;
const LAYOUT = [64, 256, 320, 512] as const;

describe.skipIf(process.platform !== 'linux')('region', () => {
  function regions(path: string): { server: Region; client: Region } {
    const native = addon();
    const server = native.regionCreate(path, new Uint8Array(HEADER), 832);
    const client = native.regionAttach(path);
    native.regionConfigure(server, true, ...LAYOUT);
    native.regionConfigure(client, false, ...LAYOUT);
    return { server, client };
  }

  it('carries messages both ways and counts alike', () => {
    const native = addon();
    const path = join(folderOf.path, 'a.ipcshm');
    const { server, client } = regions(path);
    const into = new Uint8Array(1_024);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(native.regionReceive(server, into, 0, 0)).toBe(REGION_RESULT.TIMEOUT);
    expect(native.regionSend(client, bytes(1, 2), bytes(3))).toBe(0);
    expect(native.regionReceive(server, into, 0, 0)).toBe(3);
    expect([...into.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(native.regionSend(server, bytes(7))).toBe(0);
    expect(native.regionReceive(client, into, 10, 10)).toBe(1);
    expect(native.regionSend(client, new Uint8Array(257))).toBe(REGION_RESULT.TOO_LARGE);
    expect(native.regionSend(client, new Uint8Array(0))).toBe(REGION_RESULT.EMPTY);
    native.regionSend(client, new Uint8Array(200));
    expect(native.regionReceive(server, new Uint8Array(10), 0, 0)).toBe(REGION_RESULT.TOO_LARGE);
    expect(native.regionReceive(server, into, 0, 20)).toBe(REGION_RESULT.TIMEOUT);
    native.regionClose(client);
    expect(existsSync(path)).toBe(true);
    native.regionClose(server);
    native.regionClose(server);
    expect(existsSync(path)).toBe(false);
  });

  it('wakes the event loop for each message and stops when told', async () => {
    const native = addon();
    const { server, client } = regions(join(folderOf.path, 'a.ipcshm'));
    const into = new Uint8Array(64);
    const answer = new Uint8Array(64);
    native.regionWatch(server, into, (length) => native.regionSend(server, into.subarray(0, length)));
    for (let round = 0; round < 200; round += 1) {
      native.regionSend(client, bytes(round));
      let length: number = REGION_RESULT.TIMEOUT;
      while (length === REGION_RESULT.TIMEOUT) {
        await new Promise((resolve) => setImmediate(resolve));
        length = native.regionReceive(client, answer, 50, 0);
      }
      expect([length, answer[0]]).toEqual([1, round]);
    }
    native.regionUnwatch(server);
    native.regionUnwatch(server);
    native.regionClose(server);
    native.regionClose(client);
  });

  it('refuses areas outside the file and files too short', () => {
    const native = addon();
    const region = native.regionCreate(join(folderOf.path, 'a.ipcshm'), new Uint8Array(HEADER), 832);
    expect(() => native.regionConfigure(region, true, 64, 256, 320, 1_024)).toThrow(
      expect.objectContaining({ code: 'ERR_REGION_BOUNDS' }),
    );
    expect(() => native.regionSend(region, bytes(1))).toThrow(
      expect.objectContaining({ code: 'ERR_REGION_STATE' }),
    );
    expect(() => native.regionCreate(join(folderOf.path, 'a.ipcshm'), new Uint8Array(HEADER), 832)).toThrow(
      expect.objectContaining({ code: 'EEXIST' }),
    );
    native.regionClose(region);
    expect(() => native.regionAttach(join(folderOf.path, 'a.ipcshm'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});

describe.skipIf(process.platform !== 'linux')('folder lock', () => {
  it('has one holder at a time, passes on results and errors, and is let go after both', () => {
    const native = addon();
    const inner = (): string => native.withFolderLocked(folderOf.path, 5, () => 'inner');
    expect(() => native.withFolderLocked(folderOf.path, 0, inner)).toThrow(
      expect.objectContaining({ code: 'EAGAIN' }),
    );
    expect(inner()).toBe('inner');
    const wrong = new Error('mine');
    const failing = (): never => {
      throw wrong;
    };
    expect(() => native.withFolderLocked(folderOf.path, 0, failing)).toThrow(wrong);
    expect(inner()).toBe('inner');
    expect(() => native.withFolderLocked('/nowhere', 0, inner)).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});

describe.skipIf(process.platform !== 'linux')('life cycle', () => {
  it('lets a worker end in the middle of everything', async () => {
    for (let round = 0; round < 5; round += 1) {
      const worker = new Worker(new URL('./test/busy-worker.ts', import.meta.url), {
        workerData: folderOf.path,
      });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
      rmSync(folderOf.path, { recursive: true, force: true });
      folderOf.path = mkdtempSync(join(tmpdir(), 'sb-native-'));
    }
  });

  it('leaves no descriptor behind when handles are forgotten', () => {
    const done = spawnSync(
      process.execPath,
      ['--expose-gc', join(import.meta.dirname, 'test/forget.ts'), folderOf.path],
      {
        encoding: 'utf8',
      },
    );
    expect(done.stderr).toBe('');
    expect(done.stdout.trim()).toBe('kept none');
    expect(done.status).toBe(0);
  });
});
