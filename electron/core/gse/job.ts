/**
 * Runs one job: steps one after the other, requests of a step in lanes, each written down before its first byte goes out. Nothing is
 * ever sent twice by itself.
 */
import type { Clock } from '../../../shared/clock.ts';
import type { JobPhase } from '../../../shared/contract/dispatch.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { DispatchClient, Dispatched } from '../../protocols/gse/dispatch-client.ts';
import {
  dispatchOutcome,
  type AgentOutcome,
  type DispatchOutcome,
} from '../../protocols/gse/dispatch-outcome.ts';
import type { RateLimit } from './rate-limit.ts';
import { recordLine, type JobRecord, type RequestDone } from './job-records.ts';
import type { JobState } from './job-state.ts';
import { textForAgent } from './draft-text.ts';

/** What is needed of the job's file. */
export interface JobJournal {
  /** Resolves when the lines are on the disk. Fails with OperatingError. */
  append(...lines: readonly string[]): Promise<void>;
}

export interface JobOptions {
  readonly state: JobState;
  readonly journal: JobJournal;
  readonly clock: Clock;
  readonly rate: RateLimit;
  /** Made when the first byte goes out. Fails with OperatingError: then nothing is sent. */
  readonly openClient: () => DispatchClient;
  readonly changed: () => void;
}

