/** Rounds of a TCP door with raw clients: every function right and wrong, some doors and connections left open. */
import { closeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NativeAddon } from '../index.ts';
import { refused } from './refused.ts';

interface Heard {
  readonly name: number;
  readonly length: number;
  readonly peerBytes: number;
}

/** Waits for the next line of a door that is being watched. */
function hear(lines: Int32Array, watch: (onReady: (count: number) => void) => void): () => Promise<Heard> {
  const heard: Heard[] = [];
  let wake = (): void => undefined;
  watch((count) => {
    for (let at = 0; at < count * 4; at += 4)
      heard.push({ name: lines[at] ?? 0, length: lines[at + 2] ?? 0, peerBytes: lines[at + 3] ?? 0 });
    wake();
  });
  return async () => {
    while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return heard.shift() ?? { name: 0, length: 0, peerBytes: 0 };
  };
}

const hasSix = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

export async function doors(native: NativeAddon, round: number): Promise<void> {
  const host = hasSix && round % 3 === 0 ? '::1' : '127.0.0.1';
  const door = native.tcpDoorOpen(host, 0, 8);
  const port = native.tcpDoorPort(door);
  const lines = new Int32Array(4 * 4);
  refused(() => native.tcpDoorWatch(door, new Uint8Array(8), lines, 64, () => undefined));
  refused(() => native.tcpDoorWatch(door, new Uint8Array(400), new Int32Array(7), 64, () => undefined));
  const next = hear(lines, (onReady) => native.tcpDoorWatch(door, new Uint8Array(400), lines, 64, onReady));
  refused(() => native.tcpDoorWatch(door, new Uint8Array(400), lines, 64, () => undefined));
  const clients: Socket[] = [];
  const open = (): Socket => {
    const client = connect({ port, host });
    client.on('error', () => undefined).resume();
    clients.push(client);
    return client;
  };
  const first = open();
  let line = await next();
  if (line.peerBytes === 0) throw new Error('a new connection has a peer');
  first.write('x'.repeat(100));
  while (line.length < 0) line = await next();
  const answers = new Int32Array(2 * 5);
  refused(() => native.tcpDoorAnswer(door, Uint8Array.of(1), answers, 3));
  answers.set([line.name, 0, 0, 2, 0]);
  refused(() => native.tcpDoorAnswer(door, Uint8Array.of(1), answers, 1));
  answers.set([line.name, line.length, 0, 1, 0, -1, 0, 0, 1, 0]);
  native.tcpDoorAnswer(door, Uint8Array.of(1), answers, 2);
  if (answers[0] !== 0 || (answers[5] ?? 0) >= 0) throw new Error('another outcome');
  const rest = await next();
  if (rest.name !== line.name || rest.length === 0) throw new Error('the rest did not come');
  answers.set([line.name, rest.length, 0, 1, 1]);
  native.tcpDoorAnswer(door, Uint8Array.of(1), answers, 1);
  refused(() => native.tcpDoorDrop(door, line.name));
  open();
  const second = await next();
  closeSync(native.tcpDoorTake(door, second.name));
  refused(() => native.tcpDoorTake(door, second.name));
  open();
  native.tcpDoorDrop(door, (await next()).name);
  native.tcpDoorResume(door);
  open(); // left open
  await next();
  if (round % 4 < 2) native.tcpDoorStopAccepting(door);
  if (round % 2 === 0) native.tcpDoorClose(door);
  for (const client of clients) client.destroy();
}
