/**
 * The main thread's end of the writer thread: packs a tick's appends into one message and settles them as
 * commits come in.
 */
import type { Worker } from 'node:worker_threads';
import { assert, assertNever } from '../../shared/assert.ts';
import type { Bookmark } from '../../shared/contract/feed.ts';
import { OperatingError } from '../../shared/failure.ts';
import type { Failure } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { packBatch, transferList } from './append-batch.ts';
import type { NewEvent, StoreStats } from './event-store.ts';
import type { FromWriter, MadeSignature, TakenSignature, ToWriter, WriterStart } from './store-messages.ts';
import { startStoreWorker } from './store-workers.ts';

interface PendingAppend {
  readonly events: readonly NewEvent[];
  readonly bytes: number;
  readonly resolve: (rows: readonly EventRow[]) => void;
  readonly reject: (error: OperatingError) => void;
}
interface PendingAnswer {
  readonly resolve: (bookmarks: readonly Bookmark[]) => void;
  readonly reject: (error: OperatingError) => void;
}
const APPENDS_PER_MESSAGE = 32;
/** An event costs at least this much while it waits. */
const EVENT_OVERHEAD_BYTES = 256;

export interface StoreWriterListener {
  onStats(stats: StoreStats): void;
  /** `newestSeq` and the rows just committed: between two `onStats`. */
  onCommitted(newestSeq: number, rows: number): void;
  onSignatureTaken(taken: TakenSignature): void;
}

