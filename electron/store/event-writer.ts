/** Everything that changes the event database, synchronously, for the writer thread. */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Bookmark } from '../../shared/contract/feed.ts';
import { OperatingError, failureOf } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { BatchReader } from './append-batch.ts';
import type { AppendBatch } from './append-batch.ts';
import { DiskReserve } from './disk-reserve.ts';
import { EventInserter } from './event-inserter.ts';
import type { StoreStats } from './event-store.ts';
import { markDamaged } from './open-database.ts';
import { PercentileRing } from './percentile-ring.ts';
import { Retention } from './retention.ts';
import type { DiskUse, RetentionLimits } from './retention.ts';
import { PAGE_BYTES, readNumber } from './schema.ts';
import { diskBytesOf, planSpace } from './space-plan.ts';
import type { SpacePlan } from './space-plan.ts';
import { SignatureIntake } from './signature-intake.ts';
import { sqliteTrouble, storeError } from './sqlite-failure.ts';
import type { FromWriter, MadeSignature } from './store-messages.ts';

/** A commit rewrites the last page of each table; a row is its bytes and about this much more. */
const PAGES_PER_COMMIT = 3;
const ROW_BYTES = 400;
const STATS_INTERVAL_MS = 100;
const AGE_SWEEP_INTERVAL_MS = 60_000;
/** Between two looks at what must be freed; a burst writes some megabytes meanwhile. */
const FREE_INTERVAL_MS = 50;
const COMMITS_REMEMBERED = 1_000;
/** A full disk frees this share of the rows at each try. */
const FREE_SHARE = 0.1;
/** So that the next full disk is not the next event. */
const LENGTHS_TO_FREE = 2;
const GIVE_BACK_STEPS = 16;
const RETRY_DELAY_MS_MIN = 500;
const RETRY_DELAY_MS_MAX = 30_000;

export interface EventWriterOptions extends RetentionLimits {
  readonly path: string;
  readonly nowMs: number;
  readonly seqMin: number;
  readonly stateReason: string;
}

export class EventWriter {
  readonly #database: DatabaseSync;
  readonly #inserter: EventInserter;
  readonly #retention: Retention;
  readonly #reserve: DiskReserve;
  readonly #signatures: SignatureIntake;
  readonly #send: (message: FromWriter, transfer?: ArrayBuffer[]) => void;
  readonly #path: string;
  readonly #walPath: string;
  readonly #commitMs = new PercentileRing(COMMITS_REMEMBERED);
  #bytesMax: number;
  #nowMs: number;
  #sweptAtMs: number;
  #freedAtMs = Number.NEGATIVE_INFINITY;
  #isFreeing = false;
  #state: StoreStats['state'] = 'ok';
  #stateReason: string;
  #rows: number;
  #oldestSeq = 0;
  #oldestAtMs: number | null = null;
  #statsSentAtMs = Number.NEGATIVE_INFINITY;
  #plan: SpacePlan;
  /** Written to the log since the last checkpoint, about: the log's file keeps its size and says nothing. */
  #loggedBytes = 0;
  #nextTryAtMs = 0;
  #nextFillAtMs = performance.now() + RETRY_DELAY_MS_MAX;
  #retryDelayMs = RETRY_DELAY_MS_MIN;
  // the open transaction
  #calls = 0;
  #firstSeq = 0;
  #previews: string[] = [];
  #insertedBytes = 0;
  #startedMs = 0;