/** Timers hold no more than this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Job {
  readonly state: JobState;
  readonly #options: JobOptions;
  #client: DispatchClient | null = null;
  readonly #abort = new AbortController();
  #next = 0;
  #isStopping = false;
  #isClosing = false;
  /** Of lanes that stand at the gate, and of those that wait for time to pass. */
  #gated: (() => void)[] = [];
  readonly #sleepers = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #silence: NodeJS.Timeout | null = null;
  readonly #silent = new Set<number>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: JobOptions) {
    this.#options = options;
    this.state = options.state;
  }

  /** Waits `undoMs`, then sends. */
  arm(undoMs: number): void {
    this.state.armedUntilMs = this.#options.clock.wallMs() + undoMs;
    this.#timer = setTimeout(() => this.sendNow(), undoMs);
    this.#options.changed();
  }

  /** Resolves when everything that was sent is over. */
  settled(): Promise<void> {
    return this.#running;
  }

  sendNow(): void {
    this.#clearTimer();
    if (this.state.phase !== 'armed') return;
    void this.#tell('running');
    this.#running = this.#run();
  }

  async undo(): Promise<void> {
    this.#clearTimer();
    this.#note({ k: 'rest', to: 'not_sent' });
    await this.#tell('undone');
  }

  pause(): Promise<void> {
    return this.#tell('paused');
  }

  /** After a pause, or after a failure that asked. */
  resume(): Promise<void> {
    const told = this.#tell('running');
    this.#openGate();
    return told;
  }

  /** Requests under way are let finish: cancelling them would only make their outcome unknown. */
  async cancel(): Promise<void> {
    this.#stop();
    this.#note({ k: 'rest', to: 'cancelled' });
    await this.#tell('cancelled');
    this.#options.changed();
  }

  /** The console stops: what is under way is given up, the rest is not sent. Idempotent. */
  async close(): Promise<void> {
    this.#clearTimer();
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
    if (this.state.isEnded) return;
    this.#isClosing = true;
    this.#stop();
    this.#abort.abort();
    await this.#running;
    if (this.state.isEnded) return;
    const wasAwaiting = this.state.phase === 'replies';
    if (wasAwaiting) {
      await this.#tell('done', 'replies were not awaited to the end: the console stopped');
      return;
    }
    this.#note({ k: 'rest', to: 'not_sent' });
    await this.#tell('interrupted', 'the console stopped');
  }

  /** An uplink that belongs to a row of this job. */
  reply(row: number, receivedAtMs: number, seq: number): void {
    const { state } = this;
    const request = state.rows.row(row).request;
    const sentAtMs = state.sentAtMs(request);
    const after = sentAtMs === null ? 0 : Math.max(0, receivedAtMs - sentAtMs);
    this.#note({ k: 'reply', row, after, seq });
    this.#finishIfReplied();
  }

  /** Applies and writes without waiting: what is lost with a kill here is told as less than it was, never as more. */
  #note(record: JobRecord): void {
    this.state.apply(record);
    this.#options.changed();
    // Expected: the disk is full. The state on the screen is right; after a restart it says less.
    this.#options.journal.append(recordLine(record)).catch((error: unknown) => this.#journalFailed(error));
  }

  #journalFailed(error: unknown): void {
    if (!(error instanceof OperatingError)) throw error;
    this.#stop();
  }

  async #tell(phase: JobPhase, reason = ''): Promise<void> {
    const record: JobRecord = { k: 'phase', at: this.#options.clock.wallMs(), phase, reason };
    this.state.apply(record);
    const lines = [recordLine(record)];
    if (this.state.isEnded) lines.push(recordLine({ k: 'summary', summary: this.state.summary() }));
    this.#options.changed();
    try {
      await this.#options.journal.append(...lines);
    } catch (error) {
      this.#journalFailed(error);
    }
  }

  async #run(): Promise<void> {
    const { draft } = this.state.head;
    try {
      this.#client = this.#options.openClient();
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      this.#note({ k: 'rest', to: 'not_sent' });
      await this.#tell('stopped', error.message);
      return;
    }
    try {
      while (this.#next < this.state.requests && !this.#isStopping) {
        const step = this.state.planOf(this.#next)?.step ?? 0;
        const lanes = Array.from({ length: draft.concurrency }, () => this.#lane(step));
        await Promise.all(lanes);
        if (this.#next < this.state.requests) await this.#sleep(draft.delayMs);
      }
    } finally {
      await this.#client.close();
    }
    await this.#allSent();
  }

  async #lane(step: number): Promise<void> {
    const { delayMs } = this.state.head.draft;
    for (;;) {
      await this.#gate();
      const request = this.#next;
      if (this.#isStopping || this.state.planOf(request)?.step !== step) return;
      this.#next += 1;
      const waitMs = this.#options.rate.take();
      if (waitMs > 0) await this.#sleep(waitMs);
      await this.#gate();
      // Its rows are still waiting: whoever stopped the job says what becomes of them.
      if (this.#isStopping) return;
      await this.#send(request);
      if (delayMs > 0) await this.#sleep(delayMs);
    }
  }

  /** Stands still while the job is paused or asks. */
  async #gate(): Promise<void> {
    while (!this.#isStopping && (this.state.phase === 'paused' || this.state.phase === 'asking'))
      await new Promise<void>((resolve) => this.#gated.push(resolve));
  }

  async #send(request: number): Promise<void> {
    const { clock, journal } = this.#options;
    const record: JobRecord = { k: 'send', r: request, at: clock.wallMs() };
    this.state.apply(record);
    this.#options.changed();
    try {
      await journal.append(recordLine(record));
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      this.#note(notSent(request, clock.wallMs(), 'E_STORE_FAILED', `not sent: ${error.message}`));
      this.#stop();
      this.#note({ k: 'rest', to: 'not_sent' });
      await this.#tell('stopped', `the job cannot be written down: ${error.message}`);
      return;
    }
    // Cancelled or stopped while it was being written: still nothing has left.
    if (this.#isStopping) return this.#note(notSent(request, clock.wallMs(), 'E_CANCELLED', 'not sent'));
    const startMs = clock.monotonicMs();
    const outcome = await this.#dispatch(request);
    const ids = this.#idsOf(request);
    const done = doneRecord(request, ids, outcome, clock.wallMs(), clock.monotonicMs() - startMs);
    this.#note(done);
    await this.#judge(done);
  }

  async #dispatch(request: number): Promise<DispatchOutcome> {
    const { head } = this.state;
    const ids = this.#idsOf(request);
    const [first = ''] = ids;
    const content = Buffer.from(head.content, 'base64');
    const sent = head.isPerAgent ? Buffer.from(textForAgent(content.toString('utf8'), first)) : content;
    const messageId = head.isPerAgent ? textForAgent(head.messageId, first) : head.messageId;
    return dispatchOutcome(ids, await this.#answerTo(messageId, sent, ids));
  }

  async #answerTo(messageId: string, content: Buffer, ids: readonly string[]): Promise<Dispatched | Error> {
    try {
      const client = this.#client;
      if (client === null) throw new OperatingError('E_CANCELLED', 'not open');
      return await client.dispatch(messageId, content, ids, this.#abort.signal);
    } catch (error) {
      // dispatchOutcome tells operating errors from bugs.
      if (!(error instanceof Error)) throw error;
      return error;
    }
  }

  #idsOf(request: number): string[] {
    const plan = this.state.planOf(request);
    return plan === null ? [] : this.state.rows.ids.slice(plan.start, plan.start + plan.count);
  }

  /** A request with any target that is not ok is a failure the operator has an opinion on. */
  async #judge(done: RequestDone): Promise<void> {
    const isGood = done.all[0] === 'ok' && done.but.every(([, delivery]) => delivery === 'ok');
    const { onFailure } = this.state.head.draft;
    if (isGood || onFailure === 'continue' || this.#isStopping || this.state.isEnded) return;
    const reason = `request ${done.r + 1}: ${done.result}`;
    if (onFailure === 'ask') {
      if (this.state.phase === 'running') await this.#tell('asking', reason);
      return;
    }
    this.#stop();
    this.#note({ k: 'rest', to: 'not_sent' });
    await this.#tell('stopped', reason);
  }

  async #allSent(): Promise<void> {
    if (this.state.isEnded) {
      // What was under way when it ended is known now: the last line of the file says so.
      await this.#tell(this.state.phase, this.state.summary().reason);
      return this.#watchSilence();
    }
    if (this.#isClosing) return;
    if (this.#isStopping) {
      this.#note({ k: 'rest', to: 'not_sent' });
      await this.#tell('stopped', 'the job cannot be written down any more');
      return;
    }
    if (this.state.repliesUntilMs() === null || this.state.rows.counts().ok === 0) return this.#tell('done');
    await this.#tell('replies');
    this.#watchSilence();
  }

  /** Marks as silent whose window is over, one timer for all. */
  #watchSilence(): void {
    const { replyTimeoutMs } = this.state.head.draft;
    if (replyTimeoutMs === 0 || this.#silence !== null) return;
    const nowMs = this.#options.clock.wallMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (let request = 0; request < this.state.requests; request += 1) {
      const sentAtMs = this.state.sentAtMs(request);
      if (sentAtMs === null || this.#silent.has(request)) continue;
      if (sentAtMs + replyTimeoutMs > nowMs) nextMs = Math.min(nextMs, sentAtMs + replyTimeoutMs - nowMs);
      else {
        this.#silent.add(request);
        this.#note({ k: 'silent', r: request });
      }
    }
    if (Number.isFinite(nextMs)) {
      this.#silence = setTimeout(
        () => {
          this.#silence = null;
          this.#watchSilence();
        },
        Math.min(nextMs + 1, TIMER_MS_MAX),
      );
    } else if (this.state.phase === 'replies') void this.#tell('done');
    else if (this.state.isEnded) void this.#tell(this.state.phase, this.state.summary().reason);
  }

  #finishIfReplied(): void {
    if (this.state.phase !== 'replies' || this.state.rows.counts().ok > 0) return;
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
    void this.#tell('done');
  }

  #sleep(delayMs: number): Promise<void> {
    if (delayMs <= 0 || this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(delayMs, TIMER_MS_MAX));
      this.#sleepers.add(wake);
    });
  }

  /** No further request begins; delays are cut short. */
  #stop(): void {
    this.#isStopping = true;
    this.#openGate();
    for (const wake of this.#sleepers) wake();
  }

  #openGate(): void {
    const waiting = this.#gated;
    this.#gated = [];
    for (const open of waiting) open();
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function notSent(r: number, at: number, code: string, text: string): RequestDone {
  return {
    k: 'done',
    r,
    at,
    ms: 0,
    status: 0,
    rid: '',
    result: text,
    reply: '',
    all: ['not_sent', code, text],
    but: [],
  };
}

