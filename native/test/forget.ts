/** Opens many handles, forgets them, collects; prints how many of them stayed open beyond a few that the collector may still see. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative } from '../index.ts';

const { native } = loadNative();
const folder = process.argv[2];
if (native === null || folder === undefined) throw new Error('no addon');

function held(): number {
  const mapped = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes('.ipcshm'));
  return readdirSync('/proc/self/fd').length + mapped.length;
}

function open(round: number): void {
  if (native === null) return;
  const path = join(folder ?? '', `f${round}`);
  const listener = native.seqpacketListen(`${path}.sock`, 1);
  native.seqpacketConnect(`${path}.sock`);
  native.seqpacketAccept(listener);
  native.tcpDoorOpen('127.0.0.1', 0, 1);
  native.regionCreate(`${path}.ipcshm`, new Uint8Array(64), 832);
  native.regionAttach(`${path}.ipcshm`);
}

const collect: unknown = Reflect.get(globalThis, 'gc');
if (typeof collect !== 'function') throw new Error('run with --expose-gc');
open(0);
collect();
await new Promise((resolve) => setTimeout(resolve, 50));
const before = held();
for (let round = 1; round <= 100; round += 1) open(round);
for (let turn = 0; turn < 5; turn += 1) {
  collect();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const kept = held() - before;
process.stdout.write(kept < 5 ? 'kept none\n' : `kept ${kept} of 700\n`);
