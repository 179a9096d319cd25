/** The writer's side of signatures: each is kept between two commits, and whoever made it hears of it. */
import type { DatabaseSync } from 'node:sqlite';
import { PAGE_BYTES } from './schema.ts';
import { SignatureKeeper } from './signatures.ts';
import type { MadeSignature, TakenSignature } from './store-messages.ts';

/** More events a second than this, and what can wait should wait. */
const BUSY_EVENTS_PER_S = 1_000;
/** A row of the table, and the page above it. */
const PAGES_PER_SIGNATURE = 2;

export class SignatureIntake {
  readonly #database: DatabaseSync;
  readonly #keeper: SignatureKeeper;
  readonly #answer: (taken: TakenSignature) => void;
  /** At most one: the next is made when this one was taken. */
  #waiting: MadeSignature | null = null;
  #judgedAtMs = performance.now();
  #judgedSeq: number;

  constructor(database: DatabaseSync, nextSeq: number, answer: (taken: TakenSignature) => void) {
    this.#database = database;
    this.#keeper = new SignatureKeeper(database);
    this.#judgedSeq = nextSeq;
    this.#answer = answer;
  }

  add(made: MadeSignature): void {
    this.#waiting = made;
  }

  refuse(): void {
    this.#answer({ kept: false, busy: false });
  }

  /** Outside transactions only. Returns about what was written to the log; throws SQLite's errors. */
  keepWaiting(nextSeq: number): number {
    const made = this.#waiting;
    if (made === null) return 0;
    this.#waiting = null;
    let kept = false;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#keeper.put(made.block, made.signature);
      this.#database.exec('COMMIT');
      kept = true;
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#answer({ kept, busy: this.#isBusy(nextSeq) });
    }
    return made.signature.bits.length + PAGES_PER_SIGNATURE * PAGE_BYTES;
  }

  /** Judged by the events since it was last asked. */
  #isBusy(nextSeq: number): boolean {
    const atMs = performance.now();
    const eventsPerS = ((nextSeq - this.#judgedSeq) * 1_000) / Math.max(1, atMs - this.#judgedAtMs);
    this.#judgedAtMs = atMs;
    this.#judgedSeq = nextSeq;
    return eventsPerS > BUSY_EVENTS_PER_S;
  }
}
