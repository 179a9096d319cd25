/** One target in a thread of its own; what it is at stands in shared memory, so that the runner can read it even when nothing returns. */
import { parentPort, workerData } from 'node:worker_threads';
import * as v from 'valibot';
import { fuzz } from './engine.ts';
import { PLANTED, TARGETS } from './targets.ts';

const given = v.parse(
  v.object({ name: v.string(), durationMs: v.number(), seed: v.number(), current: v.instance(SharedArrayBuffer) }),
  workerData,
);
const counters = new Int32Array(given.current, 0, 2);
const bytes = new Uint8Array(given.current, 8);
const target = [...TARGETS, ...PLANTED].find(({ name }) => name === given.name);
if (target === undefined) throw new Error(`no target ${given.name}`);
const before = (input: Uint8Array): void => {
  Atomics.add(counters, 0, 1);
  Atomics.store(counters, 1, input.length);
  bytes.set(input.subarray(0, bytes.length));
};
parentPort?.postMessage(fuzz(target, { durationMs: given.durationMs, seed: given.seed, nowMs: () => performance.now(), before }));
