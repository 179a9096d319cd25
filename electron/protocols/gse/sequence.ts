/** Sequence numbers of frames: docs/protocols/gse.md section 5.10. */

/**
 * Unix seconds at the moment of the call plus a counter from 1 that grows with every number drawn:
 * consecutive calls get strictly rising numbers as long as the clock does not step back by more than the
 * calls made.
 */
export class SequenceSource {
  #drawn = 0n;

  next(wallMs: number): bigint {
    const number = this.peek(wallMs);
    this.#drawn += 1n;
    return number;
  }

  /** What `next` would give, without drawing it. */
  peek(wallMs: number): bigint {
    return BigInt(Math.floor(wallMs / 1_000)) + this.#drawn + 1n;
  }
}

/** One for the process: keepalives and messages of all clients share it, as in the original. */
export const processSequence = new SequenceSource();
