/** The last figures, for percentiles of what happens now rather than since the start. */
export class PercentileRing {
  readonly #values: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  push(value: number): void {
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  /** `share` from 0 to 1; 0 when nothing was pushed. */
  percentile(share: number): number {
    const used = this.#values.slice(0, Math.min(this.#count, this.#values.length)).sort();
    return used[Math.min(used.length - 1, Math.floor(used.length * share))] ?? 0;
  }
}
