/**
 * Rows of a job in pages, fetched as they come into view. Pages that may be old stay on the screen until
 * newer ones are here, so that nothing flickers while a job runs.
 */
import type { CallOutput } from '../../shared/contract/contract.ts';
import type { JobRow, Outcome } from '../../shared/contract/dispatch-jobs.ts';
import type { Failure, Result } from '../../shared/failure.ts';

const PAGE_ROWS = 200;
const PAGES_KEPT_MAX = 20;

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

  private nextPage(): number | null {
    const last = Math.floor(Math.max(this.wanted.from, this.wanted.to - 1) / PAGE_ROWS);
    for (let page = Math.floor(this.wanted.from / PAGE_ROWS); page <= last; page += 1) {
      if (this.pages.get(page)?.round !== this.round) return page;
    }
    return null;
  }

  private async run(): Promise<void> {
    this.isBusy = true;
    let page = this.nextPage();
    while (page !== null && !this.isStopped) {
      const { round, outcome } = this;
      const result = await this.options.load(outcome, page * PAGE_ROWS, PAGE_ROWS);
      if (this.isStopped) return;
      if (!result.ok) {
        this.options.onChange(result.failure);
        break;
      }
      if (outcome === this.outcome) this.keep(page, { rows: this.shared(page, result.value.rows), round });
      this.options.onChange(null);
      page = this.nextPage();
    }
    this.isBusy = false;
  }

  /** Rows that are as they were stay the same object, so that they are not drawn again. */
  private shared(page: number, rows: readonly JobRow[]): readonly JobRow[] {
    const before = this.pages.get(page)?.rows ?? [];
    return rows.map((row, at) => {
      const old = before[at];
      return old !== undefined && isSameRow(old, row) ? old : row;
    });
  }

  private keep(page: number, held: Page): void {
    this.pages.delete(page);
    this.pages.set(page, held);
    const oldest = this.pages.keys().next();
    if (this.pages.size > PAGES_KEPT_MAX && oldest.done !== true) this.pages.delete(oldest.value);
  }
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
