/** How well the thread that owns the sockets keeps up (docs/THREATS.md, H5). */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The timer behind the measurement fires this often; its own period is taken off the figures. */
const RESOLUTION_MS = 20;
export const LOOP_STALL_MS = 200;

export interface LoopHealth {
  /** Delay of the loop beyond its timer, milliseconds, since the last reset. */
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class LoopMonitor {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.histogram.enable();
  }

  read(): LoopHealth {
    if (this.histogram.count === 0) return { p99Ms: 0, maxMs: 0 };
    return {
      p99Ms: Math.max(0, this.histogram.percentile(99) / 1e6 - RESOLUTION_MS),
      maxMs: Math.max(0, this.histogram.max / 1e6 - RESOLUTION_MS),
    };
  }

  reset(): void {
    this.histogram.reset();
  }

  close(): void {
    this.histogram.disable();
  }
}
