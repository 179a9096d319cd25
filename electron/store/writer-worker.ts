/** The writer thread: takes messages as they come, commits whenever none is waiting. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { assert, assertNever } from '../../shared/assert.ts';
import { OperatingError, failureOf } from '../../shared/failure.ts';
import { EventWriter } from './event-writer.ts';
import { FolderLock, preparePrivateFolder } from './folder-lock.ts';
import { openDatabase } from './open-database.ts';
import type { FromWriter, ToWriter, WriterStart } from './store-messages.ts';
import { yieldToSockets } from './thread-priority.ts';

/** After so many messages the event loop gets its turn, so that timers and close are never starved. */
const MESSAGES_PER_TURN_MAX = 64;
const MAINTAIN_INTERVAL_MS = 500;

class WriterThread {
  readonly #port: MessagePort;
  readonly #lock: FolderLock;
  readonly #writer: EventWriter;
  readonly #timer: NodeJS.Timeout;
  #maintenanceWaits = false;

  constructor(port: MessagePort, start: WriterStart) {
    this.#port = port;
    preparePrivateFolder(start.folder);
    this.#lock = FolderLock.take(start.folder, start.nowMs);
    try {
      const opened = openDatabase(start.folder, start.durability, start.nowMs);
      const options = {
        path: opened.path,
        nowMs: start.nowMs,
        days: start.retentionDays,
        bytesMax: start.retentionBytes,
        seqMin: opened.seqMin,
        stateReason: opened.recovered.join(' '),
      };
      this.#writer = new EventWriter(opened.database, options, (message, transfer) =>
        port.postMessage(message, transfer),
      );
      this.#send({ kind: 'opened', stats: this.#writer.stats(), recovered: opened.recovered });
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    this.#timer = setInterval(() => this.#maintain(), MAINTAIN_INTERVAL_MS);
    port.on('message', (first: ToWriter) => this.#turn(first));
  }

  #send(message: FromWriter): void {
    this.#port.postMessage(message);
  }

  #turn(first: ToWriter): void {
    let message: ToWriter | undefined = first;
    for (let count = 1; message !== undefined; count += 1) {
      this.#handle(message);
      message = count < MESSAGES_PER_TURN_MAX ? this.#nextWaiting() : undefined;
    }
    this.#writer.commit();
    this.#maintain();
  }

  #nextWaiting(): ToWriter | undefined {
    const received: { message: ToWriter } | undefined = receiveMessageOnPort(this.#port);
    return received?.message;
  }

  #handle(message: ToWriter): void {
    switch (message.kind) {
      case 'append':
        this.#writer.setNow(message.nowMs);
        this.#writer.append(message.batch);
        return;
      case 'tick':
        this.#writer.setNow(message.nowMs);
        return;
      case 'damaged':
        this.#writer.reportDamage(message.reason);
        return;
      case 'signature':
        this.#writer.addSignature(message);
        return;
      case 'bookmark':
        this.#answer(message.id, () => this.#writer.setBookmark(message.bookmark, message.on));
        return;
      case 'bookmarks':
        this.#answer(message.id, () => this.#writer.bookmarks());
        return;
      case 'retention':
        this.#answer(message.id, () => {
          this.#writer.setNow(message.nowMs);
          this.#writer.setRetention(message.days, message.bytes);
          return [];
        });
        return;
      case 'close':
        this.#close();
        return;
      default:
        assertNever(message);
    }
  }

  #answer(id: number, ask: () => ReturnType<EventWriter['bookmarks']>): void {
    try {
      this.#send({ kind: 'answer', id, bookmarks: ask() });
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      this.#send({ kind: 'failure', id, failure: failureOf(error) });
    }
  }

  /** Works in slices: between two of them waiting messages come first. */
  #maintain(): void {
    if (this.#maintenanceWaits) return;
    if (!this.#writer.maintain()) return;
    this.#maintenanceWaits = true;
    setImmediate(() => {
      this.#maintenanceWaits = false;
      this.#maintain();
    });
  }

  #close(): void {
    clearInterval(this.#timer);
    this.#writer.close();
    this.#lock.release();
    this.#send({ kind: 'closed' });
    this.#port.close();
  }
}

function startThread(port: MessagePort | null): void {
  assert(port !== null, 'the writer runs in a worker thread');
  try {
    // The start data comes from openEventStore of the same build, never from outside.
    void new WriterThread(port, workerData as WriterStart);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    port.postMessage({ kind: 'refused-open', failure: failureOf(error) } satisfies FromWriter);
    port.close();
  }
}

yieldToSockets();
startThread(parentPort);
