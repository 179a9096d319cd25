/** Runs the reader's requests side by side, one step of each in turn. */
import { OperatingError, failureOf } from '../../shared/failure.ts';
import type { Failure } from '../../shared/failure.ts';
import type { ReaderTask } from './event-reader.ts';
import { sqliteTrouble, storeError } from './sqlite-failure.ts';
import type { FromReader, ReaderValue } from './store-messages.ts';

interface Running {
  readonly id: number;
  readonly task: ReaderTask<ReaderValue>;
  /** Waits for the main thread to take a chunk. */
  parked: boolean;
}

export class ReaderTasks {
  readonly #send: (message: FromReader) => void;
  #running: Running[] = [];
  #turnWaits = false;

  constructor(send: (message: FromReader) => void) {
    this.#send = send;
  }

  /** True when nothing waits for this thread. */
  get isIdle(): boolean {
    return this.#running.every((one) => one.parked);
  }

  start(id: number, make: () => ReaderTask<ReaderValue>): void {
    try {
      this.#running.push({ id, task: make(), parked: false });
    } catch (error) {
      this.#sendFailure(id, error);
      return;
    }
    this.#turnSoon();
  }

  /** Called by a task about itself, just before it yields. */
  park(id: number): void {
    const running = this.#running.find((one) => one.id === id);
    if (running !== undefined) running.parked = true;
  }

  resume(id: number): void {
    const running = this.#running.find((one) => one.id === id);
    if (running === undefined) return;
    running.parked = false;
    this.#turnSoon();
  }

  cancel(id: number): void {
    const running = this.#running.find((one) => one.id === id);
    if (running === undefined) return;
    this.#running = this.#running.filter((one) => one !== running);
    running.task.return(null);
    this.#sendFailure(id, new OperatingError('E_CANCELLED', 'cancelled'));
  }

  cancelAll(): void {
    for (const running of [...this.#running]) this.cancel(running.id);
  }

  #turnSoon(): void {
    if (this.#turnWaits) return;
    this.#turnWaits = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#turnWaits = false;
    for (const running of [...this.#running]) if (!running.parked) this.#step(running);
    if (this.#running.some((one) => !one.parked)) this.#turnSoon();
  }

  #step(running: Running): void {
    try {
      const step = running.task.next();
      if (step.done !== true) return;
      this.#send({ kind: 'answer', id: running.id, value: step.value });
    } catch (error) {
      this.#sendFailure(running.id, error);
    }
    this.#running = this.#running.filter((one) => one !== running);
  }

  /** Bugs go on up and end the thread; the disk's trouble is an answer. */
  #sendFailure(id: number, error: unknown): void {
    this.#send({ kind: 'failure', id, failure: this.report(error) });
  }

  /** Says what went wrong, to the writer too when the file is damaged. Rethrows bugs. */
  report(error: unknown): Failure {
    const failure = failureOf(storeError(error, 'reading events'));
    if (sqliteTrouble(error) === 'damaged') this.#send({ kind: 'damaged', reason: failure.message });
    return failure;
  }
}
