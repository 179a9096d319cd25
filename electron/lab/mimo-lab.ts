/**
 * Keeps an emitter running as the operator wants it: starts it, starts it again with a back-off when it dies,
 * stops it.
 */
import type { Clock } from '../../shared/clock.ts';
import { backoffMs } from '../net/backoff.ts';
import { cEmitterMissing, startCEmitter } from './c-emitter.ts';
import type { Emitter, EmitterCounts } from './emitter.ts';
import { startTypeScriptEmitter } from './typescript-emitter.ts';

export interface MimoLabOptions {
  /** For the configuration file of the C program. */
  readonly folder: string;
  readonly clock: Clock;
  /** Where the C program is; for tests. */
  readonly emitterPath?: string;
  readonly onChange: () => void;
  /** Something the log should hold. */
  readonly onTrouble: (reason: string) => void;
}

export interface MimoLabStatus {
  readonly emitter: 'c' | 'typescript' | 'none';
  readonly reason: string;
  readonly sent: number;
  readonly failed: number;
}

export interface MimoLabWish {
  readonly endpoint: string;
  readonly ratePerSecond: number;
  readonly bursts: boolean;
}

const NONE: EmitterCounts = { sent: 0, failed: 0 };
/** An emitter that ran so long is in order again: the next failure counts as the first. */
const STEADY_MS = 30_000;

export class MimoLab {
  private readonly options: MimoLabOptions;
  private wish: MimoLabWish | null = null;
  private emitter: Emitter | null = null;
  private kind: MimoLabStatus['emitter'] = 'none';
  private reason = 'the lab is off';
  /** Of emitters that are gone, and of the one that runs. */
  private past: EmitterCounts = NONE;
  private current: EmitterCounts = NONE;
  private failures = 0;
  private startedMs = 0;
  private retryTimer: NodeJS.Timeout | null = null;
  private turn: Promise<void> = Promise.resolve();

  constructor(options: MimoLabOptions) {
    this.options = options;
  }

  status(): MimoLabStatus {
    const { past, current } = this;
    const sent = past.sent + current.sent;
    return { emitter: this.kind, reason: this.reason, sent, failed: past.failed + current.failed };
  }

  /** Null stops it. One change after the other; resolves when it is carried out. */
  want(wish: MimoLabWish | null): Promise<void> {
    this.turn = this.turn.then(() => this.apply(wish));
    return this.turn;
  }

  private async apply(wish: MimoLabWish | null): Promise<void> {
    const before = this.wish;
    this.wish = wish;
    if (this.emitter !== null && wish !== null && before?.endpoint === wish.endpoint) {
      this.emitter.setRate(wish.ratePerSecond);
      this.emitter.setBursts(wish.bursts);
      return;
    }
    await this.stop();
    this.failures = 0;
    if (wish === null) this.reason = 'the lab is off';
    else await this.begin(wish);
    this.options.onChange();
  }

  private async stop(): Promise<void> {
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    const emitter = this.emitter;
    this.emitter = null;
    await emitter?.stop();
    this.kind = 'none';
    this.settleCounts();
  }

  private async begin(wish: MimoLabWish): Promise<void> {
    const missing = cEmitterMissing(this.options.emitterPath);
    const start = {
      ...wish,
      onCounts: (counts: EmitterCounts) => this.takeCounts(counts),
      onExit: (reason: string) => this.died(reason),
    };
    this.startedMs = this.options.clock.monotonicMs();
    this.kind = missing === null ? 'c' : 'typescript';
    this.reason = missing ?? 'a C program linked to libnotify';
    this.emitter =
      missing === null
        ? await startCEmitter(start, this.options.folder, this.options.emitterPath)
        : startTypeScriptEmitter(start, this.options.clock);
  }

  private takeCounts(counts: EmitterCounts): void {
    this.current = counts;
    this.options.onChange();
  }

  private settleCounts(): void {
    const { past, current } = this;
    this.past = { sent: past.sent + current.sent, failed: past.failed + current.failed };
    this.current = NONE;
  }

  private died(reason: string): void {
    this.emitter = null;
    this.kind = 'none';
    this.reason = reason;
    this.settleCounts();
    if (this.options.clock.monotonicMs() - this.startedMs > STEADY_MS) this.failures = 0;
    this.failures += 1;
    this.options.onTrouble(reason);
    this.options.onChange();
    this.retryTimer = setTimeout(
      () => {
        this.retryTimer = null;
        this.turn = this.turn.then(() => this.again());
      },
      backoffMs(this.failures, Math.random()),
    );
  }

  private async again(): Promise<void> {
    if (this.wish === null || this.emitter !== null) return;
    await this.begin(this.wish);
    this.options.onChange();
  }
}
