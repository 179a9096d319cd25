/**
 * A small coverage-guided fuzzer: inputs that reach code nobody reached before join the corpus. It runs in a worker, so that the runner
 * can see an input that never comes back (promise E1).
 */
import { Coverage } from './coverage.ts';
import { chanceOf, mutate } from './mutate.ts';

export interface FuzzTarget {
  readonly name: string;
  /** Texts and bytes of the vectors. */
  readonly seeds: readonly Uint8Array[];
  /** Returns when the input was taken or refused as it should be; anything thrown is a finding. */
  readonly run: (input: Uint8Array) => void;
}

export interface FuzzOptions {
  readonly durationMs: number;
  readonly seed: number;
  readonly nowMs: () => number;
  /** Called before each input; the runner knows then what hangs. */
  readonly before: (input: Uint8Array) => void;
}

export interface FuzzResult {
  readonly runs: number;
  readonly corpus: number;
  readonly blocks: number;
  readonly finding: { readonly input: Uint8Array; readonly error: string } | null;
}

/** Asking V8 for coverage costs as much as many inputs: only a batch that brought news is run again one by one. */
const BATCH = 100;
/** Every so often a batch is looked at closely all the same: a loop that runs more often than ever is no new block. */
const CLOSE_LOOK = 16;

export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzResult {
  const chance = chanceOf(options.seed);
  const coverage = new Coverage();
  const corpus: Uint8Array[] = [];
  let runs = 0;
  let batches = 0;
  const end = options.nowMs() + options.durationMs;
  const fault = (input: Uint8Array): string | null => {
    options.before(input);
    runs += 1;
    try {
      target.run(input);
      return null;
    } catch (error) {
      // The target lets through what is no proper refusal: that is what is looked for.
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  };
  const result = (finding: FuzzResult['finding']): FuzzResult => {
    coverage.close();
    return { runs, corpus: corpus.length, blocks: coverage.size, finding };
  };
  let batch: readonly Uint8Array[] = [new Uint8Array(0), ...target.seeds];
  while (batch.length > 0) {
    for (const input of batch) {
      const error = fault(input);
      if (error !== null) return result({ input: smaller(input, (part) => fault(part) !== null), error });
    }
    batches += 1;
    if (coverage.isNewsOfBatch() || batches % CLOSE_LOOK === 0) {
      for (const input of batch) {
        fault(input);
        if (coverage.isNews()) corpus.push(input);
      }
    }
    const pick = (): Uint8Array => corpus[chance(corpus.length)] ?? new Uint8Array(0);
    batch =
      options.nowMs() < end ? Array.from({ length: BATCH }, () => mutate(pick(), pick(), chance)) : [];
  }
  return result(null);
}

/** Leaves out parts as long as the fault stays. */
function smaller(input: Uint8Array, fails: (input: Uint8Array) => boolean): Uint8Array {
  let kept = input;
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= kept.length;) {
      const part = Uint8Array.from([...kept.subarray(0, at), ...kept.subarray(at + size)]);
      if (fails(part)) kept = part;
      else at += size;
    }
  }
  return kept;
}
