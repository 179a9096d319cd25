/**
 * How many in the last second, known to a tenth of a second and without a timer: whoever asks brings the
 * time.
 */
const SLICES = 11;

export class RateWindow {
  private readonly sliceMs: number;
  private readonly slices = Array.from({ length: SLICES }, () => 0);
  private newestSlice: number;

  constructor(nowMs: number, windowMs = 1_000) {
    this.sliceMs = windowMs / (SLICES - 1);
    this.newestSlice = Math.floor(nowMs / this.sliceMs);
  }

  add(count: number, nowMs: number): void {
    this.advance(nowMs);
    const index = this.newestSlice % SLICES;
    this.slices[index] = (this.slices[index] ?? 0) + count;
  }

  /** Counted in the last full window, the slice still filling left out. */
  lastFull(nowMs: number): number {
    this.advance(nowMs);
    let sum = 0;
    for (const count of this.slices) sum += count;
    return sum - (this.slices[this.newestSlice % SLICES] ?? 0);
  }

  /** The same with the slice still filling: a burst is seen at once. */
  running(nowMs: number): number {
    const full = this.lastFull(nowMs);
    return full + (this.slices[this.newestSlice % SLICES] ?? 0);
  }

  private advance(nowMs: number): void {
    const slice = Math.floor(nowMs / this.sliceMs);
    if (slice <= this.newestSlice) return;
    const steps = Math.min(slice - this.newestSlice, SLICES);
    for (let step = 0; step < steps; step += 1) this.slices[(slice - step) % SLICES] = 0;
    this.newestSlice = slice;
  }
}