  constructor(
    database: DatabaseSync,
    options: EventWriterOptions,
    send: (message: FromWriter, transfer?: ArrayBuffer[]) => void,
  ) {
    this.#database = database;
    this.#send = send;
    this.#path = options.path;
    this.#walPath = `${options.path}-wal`;
    this.#inserter = new EventInserter(database, options.seqMin);
    this.#plan = planSpace(options.bytesMax, diskBytesOf(options.path));
    this.#retention = new Retention(database, { days: options.days, bytesMax: this.#plan.databaseBytes });
    this.#reserve = new DiskReserve(options.path);
    this.#signatures = new SignatureIntake(database, this.#inserter.nextSeq, (taken) =>
      send({ kind: 'signature-taken', ...taken }),
    );
    this.#bytesMax = options.bytesMax;
    this.#limitLog();
    this.#nowMs = options.nowMs;
    this.#sweptAtMs = options.nowMs;
    this.#stateReason = options.stateReason;
    this.#rows = 0;
    this.#recount();
    // Before the first event: a disk that is full already would have no room for it later.
    this.#reserve.fill(this.#plan.reserveBytes);
    this.#retention.sweepAge(options.nowMs);
  }

  get hasOpenTransaction(): boolean {
    return this.#calls > 0;
  }

  setNow(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /**
   * Inserts the batch's calls; commits on the way where a bound is reached, and leaves the last transaction
   * open.
   */
  append(batch: AppendBatch): void {
    if (this.#state !== 'ok') {
      this.#refuse(batch.callSizes.length, this.#stateError());
      return;
    }
    const reader = new BatchReader(batch);
    let done = 0;
    for (const size of batch.callSizes) {
      if (this.#state !== 'ok') break;
      if (this.hasOpenTransaction && this.#mustCommitBefore(size)) this.commit();
      if (this.#state !== 'ok') break;
      this.#insertCall(reader, size);
      done += 1;
    }
    if (done < batch.callSizes.length) this.#refuse(batch.callSizes.length - done, this.#stateError());
  }

  /** Acknowledges everything since the last commit. Does nothing without an open transaction. */
  commit(): void {
    if (!this.hasOpenTransaction) return;
    try {
      this.#inserter.commit();
    } catch (error) {
      this.#abandon(error);
      return;
    }
    this.#commitMs.push(performance.now() - this.#startedMs);
    this.#loggedBytes += this.#insertedBytes + PAGES_PER_COMMIT * PAGE_BYTES;
    this.#rows += this.#previews.length;
    const previewLengths = new Uint16Array(this.#previews.length);
    for (const [index, preview] of this.#previews.entries()) previewLengths[index] = preview.length;
    const message: FromWriter = {
      kind: 'committed',
      calls: this.#calls,
      firstSeq: this.#firstSeq,
      previews: this.#previews.join(''),
      previewLengths,
    };
    this.#resetTransaction();
    this.#send(message, [previewLengths.buffer]);
    this.#afterCommit();
  }

  /** One slice of what can wait: freeing, checkpoints, recovery. True while there is more to do at once. */
  maintain(): boolean {
    if (this.hasOpenTransaction || this.#state === 'failed') return false;
    try {
      if (this.#state === 'full') {
        this.#recoverFromFull();
        return false;
      }
      if (this.#nowMs - this.#sweptAtMs >= AGE_SWEEP_INTERVAL_MS || this.#nowMs < this.#sweptAtMs) {
        this.#sweptAtMs = this.#nowMs;
        this.#retention.sweepAge(this.#nowMs);
      }
      this.#loggedBytes += this.#signatures.keepWaiting(this.#inserter.nextSeq);
      this.#checkpointWhenLong();
      if (!this.#reserve.isFilled) this.#refillReserve();
      return this.#freeWhenDue();
    } catch (error) {
      this.#fall(error);
      return false;
    }
  }

  /** Looking at the disk's use costs several queries: too dear after every commit of a burst. */
  #freeWhenDue(): boolean {
    const atMs = performance.now();
    if (!this.#isFreeing && atMs - this.#freedAtMs < FREE_INTERVAL_MS) return false;
    this.#freedAtMs = atMs;
    this.#isFreeing = this.#retention.step(() => this.#diskUse());
    this.#loggedBytes += this.#retention.takeLoggedBytes();
    this.#afterDelete();
    return this.#isFreeing;
  }

  /** Kept between two commits, when `maintain` comes to it. */
  addSignature(made: MadeSignature): void {
    if (this.#state === 'ok') this.#signatures.add(made);
    else this.#signatures.refuse();
  }

  setBookmark(bookmark: Bookmark, on: boolean): readonly Bookmark[] {
    this.commit();
    this.#mustBeWritable();
    try {
      if (on) {
        const known = this.#database.prepare('SELECT 1 FROM events WHERE seq = ?').get(bookmark.seq);
        if (known === undefined)
          throw new OperatingError('E_NOT_FOUND', `event ${bookmark.seq} is not in the store`);
        this.#database
          .prepare(
            'INSERT INTO bookmarks VALUES (?,?,?) ON CONFLICT (seq) DO UPDATE SET note = excluded.note',
          )
          .run(bookmark.seq, bookmark.note, bookmark.atMs);
      } else {
        this.#database.prepare('DELETE FROM bookmarks WHERE seq = ?').run(bookmark.seq);
        this.#retention.lookAgain();
      }
    } catch (error) {
      if (!(error instanceof OperatingError)) this.#fall(error);
      throw storeError(error, 'setting a bookmark');
    }
    return this.bookmarks();
  }

  /** The reader found damage in the file's structure. Goes on while it can; the next start repairs. */
  reportDamage(reason: string): void {
    markDamaged(this.#path);
    if (this.#state !== 'ok') return;
    this.#stateReason = `${reason}. The next start repairs the file.`;
    this.#sendStats(true);
  }

  bookmarks(): readonly Bookmark[] {
    const rows = this.#database.prepare('SELECT seq, note, at_ms FROM bookmarks ORDER BY seq').all();
    return rows.map((row) => ({
      seq: Number(row['seq']),
      note: String(row['note']),
      atMs: Number(row['at_ms']),
    }));
  }

  setRetention(days: number, bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#plan = planSpace(bytesMax, diskBytesOf(this.#path));
    this.#limitLog();
    this.#reserve.fill(this.#plan.reserveBytes);
    this.#retention.setLimits({ days, bytesMax: this.#plan.databaseBytes });
    this.#retention.sweepAge(this.#nowMs);
    this.#sendStats(true);
  }

  stats(): StoreStats {
    const use = this.#diskUse();
    return {
      rows: this.#rows,
      bytes: use.fileBytes + use.walBytes,
      reserveBytes: this.#reserve.isFilled ? this.#plan.reserveBytes : 0,
      bytesMax: this.#bytesMax,
      oldestSeq: this.#oldestSeq,
      newestSeq: this.#inserter.nextSeq - 1,
      oldestAtMs: this.#oldestAtMs,
      state: this.#state,
      stateReason: this.#stateReason,
      commitMsP99: this.#commitMs.percentile(0.99),
    };
  }

  /** Commits, folds the log into the database and closes it. Idempotent. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.commit();
    this.#database.close();
  }

  #mustCommitBefore(events: number): boolean {
    const full = this.#previews.length + events > LIMITS.storeCommitEventsMax;
    // The log must not outgrow what the reserve can fold in.
    if (full || this.#insertedBytes > this.#plan.logBytes) return true;
    return performance.now() - this.#startedMs >= LIMITS.storeCommitDelayMsMax;
  }

  #insertCall(reader: BatchReader, events: number): void {
    try {
      if (!this.hasOpenTransaction) {
        this.#firstSeq = this.#inserter.nextSeq;
        this.#startedMs = performance.now();
        this.#inserter.begin();
      }
      this.#calls += 1;
      for (let index = 0; index < events; index += 1) {
        const event = reader.next();
        this.#previews.push(this.#inserter.insert(event));
        this.#insertedBytes += event.head.length + event.body.length + ROW_BYTES;
      }
    } catch (error) {
      this.#calls = Math.max(1, this.#calls);
      this.#abandon(error);
    }
  }

  /** The open transaction is lost: nobody in it was told yes, so everybody is told no. */
  #abandon(error: unknown): void {
    const failure = storeError(error, 'storing events');
    const calls = this.#calls;
    this.#resetTransaction();
    this.#fall(error);
    try {
      this.#inserter.rollback(this.#firstSeq);
    } catch (second) {
      this.#fall(second);
    }
    this.#refuse(calls, failure);
  }

  #resetTransaction(): void {
    this.#calls = 0;
    this.#previews = [];
    this.#insertedBytes = 0;
  }

  #refuse(calls: number, error: OperatingError): void {
    if (calls > 0) this.#send({ kind: 'refused', calls, failure: failureOf(error) });
  }

  #stateError(): OperatingError {
    return new OperatingError(this.#state === 'full' ? 'E_STORE_FULL' : 'E_STORE_FAILED', this.#stateReason);
  }

  #mustBeWritable(): void {
    if (this.#state !== 'ok') throw this.#stateError();
  }

  /**
   * A full disk can be made better; anything else stays failed until a restart looks at the files anew
   * (promise G4).
   */
  #fall(error: unknown): void {
    if (this.#state === 'failed') return;
    const reason = storeError(error, 'the event store').message;
    const busy = sqliteTrouble(error) === 'busy';
    if (busy) return;
    const trouble = sqliteTrouble(error);
    if (trouble === 'damaged') markDamaged(this.#path);
    if (trouble === 'full') this.#nextTryAtMs = 0;
    this.#state = trouble === 'full' ? 'full' : 'failed';
    this.#stateReason = reason;
    this.#sendStats(true);
  }

  /** Seldom, while there is no room for it. */
  #refillReserve(): void {
    if (performance.now() < this.#nextFillAtMs) return;
    this.#nextFillAtMs = performance.now() + RETRY_DELAY_MS_MAX;
    this.#reserve.fill(this.#plan.reserveBytes);
  }

  /**
   * Frees the oldest rows until there is room again for the reserve, at growing intervals while somebody else
   * fills the disk.
   */
  #recoverFromFull(): void {
    if (performance.now() < this.#nextTryAtMs) return;
    this.#reserve.drop();
    const folded = this.#whileRoom(() => this.#checkpoint('TRUNCATE'));
    const wantedBytes = LENGTHS_TO_FREE * this.#plan.reserveBytes;
    const freed = this.#whileRoom(() => {
      while (this.#diskUse().freeBytes < wantedBytes && this.#retention.freeShare(FREE_SHARE) > 0)
        this.#checkpoint('TRUNCATE');
    });
    const givenBack = this.#whileRoom(() => this.#giveBack(this.#plan.reserveBytes + this.#plan.logBytes));
    if (folded || freed || givenBack) this.#reserve.fill(this.#plan.reserveBytes);
    this.#inserter.reloadSum();
    this.#recount();
    if (this.#reserve.isFilled) {
      this.#retryDelayMs = RETRY_DELAY_MS_MIN;
      this.#state = 'ok';
      this.#stateReason = 'the disk was full; the oldest events were freed';
    } else {
      this.#nextTryAtMs = performance.now() + this.#retryDelayMs;
      this.#retryDelayMs = Math.min(RETRY_DELAY_MS_MAX, this.#retryDelayMs * 2);
    }
    this.#sendStats(true);
  }

  /** In small steps, because each is written to the log first, and there is little room for that. */
  #giveBack(bytes: number): void {
    const pagesPerStep = Math.ceil(bytes / PAGE_BYTES / GIVE_BACK_STEPS);
    for (let step = 0; step < GIVE_BACK_STEPS; step += 1) {
      this.#database.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
      this.#checkpoint('TRUNCATE');
    }
  }

  /** False when the disk is too full for it; all other trouble goes on up. */
  #whileRoom(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (sqliteTrouble(error) !== 'full') throw error;
      return false;
    }
  }

  #afterCommit(): void {
    try {
      this.#checkpointWhenLong();
    } catch (error) {
      this.#fall(error);
    }
    this.#sendStats(false);
  }

  #afterDelete(): void {
    this.#inserter.reloadSum();
    this.#recount();
    this.#sendStats(false);
  }

  #checkpointWhenLong(): void {
    if (this.#loggedBytes >= this.#plan.logBytes) this.#checkpoint('PASSIVE');
  }

  /** What a long transaction made of the log's file is cut back to this when the log begins anew. */
  #limitLog(): void {
    this.#database.exec(`PRAGMA journal_size_limit=${this.#plan.logBytes}`);
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    this.#loggedBytes = 0;
    this.#database.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
  }

  #recount(): void {
    this.#rows = readNumber(this.#database, 'SELECT total(rows) FROM blocks');
    this.#oldestSeq = readNumber(this.#database, 'SELECT min(seq) FROM events');
    const oldest = readNumber(
      this.#database,
      `SELECT received_ms FROM events WHERE seq = ${this.#oldestSeq}`,
    );
    this.#oldestAtMs = this.#rows === 0 ? null : oldest;
  }

  #diskUse(): DiskUse {
    const pages = readNumber(this.#database, 'PRAGMA page_count');
    const free = readNumber(this.#database, 'PRAGMA freelist_count');
    return { fileBytes: pages * PAGE_BYTES, freeBytes: free * PAGE_BYTES, walBytes: this.#walBytes() };
  }

  #walBytes(): number {
    return statSync(this.#walPath, { throwIfNoEntry: false })?.size ?? 0;
  }

  #sendStats(now: boolean): void {
    const atMs = performance.now();
    if (!now && atMs - this.#statsSentAtMs < STATS_INTERVAL_MS) return;
    this.#statsSentAtMs = atMs;
    this.#send({ kind: 'stats', stats: this.stats() });
  }
}
