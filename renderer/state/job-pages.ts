/**
 * Rows of a job in pages, fetched as they come into view. Pages that may be old stay on the screen until
 * newer ones are here, so that nothing flickers while a job runs.
 */
import type { CallOutput } from '../../shared/contract/contract.ts';
import type { JobRow, Outcome } from '../../shared/contract/dispatch-jobs.ts';
import type { Failure, Result } from '../../shared/failure.ts';

/** About two screenfuls: what is asked for again and again should not be much more than what is looked at. */
const PAGE_ROWS = 100;
const PAGES_KEPT_MAX = 40;

export interface JobPagesOptions {
  load(outcome: Outcome | null, from: number, rowsMax: number): Promise<Result<CallOutput<'jobs.rows'>>>;
  onChange(failure: Failure | null): void;
  /** From one round to the next, while the job goes on: ten times a second is more than anybody reads. */
  readonly roundMs: number;
}
interface Page {
  readonly rows: readonly JobRow[];
  /** The state of the job it was asked in. */
  readonly round: number;
}

export class JobPages {
  private readonly options: JobPagesOptions;
  private readonly pages = new Map<number, Page>();
  private outcome: Outcome | null = null;
  private round = 0;
  private wanted = { from: 0, to: PAGE_ROWS };
  private isBusy = false;
  private isStopped = false;
  private hasFailed = false;
  /** Of the group that is shown; 0 until told. */
  private pageCount = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: JobPagesOptions) {
    this.options = options;
  }

  at(index: number): JobRow | undefined {
    return this.pages.get(Math.floor(index / PAGE_ROWS))?.rows[index % PAGE_ROWS];
  }

  /** Lines in view, from inclusive, to exclusive. */
  want(from: number, to: number): void {
    this.wanted = { from, to };
    if (!this.isBusy) void this.run();
  }

  /** The job went on: what is in view is asked for again, not more often than `roundMs`. */
  outdate(): void {
    if (this.timer !== null) return;
    const { roundMs } = this.options;
    if (roundMs === 0) {
      this.nextRound();
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = null;
      this.nextRound();
    }, roundMs);
  }

  show(outcome: Outcome | null): void {
    if (this.outcome === outcome) return;
    this.outcome = outcome;
    this.pageCount = 0;
    this.pages.clear();
    this.wanted = { from: 0, to: PAGE_ROWS };
    this.nextRound();
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private nextRound(): void {
    this.round += 1;
    if (!this.isBusy && !this.isStopped) void this.run();
  }

  /** What is in view first, and again each round; then the page before and the page behind, once, for who scrolls on. */
  private nextPage(): number | null {
    const first = Math.floor(this.wanted.from / PAGE_ROWS);
    const last = Math.floor(Math.max(this.wanted.from, this.wanted.to - 1) / PAGE_ROWS);
    for (let page = first; page <= last; page += 1) {
      if (this.pages.get(page)?.round !== this.round) return page;
    }
    const around = [last + 1, first - 1].filter((page) => page >= 0 && page < this.pageCount);
    return around.find((page) => !this.pages.has(page)) ?? null;
  }

  private async run(): Promise<void> {
    this.isBusy = true;
    let page = this.nextPage();
    while (page !== null && !this.isStopped) {
      const { round, outcome } = this;
      const result = await this.options.load(outcome, page * PAGE_ROWS, PAGE_ROWS);
      if (this.isStopped) return;
      if (!result.ok) {
        this.hasFailed = true;
        this.options.onChange(result.failure);
        break;
      }
      if (outcome === this.outcome) {
        this.pageCount = Math.ceil(result.value.total / PAGE_ROWS);
        this.take(page, result.value.rows, round);
      }
      page = this.nextPage();
    }
    this.isBusy = false;
  }

  /** A page that is as it was is told to nobody: while a job runs most of what is in view does not change. */
  private take(page: number, rows: readonly JobRow[], round: number): void {
    const before = this.pages.get(page)?.rows ?? null;
    const shared = before === null ? rows : sharedRows(before, rows);
    this.keep(page, { rows: shared, round });
    if (shared === before && !this.hasFailed) return;
    this.hasFailed = false;
    this.options.onChange(null);
  }

  private keep(page: number, held: Page): void {
    this.pages.delete(page);
    this.pages.set(page, held);
    const oldest = this.pages.keys().next();
    if (this.pages.size > PAGES_KEPT_MAX && oldest.done !== true) this.pages.delete(oldest.value);
  }
}

/** Rows that are as they were stay the same object, so that they are not drawn again; all of them: the same array. */
function sharedRows(before: readonly JobRow[], rows: readonly JobRow[]): readonly JobRow[] {
  const shared = rows.map((row, at) => {
    const old = before[at];
    return old !== undefined && isSameRow(old, row) ? old : row;
  });
  const isSame = rows.length === before.length && shared.every((row, at) => row === before[at]);
  return isSame ? before : shared;
}

function isSameRow(left: JobRow, right: JobRow): boolean {
  return (
    left.row === right.row &&
    left.outcome === right.outcome &&
    left.code === right.code &&
    left.text === right.text &&
    left.repliedAfterMs === right.repliedAfterMs &&
    left.replies === right.replies &&
    left.replySeq === right.replySeq &&
    left.otherSeq === right.otherSeq &&
    left.agent?.atMs === right.agent?.atMs &&
    left.agent?.statusCode === right.agent?.statusCode
  );
}
