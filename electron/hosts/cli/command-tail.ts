/**
 * `signalbox tail [filter…]`: the newest events, then what comes. Every matching event is printed, however
 * fast they come.
 */
import type { Failure } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { EventRow } from '../../../shared/model/event.ts';
import { openEventSource } from './event-source.ts';
import type { EventSource } from './event-source.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import { rowLine } from './row-line.ts';

export interface TailOptions {
  readonly dataFolder: string;
  readonly filter: string;
  readonly lines: number;
  readonly follow: boolean;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export async function tail(options: TailOptions): Promise<ExitCode> {
  const source = await openEventSource(options.dataFolder);
  try {
    const printer = new TailPrinter(options, source);
    await printer.printNewest();
    if (!options.follow) return EXIT.ok;
    if (source.kind === 'console') return await printer.follow(source);
    options.output.note(
      'No console runs on this data folder: these are the stored events, and none will come.',
    );
    return EXIT.ok;
  } finally {
    await source.close();
  }
}

class TailPrinter {
  private readonly options: TailOptions;
  private readonly source: EventSource;
  private lastSeq = 0;

  constructor(options: TailOptions, source: EventSource) {
    this.options = options;
    this.source = source;
  }

  /** The last `lines` matching events, oldest first. */
  async printNewest(): Promise<void> {
    const { lines, signal } = this.options;
    const found: EventRow[] = [];
    let anchorSeq = Number.MAX_SAFE_INTEGER;
    let newestSeq: number | null = null;
    for (let done = false; !done && !signal.aborted;) {
      const rowsMax = Math.min(Math.max(1, lines - found.length), LIMITS.pageRowsMax);
      const page = await this.page('before', anchorSeq, rowsMax);
      newestSeq ??= page.newestSeq;
      if (lines > 0) found.unshift(...page.rows);
      anchorSeq = page.nextAnchorSeq;
      done = page.done || found.length >= lines;
    }
    this.lastSeq = Math.max(newestSeq ?? 0, found.at(-1)?.seq ?? 0);
    await this.print(found);
  }

  /**
   * The live stream only says that there is something new: the rows are paged, so a slow terminal holds up
   * nobody and still gets every one of them.
   */
  async follow(source: Extract<EventSource, { kind: 'console' }>): Promise<ExitCode> {
    const { filter, signal } = this.options;
    const end = Promise.withResolvers<Failure | null>();
    let newestSeq = 0;
    let wake = Promise.withResolvers<void>();
    const unsubscribe = source.attached.client.api.subscribe(
      'feed.live',
      { filter },
      {
        onItems: (items) => {
          newestSeq = items.at(-1)?.newestSeq ?? newestSeq;
          wake.resolve();
        },
        onEnd: (failure) => {
          end.resolve(failure);
          wake.resolve();
        },
      },
    );
    let over = false;
    const stopped = Promise.race([end.promise, aborted(signal)]).then((failure) => {
      over = true;
      wake.resolve();
      return failure;
    });
    while (!over) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      while (!over && this.lastSeq < newestSeq) await this.printNext();
    }
    unsubscribe();
    if (signal.aborted) return EXIT.ok;
    const failure = await stopped;
    if (failure !== null) return this.options.output.failure(failure);
    this.options.output.note('The console stopped.');
    return EXIT.unavailable;
  }

  private async printNext(): Promise<void> {
    const page = await this.page('after', this.lastSeq, LIMITS.pageRowsMax);
    await this.print(page.rows);
    this.lastSeq = page.done ? Math.max(page.newestSeq, page.nextAnchorSeq) : page.nextAnchorSeq;
  }

  private page(
    direction: 'before' | 'after',
    anchorSeq: number,
    rowsMax: number,
  ): ReturnType<EventSource['page']> {
    const range = { fromMs: null, toMs: null };
    return this.source.page({ filter: this.options.filter, range, direction, anchorSeq, rowsMax });
  }

  private async print(rows: readonly EventRow[]): Promise<void> {
    const { output } = this.options;
    for (const row of rows) {
      output.line(rowLine(row));
      output.json(row);
    }
    await output.room();
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
