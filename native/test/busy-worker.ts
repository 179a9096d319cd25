/** A worker with a listener, connections, a watched region and traffic; its parent ends it at a moment of its own. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { loadNative } from '../index.ts';

const { native } = loadNative();
if (native === null || typeof workerData !== 'string') throw new Error('no addon');
const listener = native.seqpacketListen(join(workerData, 'busy.sock'), 4);
native.seqpacketWatchConnections(listener, (socket) => {
  if (typeof socket === 'number') return;
  const into = new Uint8Array(64);
  native.seqpacketWatchPackets(socket, into, (length) => {
    if (length > 0) native.seqpacketSend(socket, into.subarray(0, length));
  });
});
const client = native.seqpacketConnect(join(workerData, 'busy.sock'));
const answer = new Uint8Array(64);
native.seqpacketWatchPackets(client, answer, (length) => {
  if (length > 0) native.seqpacketSend(client, answer.subarray(0, length));
});
native.seqpacketSend(client, Uint8Array.of(1));

const path = join(workerData, 'busy.ipcshm');
const region = native.regionCreate(path, new Uint8Array(64), 832);
const peer = native.regionAttach(path);
native.regionConfigure(region, true, 64, 256, 320, 512);
native.regionConfigure(peer, false, 64, 256, 320, 512);
native.regionWatch(region, new Uint8Array(64), () => native.regionSend(region, Uint8Array.of(2)));
native.regionWatch(peer, new Uint8Array(64), () => native.regionSend(peer, Uint8Array.of(3)));
native.regionSend(peer, Uint8Array.of(1));

// Each answer asks for the next question; a second connection says nothing.
const door = native.tcpDoorOpen('127.0.0.1', 0, 4);
const lines = new Int32Array(4 * 9);
native.tcpDoorWatch(door, new Uint8Array(1_024), lines, 64, (count) => {
  for (let at = 0; at < count * 4; at += 4) {
    const [name = 0, , length = 0] = lines.subarray(at, at + 3);
    if (length > 0) native.tcpDoorAnswer(door, Uint8Array.of(1), Int32Array.of(name, length, 0, 1, 0), 1);
  }
});
const where = { port: native.tcpDoorPort(door), host: '127.0.0.1' };
const asking = connect(where, () => asking.write('x'));
asking.on('data', () => asking.write('x'));
connect(where);
setTimeout(() => parentPort?.postMessage('busy'), 20);