export class StoreWriter {
  readonly #worker: Worker;
  readonly #wallMs: () => number;
  readonly #listener: StoreWriterListener;
  /** Not sent yet, in call order. */
  #waiting: PendingAppend[] = [];
  /** Sent, not answered, in call order; answered ones below `#sentHead`. */
  #sent: PendingAppend[] = [];
  #sentHead = 0;
  #pendingEvents = 0;
  #pendingBytes = 0;
  #flushWaits = false;
  readonly #answers = new Map<number, PendingAnswer>();
  #nextId = 1;
  #gone: OperatingError | null = null;
  #closing: Promise<void> | null = null;
  readonly #exited: Promise<void>;
  #opened: {
    resolve: (recovered: readonly string[]) => void;
    reject: (error: OperatingError) => void;
  } | null = null;

  constructor(start: WriterStart, wallMs: () => number, listener: StoreWriterListener) {
    this.#wallMs = wallMs;
    this.#listener = listener;
    this.#worker = startStoreWorker('writer-worker', start);
    this.#worker.on('message', (message: FromWriter) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(threadDied(error)));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(threadDied(null));
        resolve();
      });
    });
  }

  /** Resolves with what was repaired on the way. Call once. */
  opened(): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#opened = { resolve, reject };
    });
  }

  append(events: readonly NewEvent[]): Promise<readonly EventRow[]> {
    if (this.#gone !== null || this.#closing !== null) return Promise.reject(this.#gone ?? closedError());
    if (events.length === 0) return Promise.resolve([]);
    let bytes = events.length * EVENT_OVERHEAD_BYTES;
    for (const event of events) bytes += event.body.length + event.head.length;
    const tooMany = this.#pendingEvents + events.length > LIMITS.storePendingEventsMax;
    if (tooMany || this.#pendingBytes + bytes > LIMITS.storePendingBytesMax)
      return Promise.reject(busyError());
    this.#pendingEvents += events.length;
    this.#pendingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, bytes, resolve, reject });
      // A large turn goes in pieces, so that the writer commits the first while the rest is still arriving.
      if (this.#waiting.length >= APPENDS_PER_MESSAGE) this.#flush();
      else this.#flushSoon();
    });
  }

  ask(
    message: { kind: 'bookmark'; bookmark: Bookmark; on: boolean } | { kind: 'bookmarks' },
  ): Promise<readonly Bookmark[]> {
    return this.#ask((id) => ({ ...message, id }));
  }

  async setRetention(days: number, bytes: number): Promise<void> {
    await this.#ask((id) => ({ kind: 'retention', id, days, bytes, nowMs: this.#wallMs() }));
  }

  tick(): void {
    if (this.#gone === null && this.#closing === null) this.#post({ kind: 'tick', nowMs: this.#wallMs() });
  }

  reportDamage(reason: string): void {
    if (this.#gone === null && this.#closing === null) this.#post({ kind: 'damaged', reason });
  }

  keepSignature({ block, signature }: MadeSignature): void {
    if (this.#gone !== null || this.#closing !== null) return;
    const transfer = [signature.bits.buffer, signature.ranges.buffer];
    this.#post({ kind: 'signature', block, signature }, transfer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    this.#flush();
    if (this.#gone === null) this.#post({ kind: 'close' });
    await this.#exited;
  }

  #ask(make: (id: number) => ToWriter): Promise<readonly Bookmark[]> {
    if (this.#gone !== null || this.#closing !== null) return Promise.reject(this.#gone ?? closedError());
    // What was appended before must be there when this is looked at.
    this.#flush();
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#post(make(id));
    });
  }

  #post(message: ToWriter, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Everything that arrives in this turn of the event loop goes in one message. */
  #flushSoon(): void {
    if (this.#flushWaits) return;
    this.#flushWaits = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushWaits = false;
    if (this.#waiting.length === 0 || this.#gone !== null) return;
    const batch = packBatch(this.#waiting.map((append) => append.events));
    for (const append of this.#waiting) this.#sent.push(append);
    this.#waiting = [];
    this.#post({ kind: 'append', batch, nowMs: this.#wallMs() }, transferList(batch));
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case 'committed':
        this.#committed(message);
        return;
      case 'refused':
        this.#refused(message.calls, message.failure);
        return;
      case 'stats':
        this.#listener.onStats(message.stats);
        return;
      case 'opened':
        this.#listener.onStats(message.stats);
        this.#opened?.resolve(message.recovered);
        return;
      case 'refused-open':
        this.#fail(asError(message.failure));
        return;
      case 'signature-taken':
        this.#listener.onSignatureTaken({ kept: message.kept, busy: message.busy });
        return;
      case 'answer':
        this.#takeAnswer(message.id)?.resolve(message.bookmarks);
        return;
      case 'failure':
        this.#takeAnswer(message.id)?.reject(asError(message.failure));
        return;
      case 'closed':
        return;
      default:
        assertNever(message);
    }
  }

  #takeAnswer(id: number): PendingAnswer | undefined {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    return answer;
  }

  #committed(message: Extract<FromWriter, { kind: 'committed' }>): void {
    let seq = message.firstSeq;
    let row = 0;
    let at = 0;
    const rowsTotal = message.previewLengths.length;
    this.#listener.onCommitted(message.firstSeq + rowsTotal - 1, rowsTotal);
    for (let count = 0; count < message.calls; count += 1) {
      const append = this.#takeSent();
      const rows: EventRow[] = [];
      for (const event of append.events) {
        const end = at + (message.previewLengths[row] ?? 0);
        rows.push(rowOf(event, seq, message.previews.slice(at, end)));
        at = end;
        seq += 1;
        row += 1;
      }
      append.resolve(rows);
    }
  }

  #refused(calls: number, failure: Failure): void {
    for (let count = 0; count < calls; count += 1) this.#takeSent().reject(asError(failure));
  }

  #takeSent(): PendingAppend {
    const append = this.#sent[this.#sentHead];
    assert(append !== undefined, 'the writer answers only calls it was sent');
    this.#sentHead += 1;
    if (this.#sentHead > 1_024 && this.#sentHead * 2 > this.#sent.length) {
      this.#sent = this.#sent.slice(this.#sentHead);
      this.#sentHead = 0;
    }
    this.#pendingEvents -= append.events.length;
    this.#pendingBytes -= append.bytes;
    return append;
  }

  /** The thread is gone or never came up: nobody waits for ever. Idempotent. */
  #fail(error: OperatingError): void {
    if (this.#gone !== null) return;
    this.#gone = error;
    this.#opened?.reject(error);
    while (this.#sentHead < this.#sent.length) this.#takeSent().reject(error);
    for (const append of this.#waiting.splice(0)) append.reject(error);
    for (const answer of this.#answers.values()) answer.reject(error);
    this.#answers.clear();
  }
}

/** As it will read from the database, which keeps text as UTF-8 and so knows no lone surrogates. */
function rowOf(event: NewEvent, seq: number, preview: string): EventRow {
  return {
    seq,
    receivedAtMs: event.receivedAtMs,
    source: event.source,
    kind: event.kind,
    severity: event.severity,
    type: event.type.toWellFormed(),
    host: event.host.toWellFormed(),
    link: event.link.toWellFormed(),
    peer: event.peer.toWellFormed(),
    id: event.id.toWellFormed(),
    // SQLite keeps no sign of zero.
    sentAtS: event.sentAtS === null ? null : event.sentAtS + 0,
    bodyBytes: event.body.length,
    preview,
    simulated: event.simulated,
  };
}

export function asError(failure: Failure): OperatingError {
  return new OperatingError(
    failure.code,
    failure.message,
    failure.fix === undefined ? {} : { fix: failure.fix },
  );
}

function closedError(): OperatingError {
  return new OperatingError('E_STORE_FAILED', 'the event store is closed');
}

function busyError(): OperatingError {
  return new OperatingError('E_BUSY', 'too many events wait for the disk', {
    fix: 'Send again in a moment.',
  });
}

function threadDied(cause: unknown): OperatingError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new OperatingError('E_STORE_FAILED', `the store's thread ended${why}`, {
    fix: 'Restart the console.',
    cause,
  });
}
