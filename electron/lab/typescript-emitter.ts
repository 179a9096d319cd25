/** The lab's emitter where no C compiler was: the same events, sent by the TypeScript sender. */
import type { Clock } from '../../shared/clock.ts';
import { MIMO_CONFIG_DEFAULT } from '../protocols/mimo/config.ts';
import { MimoSender } from '../protocols/mimo/sender.ts';
import { isBurstTime, nextLabEvent, startEvent } from './mimo-events.ts';
import type { LabEvent } from './mimo-events.ts';
import type { Emitter, EmitterStart } from './emitter.ts';

const TICK_MS = 20;
/**
 * What cannot be sent in time is not caught up with: a receiver that stood still must not get a flood
 * afterwards.
 */
const CATCH_UP_MS_MAX = 200;
const UNSETTLED_MAX = 1_000;
const FLUSH_MS = 500;

/** Delivers one event; resolves true when the receiver took it. Never rejects. */
export type Deliver = (event: LabEvent) => Promise<boolean>;

export class TypeScriptEmitter implements Emitter {
  private readonly start: EmitterStart;
  private readonly clock: Clock;
  private readonly deliver: Deliver;
  private readonly release: () => Promise<void>;
  private readonly startedMs: number;
  private readonly tickTimer: NodeJS.Timeout;
  private readonly reportTimer: NodeJS.Timeout;
  private ratePerSecond: number;
  private bursts: boolean;
  private dueAtMs: number;
  private unsettled = 0;
  private sent = 0;
  private failed = 0;
  private stopping: Promise<void> | null = null;

  constructor(start: EmitterStart, clock: Clock, deliver: Deliver, release: () => Promise<void>) {
    this.start = start;
    this.clock = clock;
    this.deliver = deliver;
    this.release = release;
    this.ratePerSecond = start.ratePerSecond;
    this.bursts = start.bursts;
    this.startedMs = clock.monotonicMs();
    this.dueAtMs = this.startedMs;
    this.tickTimer = setInterval(() => this.tick(), TICK_MS);
    this.reportTimer = setInterval(() => this.report(), 1_000);
    this.emit(startEvent(process.pid));
  }

  setRate(ratePerSecond: number): void {
    this.ratePerSecond = ratePerSecond;
    this.dueAtMs = this.clock.monotonicMs();
  }

  setBursts(on: boolean): void {
    this.bursts = on;
  }

  stop(): Promise<void> {
    if (this.stopping === null) {
      clearInterval(this.tickTimer);
      clearInterval(this.reportTimer);
      this.report();
      this.stopping = this.release();
    }
    return this.stopping;
  }

  private tick(): void {
    if (this.ratePerSecond <= 0) return;
    const nowMs = this.clock.monotonicMs();
    const stepMs = 1_000 / this.ratePerSecond;
    this.dueAtMs = Math.max(this.dueAtMs, nowMs - CATCH_UP_MS_MAX);
    const inBurst = this.bursts && isBurstTime(nowMs - this.startedMs);
    while (this.dueAtMs <= nowMs) {
      this.dueAtMs += stepMs;
      if (this.unsettled < UNSETTLED_MAX) this.emit(nextLabEvent(inBurst, Math.random));
    }
  }

  private emit(event: LabEvent): void {
    this.unsettled += 1;
    this.sent += 1;
    void this.deliver(event).then((delivered) => {
      this.unsettled -= 1;
      if (!delivered) this.failed += 1;
    });
  }

  private report(): void {
    this.start.onCounts({ sent: this.sent, failed: this.failed });
  }
}

/** Sends as a real program does, with the retries of docs/protocols/mimo.md section 5. */
export function startTypeScriptEmitter(start: EmitterStart, clock: Clock): Emitter {
  const sender = new MimoSender({ ...MIMO_CONFIG_DEFAULT, endpoint: start.endpoint }, clock);
  const deliver = ({ event, payload }: LabEvent): Promise<boolean> =>
    new Promise((resolve) => {
      const { accepted, failure } = sender.notify(event, payload, ({ delivered }) => resolve(delivered));
      if (!accepted || failure !== null) resolve(false);
    });
  const release = async (): Promise<void> => {
    await sender.flush(FLUSH_MS);
    await sender.close();
  };
  return new TypeScriptEmitter(start, clock, deliver, release);
}
