/** Uses every function of an addon built elsewhere, right and wrong, with workers that end in the middle: `exercise.ts <addon> <folder>`. */
import { join } from 'node:path';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { BATCH, loadNative, type NativeAddon, type SeqpacketSocket } from '../index.ts';
import { doors } from './door-rounds.ts';
import { refused } from './refused.ts';

const ROUNDS = 200;
const WORKERS = 6;

function load(path: string): NativeAddon {
  const loaded = loadNative(path);
  if (loaded.native === null) throw new Error(loaded.reason);
  return loaded.native;
}

function wrongArguments(native: NativeAddon): void {
  const values: unknown[] = [undefined, null, 1, 'x', {}, [], new Uint8Array(3), () => undefined, Symbol('s'), 1n];
  for (const name of Object.keys(native)) {
    const act: unknown = Reflect.get(native, name);
    if (typeof act !== 'function') continue;
    for (const value of values) {
      if (name === 'seqpacketListen' || name === 'seqpacketConnect' || name.startsWith('regionCreate')) continue;
      refused(() => Reflect.apply(act, native, [value, value, value, value, value, value]));
    }
  }
}

async function sockets(native: NativeAddon, folder: string, round: number): Promise<void> {
  const path = join(folder, `s${round}.sock`);
  const listener = native.seqpacketListen(path, 4);
  const client = native.seqpacketConnect(path);
  const server = native.seqpacketAccept(listener);
  if (server === null) throw new Error('nobody was there');
  const into = new Uint8Array(64);
  const got = new Promise<number>((resolve) => native.seqpacketWatchPackets(server, into, resolve));
  native.seqpacketSend(client, Uint8Array.of(1, 2), Uint8Array.of(3));
  if ((await got) !== 3) throw new Error('another packet came');
  if (native.seqpacketPeer(server).pid !== process.pid) throw new Error('another peer');
  await batches(native, server, client);
  native.seqpacketSend(server, new Uint8Array(100));
  refused(() => native.seqpacketReceive(client, into));
  native.seqpacketSend(server, into);
  if (!native.seqpacketWait(client, false, 1_000)) throw new Error('not ready');
  if (native.seqpacketExchange(client, into, into, 0) !== 64) throw new Error('no exchange');
  // Some are closed, some are left to the collector.
  if (round % 2 === 0) for (const socket of [client, server, listener]) native.seqpacketClose(socket);
}

/** The server answers three packets that came together with as many; then it reads one at a time again. */
async function batches(native: NativeAddon, server: SeqpacketSocket, client: SeqpacketSocket): Promise<void> {
  const into = new Uint8Array(256);
  const gathered = new Uint8Array(128);
  const words = new Uint32Array(BATCH.WORDS);
  const counted = new Promise<number>((resolve) => {
    let sum = 0;
    const take = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        words[BATCH.GATHERED_LENGTHS_AT + index] = words[BATCH.RECEIVED_LENGTHS_AT + index] ?? 0;
        sum += words[BATCH.RECEIVED_LENGTHS_AT + index] ?? 0;
      }
      words[BATCH.GATHERED_AT] = count;
      if (sum === 60) setImmediate(() => resolve(sum));
    };
    native.seqpacketWatchBatches(server, into, 64, gathered, words, take, () => undefined);
  });
  for (const length of [10, 20, 30]) native.seqpacketSend(client, new Uint8Array(length));
  await counted;
  for (const length of [10, 20, 30])
    if (native.seqpacketReceive(client, into) !== length) throw new Error('another answer');
  words[BATCH.GATHERED_AT] = 1_000; // more than there can be
  refused(() => native.seqpacketFlush(server));
  words[BATCH.GATHERED_AT] = 1;
  words[BATCH.GATHERED_LENGTHS_AT] = 129; // longer than the bytes
  refused(() => native.seqpacketFlush(server));
  native.seqpacketWatchPackets(server, new Uint8Array(64), () => undefined);
  if (words[BATCH.GATHERED_AT] !== 0) throw new Error('the batch outlived its reader');
}

async function regions(native: NativeAddon, folder: string, round: number): Promise<void> {
  const path = join(folder, `r${round}.ipcshm`);
  const server = native.regionCreate(path, new Uint8Array(64), 832);
  const client = native.regionAttach(path);
  refused(() => native.regionConfigure(client, false, 64, 1 << 30, 320, 512));
  native.regionConfigure(server, true, 64, 256, 320, 512);
  native.regionConfigure(client, false, 64, 256, 320, 512);
  const into = new Uint8Array(256);
  const got = new Promise<number>((resolve) => native.regionWatch(server, into, resolve));
  native.regionSend(client, new Uint8Array(256));
  if ((await got) !== 256) throw new Error('another message');
  if (native.regionSend(client, new Uint8Array(257)) === 0) throw new Error('too much was taken');
  native.regionSend(server, Uint8Array.of(9));
  if (native.regionReceive(client, into, 10, 100) !== 1) throw new Error('no answer');
  native.regionUnwatch(server);
  if (round % 2 === 0) for (const region of [client, server]) native.regionClose(region);
}

async function main(path: string, folder: string): Promise<void> {
  const native = load(path);
  wrongArguments(native);
  for (let round = 0; round < ROUNDS; round += 1) {
    await sockets(native, folder, round);
    await regions(native, folder, round);
    await doors(native, round);
  }
  const collect: unknown = Reflect.get(globalThis, 'gc');
  if (typeof collect === 'function') for (let turn = 0; turn < 5; turn += 1) collect();
  for (let index = 0; index < WORKERS; index += 1) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { path, folder, index } });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
  }
  process.stdout.write('done\n');
  process.exit(0); // with sockets and regions still open
}

if (isMainThread) {
  const [path = '', folder = ''] = process.argv.slice(2);
  await main(path, folder);
} else {
  const { parentPort } = await import('node:worker_threads');
  const given: unknown = workerData;
  if (typeof given !== 'object' || given === null || !('path' in given) || !('folder' in given)) throw new Error('no data');
  const native = load(String(given.path));
  const index = 'index' in given ? Number(given.index) : 0;
  for (let round = 0; round < 9; round += 1) await sockets(native, String(given.folder), 10_000 + index * 100 + round);
  for (let round = 0; round < 9; round += 1) await regions(native, String(given.folder), 20_000 + index * 100 + round);
  for (let round = 0; round < 9; round += 1) await doors(native, round);
  parentPort?.postMessage('busy');
}
