/** One end of a measurement, as a process of its own so that it can be pinned: `peer.ts <mode> <place> <count>`; prints operations a second. */
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { NetipcClient } from '../../electron/protocols/netipc/client.ts';
import { encodeSnapshot } from '../../electron/protocols/netipc/cgroups-snapshot.ts';
import { connectSession } from '../../electron/protocols/netipc/connect.ts';
import { KIND, METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { LearnedHello } from '../../electron/protocols/netipc/learned-hello.ts';
import { nameHash32 } from '../../electron/protocols/netipc/names.ts';
import { NetipcServer } from '../../electron/protocols/netipc/server.ts';
import type { SessionEvents } from '../../electron/protocols/netipc/session.ts';
import { decodeIncrement, encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';
import { loadNative, type NativeAddon } from '../../native/index.ts';

const PACKET_BYTES = 64;
const PIPELINE_DEPTH = 16;
const REQUEST = { kind: KIND.REQUEST, flags: 0, code: METHOD.INCREMENT, transportStatus: 0, itemCount: 1 };
/**
 * So many turns so many times first: what is measured is the compiled code, not the start. The end of the first client shows the engine
 * that what it took for constant is not; it compiles the hot path anew, on the same core, and that takes it until about the fifth time.
 */
const WARM_UP_TURNS = 20_000;
const WARM_UPS = 6;

function addon(): NativeAddon {
  const loaded = loadNative();
  if (loaded.native === null) throw new Error(loaded.reason);
  return loaded.native;
}

function eventLoopClient(path: string, count: number): Promise<number> {
  const native = addon();
  const socket = native.seqpacketConnect(path);
  const packet = new Uint8Array(PACKET_BYTES).fill(1);
  const startMs = performance.now();
  return new Promise((resolve) => {
    let left = count;
    native.seqpacketWatchPackets(socket, new Uint8Array(256), () => {
      left -= 1;
      if (left > 0) native.seqpacketSend(socket, packet);
      else {
        native.seqpacketClose(socket);
        resolve((count * 1_000) / (performance.now() - startMs));
      }
    });
    native.seqpacketSend(socket, packet);
  });
}

function eventLoopServer(path: string): void {
  const native = addon();
  const listener = native.seqpacketListen(path, 4);
  native.seqpacketWatchConnections(listener, (socket) => {
    if (typeof socket === 'number') return;
    const into = new Uint8Array(256);
    // One view for the one packet size: what a server of fixed messages would do.
    const packet = into.subarray(0, PACKET_BYTES);
    native.seqpacketWatchPackets(socket, into, (length) => {
      if (length > 0) native.seqpacketSend(socket, packet);
      else native.seqpacketClose(socket);
    });
  });
  process.stdout.write('ready\n');
}

function blockingClient(path: string, count: number): number {
  const native = addon();
  const socket = native.seqpacketConnect(path);
  const packet = new Uint8Array(PACKET_BYTES).fill(1);
  const into = new Uint8Array(256);
  const startMs = performance.now();
  for (let turn = 0; turn < count; turn += 1) native.seqpacketExchange(socket, packet, into, -1);
  native.seqpacketClose(socket);
  return (count * 1_000) / (performance.now() - startMs);
}

function regionClient(path: string, count: number, spin: number): number {
  const native = addon();
  const region = native.regionAttach(path);
  native.regionConfigure(region, false, 64, 256, 320, 512);
  const message = new Uint8Array(PACKET_BYTES).fill(1);
  const into = new Uint8Array(256);
  const startMs = performance.now();
  for (let turn = 0; turn < count; turn += 1) {
    native.regionSend(region, message);
    native.regionReceive(region, into, spin, -1);
  }
  return (count * 1_000) / (performance.now() - startMs);
}

async function typedClient(folder: string): Promise<NetipcClient> {
  const client = new NetipcClient({
    native: addon(),
    runFolder: folder,
    service: 'frames',
    method: METHOD.INCREMENT,
    authToken: 0n,
    supportedProfiles: 1,
    preferredProfiles: 1,
  });
  await client.refresh();
  if (!client.isReady) throw new Error(client.status().reason);
  return client;
}

async function typedCalls(folder: string, count: number): Promise<number> {
  const client = await typedClient(folder);
  let value = 1n;
  const startMs = performance.now();
  for (let turn = 0; turn < count; turn += 1)
    value = decodeIncrement(await client.call(encodeIncrement(value)));
  const elapsedMs = performance.now() - startMs;
  if (value !== BigInt(count) + 1n) throw new Error(`counted ${value}`);
  client.close();
  return (count * 1_000) / elapsedMs;
}

async function pipelined(folder: string, count: number): Promise<number> {
  const client = await typedClient(folder);
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      decodeIncrement(await client.call(encodeIncrement(7n)));
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: PIPELINE_DEPTH }, lane));
  const elapsedMs = performance.now() - startMs;
  client.close();
  return (count * 1_000) / elapsedMs;
}

