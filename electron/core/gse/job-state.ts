/**
 * Everything that is known of one job, changed by records only: the same records that are written to its file, so that a job read
 * back is the job that was. Pure.
 */
import type { JobPhase, JobRow, JobSummary, Outcome } from '../../../shared/contract/dispatch.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { planRequests, type PlannedRequest } from './job-plan.ts';
import type { JobHead, JobRecord, RequestDone } from './job-records.ts';
import { JobRows } from './job-rows.ts';

type RequestLine = CallOutput<'jobs.requests'>['requests'][number];
interface RequestState {
  readonly plan: PlannedRequest;
  sentAtMs: number | null;
  done: RequestDone | null;
}

const ACTIONS: Readonly<Record<JobPhase, JobSummary['actions']>> = {
  armed: ['send_now', 'undo'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  asking: ['continue', 'cancel'],
  replies: [],
  done: [],
  cancelled: [],
  stopped: [],
  undone: [],
  interrupted: [],
};
const ENDED: ReadonlySet<JobPhase> = new Set(['done', 'cancelled', 'stopped', 'undone', 'interrupted']);

export class JobState {
  readonly head: JobHead;
  readonly rows: JobRows;
  readonly #requests: RequestState[];
  #phase: JobPhase = 'armed';
  #reason = '';
  #endedAtMs: number | null = null;
  #requestsDone = 0;
  #lastSentAtMs = 0;
  armedUntilMs: number | null = null;

  constructor(head: JobHead, ids: readonly string[]) {
    this.head = head;
    this.rows = new JobRows(ids);
    this.#requests = planRequests(head.draft, ids.length, head.isPerAgent).map((plan) => ({
      plan,
      sentAtMs: null,
      done: null,
    }));
    for (const [number, { plan }] of this.#requests.entries())
      for (let row = plan.start; row < plan.start + plan.count; row += 1) this.rows.setRequest(row, number);
  }

  get phase(): JobPhase {
    return this.#phase;
  }

  get isEnded(): boolean {
    return ENDED.has(this.#phase);
  }

  get requests(): number {
    return this.#requests.length;
  }

  planOf(request: number): PlannedRequest | null {
    return this.#requests[request]?.plan ?? null;
  }

  sentAtMs(request: number): number | null {
    return this.#requests[request]?.sentAtMs ?? null;
  }

  isOpen(request: number): boolean {
    const found = this.#requests[request];
    return found !== undefined && found.sentAtMs !== null && found.done === null;
  }

  /** Until when replies count as in time, of everything sent; null when none is expected. */
  repliesUntilMs(): number | null {
    const { replyTimeoutMs } = this.head.draft;
    return replyTimeoutMs === 0 || this.#lastSentAtMs === 0 ? null : this.#lastSentAtMs + replyTimeoutMs;
  }

  apply(record: JobRecord): void {
    switch (record.k) {
      case 'phase':
        this.#phase = record.phase;
        this.#reason = record.reason;
        this.#endedAtMs = ENDED.has(record.phase) ? record.at : null;
        if (record.phase !== 'armed') this.armedUntilMs = null;
        return;
      case 'send':
        return this.#sent(record.r, record.at);
      case 'done':
        return this.#done(record);
      case 'reply':
        if (record.row < this.rows.ids.length) this.rows.reply(record.row, record.after, record.seq);
        return;
      case 'silent':
        return this.#silent(record.r);
      case 'rest':
        for (const row of this.rows.numbersOf('waiting')) this.rows.deliver(row, record.to);
        return;
      case 'head':
      case 'ids':
      case 'summary':
    }
  }

  summary(): JobSummary {
    const { head } = this;
    const until = this.repliesUntilMs();
    return {
      jobId: head.jobId,
      phase: this.#phase,
      reason: this.#reason,
      actions: [...ACTIONS[this.#phase]],
      profileId: head.draft.profileId,
      profileLabel: head.profileLabel,
      profileKind: head.profileKind,
      simulated: head.simulated,
      slotId: head.draft.slotId,
      messageId: head.messageId,
      createdAtMs: head.createdAtMs,
      armedUntilMs: this.armedUntilMs,
      endedAtMs: this.#endedAtMs,
      repliesUntilMs: this.isEnded ? null : until,
      targets: head.targets,
      counts: this.rows.counts(),
      requestsDone: this.#requestsDone,
      requestsTotal: this.#requests.length,
      duplicateReplies: this.rows.duplicateReplies,
      parent: head.parent,
    };
  }

  page(outcome: Outcome | null, from: number, rowsMax: number): { rows: JobRow[]; total: number } {
    if (outcome === null) {
      const total = this.rows.ids.length;
      const size = Math.max(0, Math.min(rowsMax, total - from));
      return { rows: Array.from({ length: size }, (_, offset) => this.rows.row(from + offset)), total };
    }
    const numbers = this.rows.numbersOf(outcome);
    return {
      rows: numbers.slice(from, from + rowsMax).map((row) => this.rows.row(row)),
      total: numbers.length,
    };
  }

  requestLines(from: number, rowsMax: number): CallOutput<'jobs.requests'> {
    const requests = this.#requests
      .slice(from, from + rowsMax)
      .map(({ plan, sentAtMs, done }, offset): RequestLine => ({
        request: from + offset,
        targets: plan.count,
        step: plan.step,
        sentAtMs,
        elapsedMs: done?.ms ?? null,
        result: done?.result ?? '',
        status: done?.status ?? 0,
        requestId: done?.rid ?? '',
        reply: done?.reply ?? '',
      }));
    return { requests, total: this.#requests.length };
  }

  #sent(number: number, atMs: number): void {
    const request = this.#requests[number];
    if (request === undefined || request.sentAtMs !== null) return;
    request.sentAtMs = atMs;
    this.#lastSentAtMs = Math.max(this.#lastSentAtMs, atMs);
    const { start, count } = request.plan;
    for (let row = start; row < start + count; row += 1) this.rows.deliver(row, 'in_flight');
  }

  #done(record: RequestDone): void {
    const request = this.#requests[record.r];
    if (request === undefined || request.sentAtMs === null || request.done !== null) return;
    request.done = record;
    this.#requestsDone += 1;
    const { start, count } = request.plan;
    const exceptions = new Map(record.but.map(([offset, ...verdict]) => [offset, verdict] as const));
    for (let offset = 0; offset < count; offset += 1)
      this.rows.deliver(start + offset, ...(exceptions.get(offset) ?? record.all));
  }

  #silent(number: number): void {
    const plan = this.planOf(number);
    if (plan === null) return;
    for (let row = plan.start; row < plan.start + plan.count; row += 1) this.rows.fallSilent(row);
  }
}
