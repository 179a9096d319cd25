/**
 * The main thread's end of the reader thread: questions out, answers in, export chunks with back-pressure.
 */
import type { Worker } from 'node:worker_threads';
import { assertNever } from '../../shared/assert.ts';
import { OperatingError } from '../../shared/failure.ts';
import type { ExportSink } from './event-store.ts';
import type {
  FromReader,
  MadeSignature,
  ReaderRequest,
  ReaderValue,
  TakenSignature,
  ToReader,
} from './store-messages.ts';
import { startStoreWorker } from './store-workers.ts';
import { asError } from './store-writer.ts';

interface Pending {
  readonly resolve: (value: ReaderValue) => void;
  readonly reject: (error: unknown) => void;
  readonly sink: ExportSink | null;
}

export interface StoreReaderListener {
  /** Not one row but the structure of the file. */
  onDamage(reason: string): void;
  /** To be kept by the writer; the answer goes to `signatureTaken`. */
  onSignature(made: MadeSignature): void;
}

/** The id of what goes wrong before anything was asked. */
const OPENING_ID = 0;

export class StoreReader {
  readonly #worker: Worker;
  readonly #listener: StoreReaderListener;
  readonly #pending = new Map<number, Pending>();
  #nextId = OPENING_ID + 1;
  #gone: OperatingError | null = null;
  #closing: Promise<void> | null = null;
  readonly #exited: Promise<void>;

  constructor(listener: StoreReaderListener) {
    this.#listener = listener;
    this.#worker = startStoreWorker('reader-worker', null);
    this.#worker.on('message', (message: FromReader) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(threadDied(error)));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(threadDied(null));
        resolve();
      });
    });
  }

  /** Resolves once the thread can answer. Call once, when the writer has the file ready. */
  async open(path: string): Promise<void> {
    if (this.#gone !== null) throw this.#gone;
    const opened = this.#wait(OPENING_ID, null);
    this.#post({ kind: 'open', path });
    await opened;
  }

  async ask(
    request: ReaderRequest,
    sink: ExportSink | null = null,
    signal: AbortSignal | null = null,
  ): Promise<ReaderValue> {
    if (this.#gone !== null || this.#closing !== null) throw this.#gone ?? threadDied(null);
    if (signal?.aborted === true) throw new OperatingError('E_CANCELLED', 'cancelled');
    const id = this.#nextId;
    this.#nextId += 1;
    const cancel = (): void => this.#post({ kind: 'cancel', id });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const answer = this.#wait(id, sink);
      this.#post({ kind: 'ask', id, request });
      return await answer;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  signatureTaken(taken: TakenSignature): void {
    if (this.#gone === null && this.#closing === null) this.#post({ kind: 'signature-taken', ...taken });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    if (this.#gone === null) this.#post({ kind: 'close' });
    await this.#exited;
  }

  #wait(id: number, sink: ExportSink | null): Promise<ReaderValue> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, sink });
    });
  }

  #post(message: ToReader): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromReader): void {
    switch (message.kind) {
      case 'ready':
        this.#take(OPENING_ID)?.resolve(null);
        return;
      case 'answer':
        this.#take(message.id)?.resolve(message.value);
        return;
      case 'failure':
        this.#take(message.id)?.reject(asError(message.failure));
        return;
      case 'chunk':
        void this.#writeChunk(message);
        return;
      case 'damaged':
        this.#listener.onDamage(message.reason);
        return;
      case 'signature':
        this.#listener.onSignature(message);
        return;
      case 'closed':
        return;
      default:
        assertNever(message);
    }
  }

  /** Only when the sink took the chunk does the thread make the next one. */
  async #writeChunk(message: Extract<FromReader, { kind: 'chunk' }>): Promise<void> {
    const sink = this.#pending.get(message.id)?.sink ?? null;
    if (sink === null) return;
    try {
      await sink.write(message.bytes);
      sink.progress(message.rowsWritten, message.rowsScanned, message.rowsTotal);
    } catch (error) {
      // Whatever the sink throws is the answer of this export, and of nothing else.
      this.#take(message.id)?.reject(error);
      if (this.#gone === null) this.#post({ kind: 'cancel', id: message.id });
      return;
    }
    if (this.#gone === null) this.#post({ kind: 'more', id: message.id });
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #fail(error: OperatingError): void {
    if (this.#gone !== null) return;
    this.#gone = error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

function threadDied(cause: unknown): OperatingError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new OperatingError('E_STORE_FAILED', `the store's reading thread ended${why}`, {
    fix: 'Restart the console.',
    cause,
  });
}
