/**
 * Gives every finished block its signature, while the reader thread has nothing else to do: new blocks as they
 * fill, older ones newest first. One block at a time is on its way to the writer, which answers when it was
 * kept.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { OperatingError } from '../../shared/failure.ts';
import { SIGNATURE_FORMAT } from './block-signature.ts';
import type { SignatureBytes } from './block-signature.ts';
import { readNumber } from './schema.ts';
import { SignatureMaker, hasSignatures } from './signatures.ts';
import { sqliteTrouble } from './sqlite-failure.ts';

/** Of the blocks looked through for one without a signature. */
const BLOCKS_PER_LOOK = 256;
/** Between two looks for blocks that were filled meanwhile. */
const LOOK_INTERVAL_MS = 1_000;
/** While requests are at work this waits, whatever there is to do. */
const WAIT_MS = 20;
/** The store had no room, or something did not read: tried again seldom. */
const TROUBLE_WAIT_MS = 30_000;
/** Rest for each unit of work: half of a core. */
const REST_SHARE = 1;
/** Between two blocks while events come in fast, unless there are many new ones: inserts come first. */
const BUSY_WAIT_MS = 1_000;
const FAR_BEHIND_BLOCKS = 1_024;

export interface SignatureDesk {
  /** True while the thread has requests to answer. */
  isBusy(): boolean;
  send(block: number, signature: SignatureBytes): void;
  /** The file does not read: the sweep has ended. */
  onDamage(error: unknown): void;
}

export class SignatureSweep {
  readonly #desk: SignatureDesk;
  readonly #database: DatabaseSync;
  readonly #maker: SignatureMaker | null;
  readonly #above: StatementSync | null = null;
  readonly #below: StatementSync | null = null;
  /** Blocks without a signature, the next one last. */
  #queue: number[] = [];
  /** Finished blocks up to here were looked at, and from `#bottom` up. */
  #top: number;
  #bottom: number;
  #isCaughtUp = false;
  /** So many new blocks behind that searches would feel it. */
  #isFarBehind = false;
  #block = 0;
  #making: Generator<void, SignatureBytes, void> | null = null;
  #tookMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(database: DatabaseSync, desk: SignatureDesk) {
    this.#desk = desk;
    this.#database = database;
    this.#top = readNumber(database, 'SELECT max(block) FROM blocks') - 1;
    this.#bottom = this.#top + 1;
    this.#maker = hasSignatures(database) ? new SignatureMaker(database) : null;
    if (this.#maker === null) return;
    const blocks = (comparison: string, order: string): StatementSync =>
      database.prepare(
        `SELECT b.block, s.format IS ${SIGNATURE_FORMAT} FROM blocks AS b
         LEFT JOIN signatures AS s ON s.block = b.block
         WHERE b.block ${comparison} ? AND b.block < (SELECT max(block) FROM blocks)
         ORDER BY b.block ${order} LIMIT ${BLOCKS_PER_LOOK}`,
        { returnArrays: true },
      );
    this.#above = blocks('>', 'ASC');
    this.#below = blocks('<', 'DESC');
    this.#after(LOOK_INTERVAL_MS);
  }

  /** The writer's answer about the block sent last. `busy`: events come in fast. */
  taken(kept: boolean, busy: boolean): void {
    if (!kept) this.#queue.push(this.#block);
    const waitMs = busy && !this.#isFarBehind ? BUSY_WAIT_MS : this.#tookMs * REST_SHARE;
    this.#after(kept ? waitMs : TROUBLE_WAIT_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#making = null;
  }

  #after(ms: number): void {
    this.#timer = setTimeout(() => this.#step(), ms);
  }

  #step(): void {
    if (this.#desk.isBusy()) {
      this.#after(WAIT_MS);
      return;
    }
    try {
      const startedMs = performance.now();
      const isSent = this.#work();
      this.#tookMs = performance.now() - startedMs;
      if (isSent) return;
      this.#after(this.#isCaughtUp ? LOOK_INTERVAL_MS : this.#tookMs * REST_SHARE);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Damage of the file ends the sweep; a block with a row that does not read goes without a signature. */
  #giveUp(error: unknown): void {
    this.#making = null;
    const trouble = sqliteTrouble(error);
    if (trouble === null && !(error instanceof OperatingError)) throw error;
    if (trouble === 'damaged') {
      this.#desk.onDamage(error);
      return;
    }
    if (trouble !== null) this.#queue.push(this.#block);
    this.#after(TROUBLE_WAIT_MS);
  }

  /** True when a signature was sent: the answer to it starts the next one. */
  #work(): boolean {
    this.#making ??= this.#next();
    const step = this.#making?.next();
    if (step?.done !== true) return false;
    this.#making = null;
    this.#desk.send(this.#block, step.value);
    return true;
  }

  #next(): Generator<void, SignatureBytes, void> | null {
    if (this.#queue.length === 0) this.#look();
    const newest = readNumber(this.#database, 'SELECT max(block) FROM blocks');
    this.#isFarBehind = newest - this.#top > FAR_BEHIND_BLOCKS;
    const block = this.#queue.pop();
    if (block === undefined || this.#maker === null) return null;
    this.#block = block;
    return this.#maker.make(block);
  }

  #look(): void {
    const newer = pairs(this.#above?.all(this.#top));
    this.#top = newer.at(-1)?.block ?? this.#top;
    this.#queue = unsigned(newer).reverse();
    this.#isCaughtUp = false;
    if (this.#queue.length > 0) return;
    const older = pairs(this.#below?.all(this.#bottom));
    this.#bottom = older.at(-1)?.block ?? this.#bottom;
    this.#queue = unsigned(older).reverse();
    this.#isCaughtUp = newer.length === 0 && older.length === 0;
  }
}

interface Looked {
  readonly block: number;
  readonly isSigned: boolean;
}

function pairs(rows: readonly unknown[] | undefined): Looked[] {
  return (rows ?? []).map((row) => {
    const [block, isSigned]: unknown[] = Array.isArray(row) ? row : [];
    return { block: Number(block), isSigned: isSigned === 1 };
  });
}

function unsigned(looked: readonly Looked[]): number[] {
  return looked.filter((one) => !one.isSigned).map((one) => one.block);
}
