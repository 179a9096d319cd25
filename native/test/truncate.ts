/**
 * Cuts region files short under every way of using them: `truncate.ts <addon> <folder>`; `done` when only results said so and no signal came.
 * A third word `signal` instead sends this process a SIGBUS of its own, which must still end it.
 */
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { REGION_RESULT, loadNative, type NativeAddon, type Region } from '../index.ts';

const AREA_BYTES = 64 * 1024;
const LAYOUT = [64, AREA_BYTES, 64 + AREA_BYTES, AREA_BYTES] as const;
const FILE_BYTES = 64 + 2 * AREA_BYTES;
const PAGE_BYTES = 4_096;
const LONG = new Uint8Array(AREA_BYTES).fill(1);
const SHORT = new Uint8Array(100).fill(2);

function load(path: string): NativeAddon {
  const loaded = loadNative(path);
  if (loaded.native === null) throw new Error(loaded.reason);
  return loaded.native;
}

function expectResult(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`);
}

function expectGone(what: string, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_REGION_GONE') return;
    throw error;
  }
  throw new Error(`${what} went on with a file that is gone`);
}

function makePair(native: NativeAddon, path: string): { server: Region; client: Region } {
  const server = native.regionCreate(path, new Uint8Array(64), FILE_BYTES);
  const client = native.regionAttach(path);
  native.regionConfigure(server, true, ...LAYOUT);
  native.regionConfigure(client, false, ...LAYOUT);
  return { server, client };
}

/** Everything gone: not even the header can be read. */
function cutToNothing(native: NativeAddon, path: string): void {
  const { server, client } = makePair(native, path);
  const late = native.regionAttach(path);
  truncateSync(path, 0);
  for (const region of [server, client]) {
    expectResult('send', native.regionSend(region, SHORT), REGION_RESULT.GONE);
    expectResult('receive', native.regionReceive(region, LONG.slice(), 50, 0), REGION_RESULT.GONE);
    expectResult('wait', native.regionReceive(region, LONG.slice(), 0, -1), REGION_RESULT.GONE);
    expectGone('header', () => native.regionHeader(region));
  }
  expectGone('configure', () => native.regionConfigure(late, false, ...LAYOUT));
  for (const region of [server, client, late]) native.regionClose(region);
}

/** The header stays and tells of bytes that are gone. */
function cutBehindHeader(native: NativeAddon, path: string): void {
  const { server, client } = makePair(native, path);
  expectResult('send', native.regionSend(client, LONG), 0);
  truncateSync(path, PAGE_BYTES);
  expectResult('receive', native.regionReceive(server, LONG.slice(), 0, 0), REGION_RESULT.GONE);
  expectResult('send of much', native.regionSend(client, LONG), REGION_RESULT.GONE);
  expectResult('send of little', native.regionSend(client, SHORT), 0);
  expectResult('answer', native.regionSend(server, SHORT), REGION_RESULT.GONE);
  for (const region of [server, client]) native.regionClose(region);
}

/** The waiting thread meets it first, tells once, and can be stopped. */
async function cutWhileWaiting(native: NativeAddon, path: string): Promise<void> {
  const { server, client } = makePair(native, path);
  const results: number[] = [];
  const first = new Promise<void>((resolve) => {
    native.regionWatch(server, new Uint8Array(AREA_BYTES), (length) => {
      results.push(length);
      resolve();
    });
  });
  truncateSync(path, 0);
  await first;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expectResult('watch', results[0] ?? 0, REGION_RESULT.GONE);
  expectResult('number of notices', results.length, 1);
  for (const region of [server, client]) native.regionClose(region);
}

async function everyWay(native: NativeAddon, folder: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    cutToNothing(native, join(folder, `a${round}.ipcshm`));
    cutBehindHeader(native, join(folder, `b${round}.ipcshm`));
    await cutWhileWaiting(native, join(folder, `c${round}.ipcshm`));
  }
  // What is whole goes on working after all the faults.
  const { server, client } = makePair(native, join(folder, 'whole.ipcshm'));
  expectResult('send', native.regionSend(client, LONG), 0);
  expectResult('receive', native.regionReceive(server, LONG.slice(), 0, 0), AREA_BYTES);
  for (const region of [server, client]) native.regionClose(region);
}

if (isMainThread) {
  const [path = '', folder = '', word = ''] = process.argv.slice(2);
  const native = load(path);
  if (word === 'signal') {
    makePair(native, join(folder, 'signal.ipcshm'));
    process.kill(process.pid, 'SIGBUS');
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    throw new Error('a SIGBUS from elsewhere was swallowed');
  }
  await everyWay(native, folder, 20);
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { path, folder: `${folder}/w` } });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
  await everyWay(native, folder, 2);
  process.stdout.write('done\n');
} else {
  const given: unknown = workerData;
  if (typeof given !== 'object' || given === null || !('path' in given) || !('folder' in given))
    throw new Error('no data');
  await everyWay(load(String(given.path)), String(given.folder), 5);
  parentPort?.postMessage('done');
}
