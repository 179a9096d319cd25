/**
 * Brings the rows of one generation into the book: whole the first time, by difference afterwards. One
 * errand at a time; what is asked for meanwhile is done next, and only the newest of it.
 */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { GenerationHead, SnapshotDiffRow, SnapshotRow } from '../../shared/contract/snapshots.ts';
import type { Failure, Result } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { CacheBook } from './cache-book.ts';

export interface Wanted {
  readonly serviceId: string;
  readonly number: number;
  readonly isLive: boolean;
  /** Numbers of the kept generations, oldest first. */
  readonly kept: readonly number[];
}

export interface LoaderTools {
  readonly api: SignalboxApi;
  /** An empty book for another service or generation. */
  readonly freshBook: () => CacheBook;
  readonly onLoading: () => void;
  readonly onReady: (serviceId: string, head: GenerationHead) => void;
  readonly onFailed: (failure: Failure) => void;
}

/**
 * Further behind than this the rows are loaded anew: the steps between would be missing from their history.
 */
const STEPS_MAX = 3;

export class CacheLoader {
  private readonly tools: LoaderTools;
  private wanted: Wanted | null = null;
  private held: { readonly wanted: Wanted; readonly book: CacheBook } | null = null;
  private isBusy = false;
  private isStopped = false;

  constructor(tools: LoaderTools) {
    this.tools = tools;
  }

  want(wanted: Wanted | null): void {
    this.wanted = wanted;
    if (wanted === null) this.held = null;
    if (!this.isBusy) void this.work();
  }

  stop(): void {
    this.isStopped = true;
    this.wanted = null;
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    let failed: Wanted | null = null;
    while (this.wanted !== null && this.wanted !== failed && !this.isHeld(this.wanted)) {
      const wanted: Wanted = this.wanted;
      const failure = await this.bring(wanted);
      if (failure === null) continue;
      failed = wanted;
      if (this.wanted === wanted) this.tools.onFailed(failure);
    }
    this.isBusy = false;
  }

  private isHeld({ serviceId, number, isLive }: Wanted): boolean {
    const held = this.held?.wanted;
    if (held === undefined || held.serviceId !== serviceId || held.number !== number) return false;
    // Rows that stood still while newer ones came are the same rows when the view is live again.
    if (this.held !== null && held.isLive !== isLive)
      this.held = { ...this.held, wanted: { ...held, isLive } };
    return true;
  }

  private async bring(wanted: Wanted): Promise<Failure | null> {
    const { held } = this;
    if (held !== null && this.isNextOf(held.wanted, wanted)) {
      const failure = await this.follow(held.book, held.wanted, wanted);
      if (failure === null || failure.code !== 'E_NOT_FOUND') return failure;
    }
    return this.load(wanted);
  }

  private isNextOf(held: Wanted, wanted: Wanted): boolean {
    const steps = wanted.kept.indexOf(wanted.number) - wanted.kept.indexOf(held.number);
    return (
      wanted.isLive &&
      held.serviceId === wanted.serviceId &&
      wanted.kept.includes(held.number) &&
      steps > 0 &&
      steps <= STEPS_MAX
    );
  }

  private async load(wanted: Wanted): Promise<Failure | null> {
    this.tools.onLoading();
    const rows: SnapshotRow[] = [];
    let head: GenerationHead | null = null;
    for (;;) {
      const result = await this.tools.api.call('snapshots.page', {
        serviceId: wanted.serviceId,
        generationNumber: wanted.number,
        filter: '',
        sort: 'path',
        descending: false,
        offset: rows.length,
        rowsMax: LIMITS.pageRowsMax,
        historyMax: LIMITS.netipcGenerationsKept,
      });
      if (!result.ok) return result.failure;
      head = result.value.head;
      rows.push(...result.value.rows);
      if (result.value.rows.length === 0 || rows.length >= result.value.matched) break;
      if (this.isGivenUp(wanted)) return null;
    }
    if (this.isStopped) return null;
    const book = this.tools.freshBook();
    book.load(head, rows, wanted.kept);
    this.hold(wanted, book, head);
    return null;
  }

  /** Another service is wanted by now: the rest of the pages would be in vain. */
  private isGivenUp(wanted: Wanted): boolean {
    return this.wanted?.serviceId !== wanted.serviceId;
  }

  private async follow(book: CacheBook, from: Wanted, to: Wanted): Promise<Failure | null> {
    const result = await allDifferences(this.tools.api, to.serviceId, from.number, to.number);
    if (!result.ok) return result.failure;
    if (this.isStopped) return null;
    book.apply(result.value.head, result.value.rows);
    this.hold(to, book, result.value.head);
    return null;
  }

  private hold(wanted: Wanted, book: CacheBook, head: GenerationHead): void {
    this.held = { wanted, book };
    this.tools.onReady(wanted.serviceId, head);
  }
}

async function allDifferences(
  api: SignalboxApi,
  serviceId: string,
  from: number,
  to: number,
): Promise<Result<{ readonly head: GenerationHead; readonly rows: readonly SnapshotDiffRow[] }>> {
  const rows: SnapshotDiffRow[] = [];
  for (;;) {
    const result = await api.call('snapshots.diff', {
      serviceId,
      from,
      to,
      filter: '',
      changesOnly: true,
      offset: rows.length,
      rowsMax: LIMITS.pageRowsMax,
    });
    if (!result.ok) return result;
    rows.push(...result.value.rows);
    if (result.value.rows.length === 0 || rows.length >= result.value.matched)
      return { ok: true, value: { head: result.value.to, rows } };
  }
}