/** What the typed client stands on: so many messages are sent, and when all of them are answered the next. */
async function sessionMessages(folder: string, count: number, atOnce: number): Promise<number> {
  const payload = encodeIncrement(7n);
  let messageId = 0n;
  let due = 0;
  let left = count;
  const done = Promise.withResolvers<void>();
  const send = (): void => {
    for (; due < atOnce && left > 0; left -= 1) {
      messageId += 1n;
      due += 1;
      session.send({ ...REQUEST, messageId }, payload);
    }
    if (due === 0) done.resolve();
  };
  const events: SessionEvents = {
    message: (message) => {
      if (decodeIncrement(message.payload) !== 8n) done.reject(new Error('not the answer'));
      due -= 1;
      if (due === 0) send();
    },
    closed: (error) => done.reject(error ?? new Error('closed')),
  };
  const { current: hello } = new LearnedHello({ authToken: 0n, supportedProfiles: 1, preferredProfiles: 1 });
  const session = await connectSession({
    native: addon(),
    runFolder: folder,
    service: 'frames',
    hello,
    events,
  });
  const startMs = performance.now();
  send();
  await done.promise;
  const elapsedMs = performance.now() - startMs;
  session.close();
  return (count * 1_000) / elapsedMs;
}

/** Another generation at every call, so that nothing is saved by seeing the same bytes again. */
function snapshotServer(folder: string, itemCount: number): void {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  const items = Array.from({ length: itemCount }, (_, index) => {
    const name = utf8(`cgroup-${index}`);
    const path = utf8(`/sys/fs/cgroup/system.slice/unit-${index}.service`);
    return { hash: nameHash32(name), options: 0, enabled: 1, name, path };
  });
  let generation = 0n;
  new NetipcServer({
    native: addon(),
    runFolder: folder,
    service: 'snapshot',
    method: METHOD.CGROUPS_SNAPSHOT,
    handler: () => encodeSnapshot({ generation: (generation += 1n), systemdEnabled: 1 }, items),
    authToken: 0n,
    ownerGeneration: 1,
    onHandlerBug: (error) => {
      throw error;
    },
  });
  process.stdout.write('ready\n');
}

async function measure(mode: string, place: string, count: number, spin: number): Promise<number | null> {
  switch (mode) {
    case 'loop-client':
      return eventLoopClient(place, count);
    case 'loop-server':
      eventLoopServer(place);
      return null;
    case 'blocking-client':
      return blockingClient(place, count);
    case 'region-client':
      return regionClient(place, count, spin);
    case 'typed-calls':
      return typedCalls(place, count);
    case 'pipelined':
      return pipelined(place, count);
    case 'session-messages':
      return sessionMessages(place, count, 1);
    case 'session-pipelined':
      return sessionMessages(place, count, PIPELINE_DEPTH);
    case 'snapshot-server':
      snapshotServer(place, count);
      return null;
    default:
      throw new Error(`no mode ${mode}`);
  }
}

const BLOCKING = new Set(['blocking-client', 'region-client']);

if (isMainThread) {
  const [mode = '', place = '', count = '0', spin = '0'] = process.argv.slice(2);
  if (BLOCKING.has(mode)) {
    // What blocks does so in a worker, never on the main thread.
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { mode, place, count, spin } });
    worker.once('message', (figure: number) => process.stdout.write(`${figure}\n`));
  } else {
    for (let turn = 0; turn < WARM_UPS && !mode.endsWith('server'); turn += 1) {
      await measure(mode, place, WARM_UP_TURNS, Number(spin));
    }
    const figure = await measure(mode, place, Number(count), Number(spin));
    if (figure !== null) process.stdout.write(`${figure}\n`);
  }
} else {
  const { parentPort } = await import('node:worker_threads');
  const { mode, place, count, spin } = workerData as {
    mode: string;
    place: string;
    count: string;
    spin: string;
  };
  await measure(mode, place, 2_000, Number(spin));
  parentPort?.postMessage(await measure(mode, place, Number(count), Number(spin)));
}
