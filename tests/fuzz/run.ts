/**
 * `npm run fuzz -- [--seconds N] [--seed N] [target…]`: each target for N seconds (60), one after the other. A line for each, last
 * `N passed, N failed`; a finding is written to test-results/fuzz as the smallest input that still shows it. Exit code 1 on a finding, 2
 * on wrong arguments.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import * as v from 'valibot';
import { INPUT_BYTES_MAX } from './mutate.ts';
import { PLANTED, TARGETS } from './targets.ts';

const RESULTS = join(import.meta.dirname, '../../test-results/fuzz');
/** No input of INPUT_BYTES_MAX may take nearly as long, however busy the machine is (promise E1: 1 ms per KiB). */
const HANG_MS = Number(process.env['SIGNALBOX_FUZZ_HANG_MS'] ?? 20_000);
const result = v.object({
  runs: v.number(),
  corpus: v.number(),
  blocks: v.number(),
  finding: v.nullable(v.object({ input: v.instance(Uint8Array), error: v.string() })),
});
type Result = v.InferOutput<typeof result>;

async function runTarget(name: string, durationMs: number, seed: number): Promise<Result> {
  const current = new SharedArrayBuffer(8 + INPUT_BYTES_MAX);
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { name, durationMs, seed, current } });
  try {
    return await resultOf(worker, current);
  } finally {
    await worker.terminate();
  }
}

/** What the worker says at its end, or the input it never came back from. */
function resultOf(worker: Worker, current: SharedArrayBuffer): Promise<Result> {
  const counters = new Int32Array(current, 0, 2);
  return new Promise((resolve, reject) => {
    let lastRun = -1;
    const watch = setInterval(() => {
      const run = Atomics.load(counters, 0);
      if (run === lastRun && run > 0) {
        const input = Uint8Array.from(new Uint8Array(current, 8, Atomics.load(counters, 1)));
        resolve({ runs: run, corpus: 0, blocks: 0, finding: { input, error: `no answer within ${HANG_MS} ms` } });
      }
      lastRun = run;
    }, HANG_MS);
    worker.once('message', (message) => resolve(v.parse(result, message)));
    worker.once('error', reject);
    worker.once('exit', () => {
      clearInterval(watch);
      reject(new Error('the worker ended without a result'));
    });
  });
}

function readArguments(): { seconds: number; seed: number; names: readonly string[] } | null {
  const all = TARGETS.map(({ name }) => name);
  const known = [...all, ...PLANTED.map(({ name }) => name)];
  try {
    const options = { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 2 ** 31) } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
    if (seconds > 0 && Number.isInteger(seed) && positionals.every((name) => known.includes(name))) {
      return { seconds, seed, names: positionals.length > 0 ? positionals : all };
    }
  } catch (error) {
    // TypeError of parseArgs: an option nobody knows.
    process.stderr.write(`${String(error)}\n`);
  }
  process.stderr.write(`fuzz [--seconds N] [--seed N] [target…]; targets: ${all.join(' ')}\n`);
  return null;
}

async function main(): Promise<number> {
  const given = readArguments();
  if (given === null) return 2;
  const { seconds, seed, names } = given;
  let failed = 0;
  for (const name of names) {
    const { runs, corpus, blocks, finding } = await runTarget(name, seconds * 1_000, seed);
    process.stdout.write(`${finding === null ? 'ok  ' : 'FAIL'} ${name}: ${runs} inputs, corpus ${corpus}, ${blocks} blocks, seed ${seed}\n`);
    if (finding === null) continue;
    failed += 1;
    mkdirSync(RESULTS, { recursive: true });
    const path = join(RESULTS, `${name}-${seed}`);
    writeFileSync(path, finding.input);
    process.stdout.write(`     ${path}: ${Buffer.from(finding.input).toString('hex')}\n${finding.error}\n`);
  }
  process.stdout.write(`${names.length - failed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main();
