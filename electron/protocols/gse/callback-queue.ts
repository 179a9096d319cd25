/**
 * Runs work one piece after the other in arrival order, within bounds: docs/protocols/gse.md section 7, item
 * 7.
 */

export interface CallbackQueueOptions {
  readonly framesMax: number;
  readonly bytesMax: number;
  /** The bounds are reached: stop reading. */
  readonly full: () => void;
  /** Half empty again: read on. */
  readonly drained: () => void;
  /** A callback threw or rejected; the next one runs all the same. */
  readonly failed: (cause: unknown) => void;
}

interface Work {
  readonly bytes: number;
  readonly run: () => void | Promise<void>;
}

export class CallbackQueue {
  readonly #options: CallbackQueueOptions;
  #waiting: Work[] = [];
  /** Index of the next one in `#waiting`: taking from the front of an array costs its length. */
  #next = 0;
  #bytes = 0;
  #isRunning = false;
  #isFull = false;

  constructor(options: CallbackQueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length - this.#next;
  }

  /** True while something waits or runs. */
  get isBusy(): boolean {
    return this.#isRunning || this.length > 0;
  }

  push(bytes: number, run: () => void | Promise<void>): void {
    this.#waiting.push({ bytes, run });
    this.#bytes += bytes;
    const { framesMax, bytesMax } = this.#options;
    if (!this.#isFull && (this.length >= framesMax || this.#bytes >= bytesMax)) {
      this.#isFull = true;
      this.#options.full();
    }
    if (!this.#isRunning) void this.#run();
  }

  /** Forgets what has not begun. */
  clear(): void {
    this.#waiting = [];
    this.#next = 0;
    this.#bytes = 0;
    this.#relieve();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let work = this.#take(); work !== undefined; work = this.#take()) {
      try {
        const pending = work.run();
        if (pending !== undefined) await pending;
      } catch (cause) {
        // Whatever the application threw: it must not end the connection of everybody else (section 13, row
        // 12).
        this.#options.failed(cause);
      }
    }
    this.#isRunning = false;
  }

  #take(): Work | undefined {
    const work = this.#waiting[this.#next];
    if (work === undefined) {
      this.#waiting = [];
      this.#next = 0;
      return undefined;
    }
    this.#next += 1;
    this.#bytes -= work.bytes;
    if (this.#next >= 1_024) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    this.#relieve();
    return work;
  }

  #relieve(): void {
    const { framesMax, bytesMax, drained } = this.#options;
    if (!this.#isFull || this.length > framesMax / 2 || this.#bytes > bytesMax / 2) return;
    this.#isFull = false;
    drained();
  }
}
