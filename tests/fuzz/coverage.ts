/** Which blocks of our code the last calls ran through, by V8's own precise coverage: no instrumented copy is needed. */
import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

const OURS = /\/(?:shared\/.*|electron\/.*|tests\/fuzz\/planted)\.ts$/;

/** Counts fall into ranges: a loop that runs 9 times instead of 8 is no news, one that runs 60 times is. */
const rangeOf = (count: number): number => (count < 4 ? count : 32 - Math.clz32(count));

export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();
  readonly #seenOfBatches = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  get size(): number {
    return this.#seen.size;
  }

  /**
   * Whether the calls since the last question together ran a block that no batch ran before. V8 names a block inside another only when
   * their counts differ, so batches are compared with batches and single calls with single calls.
   */
  isNewsOfBatch(): boolean {
    const before = this.#seenOfBatches.size;
    for (const { block, count } of this.#ran()) this.#seenOfBatches.add(`${block} ${count > 0}`);
    return this.#seenOfBatches.size > before;
  }

  /**
   * Whether the one call since the last question ran a block so often as none before. Remembers it. A block that was left out is
   * news as well: V8 names no block that ran as often as the one around it.
   */
  isNews(): boolean {
    const before = this.#seen.size;
    for (const { block, count } of this.#ran()) this.#seen.add(`${block} ${rangeOf(count)}`);
    return this.#seen.size > before;
  }

  close(): void {
    this.#session.disconnect();
  }

  #ran(): { readonly block: string; readonly count: number }[] {
    const ours = this.#take().filter(({ url }) => OURS.test(url));
    return ours.flatMap(({ url, functions }) =>
      functions.flatMap(({ ranges }) =>
        ranges.map(({ startOffset, endOffset, count }) => ({ block: `${url} ${startOffset} ${endOffset}`, count })),
      ),
    );
  }

  #take(): readonly Profiler.ScriptCoverage[] {
    let taken: readonly Profiler.ScriptCoverage[] = [];
    // In the same thread the answer comes before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      taken = result;
    });
    return taken;
  }
}