function doneRecord(
  r: number,
  ids: readonly string[],
  outcome: DispatchOutcome,
  at: number,
  ms: number,
): RequestDone {
  const verdicts = ids.map(
    (id) => outcome.agents.get(id) ?? { state: 'unknown' as const, code: '', text: '' },
  );
  const common = mostCommon(verdicts);
  const but = verdicts.flatMap((verdict, offset): RequestDone['but'] =>
    isSame(verdict, common) ? [] : [[offset, verdict.state, verdict.code, verdict.text]],
  );
  const reply = outcome.reply?.body.toString('utf8').slice(0, LIMITS.gseReplyShownCharactersMax) ?? '';
  const bad = verdicts.filter(({ state }) => state !== 'ok').length;
  const result =
    bad === 0 ? `accepted for ${ids.length}` : `${bad} of ${ids.length} not accepted: ${firstBad(verdicts)}`;
  const { status = 0, requestId: rid = '' } = outcome.reply ?? {};
  return {
    k: 'done',
    r,
    at,
    ms,
    status,
    rid,
    result,
    reply,
    all: [common.state, common.code, common.text],
    but,
  };
}

function firstBad(verdicts: readonly AgentOutcome[]): string {
  const bad = verdicts.find(({ state }) => state !== 'ok');
  return bad === undefined ? '' : `${bad.state} ${bad.code} ${bad.text}`.trim();
}

function isSame(left: AgentOutcome, right: AgentOutcome): boolean {
  return left.state === right.state && left.code === right.code && left.text === right.text;
}

/** Of the outcomes of one request nearly all are alike; a wrong guess costs only space. */
function mostCommon(verdicts: readonly AgentOutcome[]): AgentOutcome {
  const ok = verdicts.find(({ state }) => state === 'ok');
  return ok ?? verdicts[0] ?? { state: 'unknown', code: '', text: '' };
}
