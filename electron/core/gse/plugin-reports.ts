/** Data reports at a steady rate until a count is reached or somebody stops them. */
import type { Clock } from '../../../shared/clock.ts';
import type { ReportRunView } from '../../../shared/contract/plugin.ts';
import { OperatingError } from '../../../shared/failure.ts';

export interface ReportRunOptions {
  readonly dataId: number;
  readonly content: Uint8Array;
  readonly perSecond: number;
  /** 0 = until it is stopped. */
  readonly total: number;
  readonly clock: Clock;
  /** Resolves when the system has taken it. Fails with OperatingError. */
  readonly send: () => Promise<void>;
  readonly changed: () => void;
  /** Once, when the last one is settled. */
  readonly ended: (view: ReportRunView) => void;
}

/** Several reports fall due together at high rates. */
const TICK_MS = 20;
/** More than this under way means that the agent does not read: what falls due then is held back and counted. */
const UNDER_WAY_MAX = 64;

export class ReportRun {
  readonly #options: ReportRunOptions;
  readonly #startedAtMs: number;
  readonly #startMonotonicMs: number;
  #timer: NodeJS.Timeout | null = null;
  #endedAtMs: number | null = null;
  #due = 0;
  #underWay = 0;
  #sent = 0;
  #failed = 0;
  #held = 0;
  #lastFailure = '';
  #isStopped = false;

  constructor(options: ReportRunOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.wallMs();
    this.#startMonotonicMs = options.clock.monotonicMs();
    this.#tick();
  }

  get isRunning(): boolean {
    return this.#endedAtMs === null;
  }

  view(): ReportRunView {
    const { dataId, content, perSecond, total } = this.#options;
    return {
      dataId,
      bytes: content.length,
      perSecond,
      total,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
      sent: this.#sent,
      failed: this.#failed,
      held: this.#held,
      lastFailure: this.#lastFailure,
    };
  }

  /** Nothing more falls due; what is under way is settled by the connection. Idempotent. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#endWhenSettled();
  }

  #tick(): void {
    const { clock, perSecond, total, changed } = this.#options;
    const elapsedMs = clock.monotonicMs() - this.#startMonotonicMs;
    // The first one is due at once; never more than a second's worth together after a pause of this process.
    let newly = Math.floor((elapsedMs * perSecond) / 1_000) + 1 - this.#due;
    if (total > 0) newly = Math.min(newly, total - this.#due);
    this.#due += newly;
    for (let index = 0; index < newly; index += 1) {
      if (this.#underWay >= UNDER_WAY_MAX || index >= perSecond) this.#held += 1;
      else void this.#sendOne();
    }
    if (newly > 0) changed();
    if (total > 0 && this.#due >= total) return this.stop();
    this.#timer = setTimeout(() => this.#tick(), Math.max(TICK_MS, Math.min(1_000 / perSecond, 1_000)));
  }

  async #sendOne(): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#options.send();
      this.#sent += 1;
    } catch (error) {
      // Not connected, not read by the agent, broken while sending: nothing is repeated.
      if (!(error instanceof OperatingError)) throw error;
      this.#failed += 1;
      this.#lastFailure = error.message;
    }
    this.#underWay -= 1;
    this.#options.changed();
    this.#endWhenSettled();
  }

  #endWhenSettled(): void {
    if (!this.#isStopped || this.#underWay > 0 || this.#endedAtMs !== null) return;
    this.#endedAtMs = this.#options.clock.wallMs();
    this.#options.ended(this.view());
    this.#options.changed();
  }
}
