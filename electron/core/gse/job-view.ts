/** A job as the window sees it: the job itself, and what is kept beside it for the operator. Pure. */
import type { JobPhase, JobRow, JobSummary, Outcome } from '../../../shared/contract/dispatch-jobs.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { GseJob } from '../gse-jobs.ts';
import { specOf, type FileRecord, type JobHead, type RequestInfo } from './job-records.ts';

/** What the job itself knows of a target. */
export type OwnRow = Omit<JobRow, 'agent'>;
type RequestLine = CallOutput<'jobs.requests'>['requests'][number];
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

export class JobView {
  readonly head: JobHead;
  readonly job: GseJob;
  readonly #infos = new Map<number, RequestInfo>();
  readonly #replies = new Map<number, { count: number; readonly seq: number }>();
  /** Sequence numbers of uplinks that do not count, by row. */
  readonly #others = new Map<number, number>();
  readonly #rowOf: ReadonlyMap<string, number>;
  #duplicates = 0;
  #settled = 0;
  #lastSentAtMs = 0;
  #endedAtMs: number | null = null;
  #isUndone = false;
  #rest: 'cancelled' | 'not_sent' | null = null;
  /** While it can still be undone. */
  armedUntilMs: number | null = null;
  /** Somebody still waits for answers and marks who is silent. */
  isWatched = false;
  reason = '';

  /** Fails with E_INPUT, see planRequests. */
  constructor(head: JobHead, ids: readonly string[]) {
    this.head = head;
    this.job = new GseJob(specOf(head, ids));
    this.#rowOf = new Map(ids.map((id, row) => [id, row]));
  }

  get ids(): readonly string[] {
    return this.job.spec.targets;
  }

  get phase(): JobPhase {
    if (this.armedUntilMs !== null) return 'armed';
    if (this.#isUndone) return 'undone';
    const { status } = this.job;
    if (status !== 'ended') return status;
    if (this.isWatched && this.job.counts().ok > 0 && this.head.draft.replyTimeoutMs > 0) return 'replies';
    if (this.#rest === 'cancelled') return 'cancelled';
    return this.#rest === 'not_sent' ? 'stopped' : 'done';
  }

  /** Nothing of it changes any more but for late answers. */
  get isOver(): boolean {
    return this.job.counts().in_flight === 0 && ACTIONS[this.phase].length === 0 && this.phase !== 'replies';
  }

  /** Takes notice of a line; those of the job itself have been applied to it already, or are now. */
  note(record: FileRecord): void {
    if ('t' in record) {
      if (record.t === 'sent') this.#lastSentAtMs = Math.max(this.#lastSentAtMs, record.atMs);
      else if (record.t === 'settled') this.#settled += 1;
      else if (record.t === 'rest') this.#rest = record.state;
      else if (record.t === 'end') this.#endedAtMs = record.atMs;
    } else if (record.k === 'info') this.#infos.set(record.request, record);
    else if (record.k === 'other') this.#others.set(record.row, record.seq);
    else if (record.k === 'undone') this.#isUndone = true;
    else if (record.k === 'seen') {
      const before = this.#replies.get(record.row);
      if (before === undefined) this.#replies.set(record.row, { count: 1, seq: record.seq });
      else {
        before.count += 1;
        this.#duplicates += 1;
      }
    }
  }

  /** The row an uplink belongs to; null when it is none of this job, or not sent yet. */
  rowOf(agentId: string, messageId: string): number | null {
    const row = this.#rowOf.get(agentId);
    if (row === undefined) return null;
    const request = this.job.request(this.job.row(row).request);
    return request.sentAtMs !== null && request.messageId === messageId ? row : null;
  }

  outcomeOf(row: number): Outcome {
    return this.job.row(row).state;
  }

  summary(): JobSummary {
    const { head, phase } = this;
    const { draft } = head;
    const until = this.#lastSentAtMs + draft.replyTimeoutMs;
    return {
      jobId: head.jobId,
      phase,
      reason: this.#reasonOf(phase),
      actions: [...ACTIONS[phase]],
      profileId: draft.profileId,
      profileLabel: head.profileLabel,
      profileKind: head.profileKind,
      simulated: head.simulated,
      slotId: draft.slotId,
      messageId: head.messageId,
      createdAtMs: head.createdAtMs,
      armedUntilMs: this.armedUntilMs,
      endedAtMs: this.#endedAtMs,
      repliesUntilMs: this.isWatched && draft.replyTimeoutMs > 0 && this.#lastSentAtMs > 0 ? until : null,
      targets: this.ids.length,
      counts: { ...this.job.counts() },
      requestsDone: this.#settled,
      requestsTotal: this.job.requestCount,
      duplicateReplies: this.#duplicates,
      parent: head.parent,
    };
  }

  page(outcome: Outcome | null, from: number, rowsMax: number): { rows: OwnRow[]; total: number } {
    if (outcome === null) {
      const total = this.ids.length;
      const size = Math.max(0, Math.min(rowsMax, total - from));
      return { rows: Array.from({ length: size }, (_, offset) => this.#row(from + offset)), total };
    }
    const numbers = this.numbersOf(outcome);
    return { rows: numbers.slice(from, from + rowsMax).map((row) => this.#row(row)), total: numbers.length };
  }

  /** Row numbers of a group in the order of the targets; null = all. */
  numbersOf(outcome: Outcome | null): number[] {
    const numbers = [...this.ids.keys()];
    return outcome === null ? numbers : numbers.filter((row) => this.outcomeOf(row) === outcome);
  }

  requestLines(from: number, rowsMax: number): CallOutput<'jobs.requests'> {
    const total = this.job.requestCount;
    const size = Math.max(0, Math.min(rowsMax, total - from));
    return { requests: Array.from({ length: size }, (_, offset) => this.#requestLine(from + offset)), total };
  }

  #requestLine(number: number): RequestLine {
    const { count, step, sentAtMs, elapsedMs } = this.job.request(number);
    const info = this.#infos.get(number);
    return {
      request: number,
      targets: count,
      step,
      sentAtMs,
      elapsedMs,
      result: info?.result ?? '',
      status: info?.status ?? 0,
      requestId: info?.requestId ?? '',
      reply: info?.reply ?? '',
    };
  }

  #row(row: number): OwnRow {
    const { target, state, code, text, request, repliedAfterMs } = this.job.row(row);
    const replies = this.#replies.get(row);
    return {
      row,
      agentId: target,
      outcome: state,
      code,
      text,
      request,
      repliedAfterMs,
      replies: replies?.count ?? 0,
      replySeq: replies?.seq ?? null,
      otherSeq: this.#others.get(row) ?? null,
    };
  }

  #reasonOf(phase: JobPhase): string {
    if (this.reason !== '') return this.reason;
    if (phase === 'interrupted') return 'the console went away while the job ran';
    if (phase === 'asking' || phase === 'stopped')
      return [...this.#infos.values()].findLast(isFault)?.result ?? '';
    const isUnwatched = phase === 'done' && this.head.draft.replyTimeoutMs > 0 && this.job.counts().ok > 0;
    return isUnwatched ? 'replies were not awaited to the end: the console stopped' : '';
  }
}

function isFault({ result }: RequestInfo): boolean {
  return !result.startsWith('accepted');
}
