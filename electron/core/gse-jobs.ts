/**
 * A job under way: which request is next, what became of each target, what has to be written down. Pure: time
 * comes in; the runner (gse-job-runner.ts) sends and writes. Every change is one record (gse-job-journal.ts),
 * and replaying the records gives the same job.
 */
import { assert } from '../../shared/assert.ts';
import { OUTCOMES, type Outcome, type OutcomeCounts } from '../../shared/contract/dispatch-jobs.ts';
import type { AgentOutcome } from '../protocols/gse/dispatch-outcome.ts';
import type { JobRecord, SettledRow } from './gse-job-records.ts';
import { planRequests, type JobSpec, type PlannedRequest } from './gse-job-plan.ts';
import { noRows } from './gse-outcomes.ts';

/**
 * `running` requests go out · `paused` the operator stopped it for now · `asking` a step had failures and the
 * operator decides ·
 * `ended` nothing more goes out; answers still attach · `interrupted` as ended, by the end of the process.
 */
export type JobStatus = 'running' | 'paused' | 'asking' | 'ended' | 'interrupted';

export interface JobRow {
  readonly target: string;
  readonly state: Outcome;
  /** Of the server, as text; '' when there is none. */
  readonly code: string;
  readonly text: string;
  /** Number of its request, from 0. */
  readonly request: number;
  /** From the request to the first answer; null when none came. */
  readonly repliedAfterMs: number | null;
}

/** When a request went out and how long it took. */
export interface JobRequest extends PlannedRequest {
  readonly messageId: string;
  /** Null while it waits. */
  readonly sentAtMs: number | null;
  /** Null while it is under way. */
  readonly elapsedMs: number | null;
}

/** What the runner should do now. */
export type NextRequest =
  | { readonly kind: 'send'; readonly request: PlannedRequest }
  /** Look again after this time, or when something has happened. */
  | { readonly kind: 'wait'; readonly ms: number | null }
  | { readonly kind: 'nothing' };

interface Sent {
  readonly messageId: string;
  readonly atMs: number;
}

const STATE_NUMBER = new Map(OUTCOMES.map((state, index) => [state, index]));

export class GseJob {
  readonly spec: JobSpec;
  readonly #requests: readonly PlannedRequest[];
  readonly #rows: Uint8Array;
  readonly #details = new Map<number, { readonly code: string; readonly text: string }>();
  readonly #repliedAfterMs = new Map<number, number>();
  readonly #rowOfTarget: ReadonlyMap<string, number>;
  readonly #requestOfRow: Uint32Array;
  readonly #sent = new Map<number, Sent>();
  readonly #settledAtMs = new Map<number, number>();
  readonly #counts = noRows();
  #status: JobStatus = 'running';
  #next = 0;
  #inFlight = 0;
  /** When the last request of the step before was settled. */
  #stepEndedAtMs = Number.NEGATIVE_INFINITY;
  /** A target failed and the job is to stop at that: nothing more goes out. */
  #mustStop = false;

  /** Fails with E_INPUT, see planRequests. */
  constructor(spec: JobSpec) {
    this.spec = spec;
    this.#requests = planRequests(spec);
    this.#rows = new Uint8Array(spec.targets.length);
    this.#counts.waiting = spec.targets.length;
    this.#rowOfTarget = new Map(spec.targets.map((target, index) => [target, index]));
    this.#requestOfRow = new Uint32Array(spec.targets.length);
    for (const { index, start, count } of this.#requests)
      this.#requestOfRow.fill(index, start, start + count);
  }

  get status(): JobStatus {
    return this.#status;
  }

  get requestCount(): number {
    return this.#requests.length;
  }

  counts(): OutcomeCounts {
    return { ...this.#counts };
  }

  row(index: number): JobRow {
    const target = this.spec.targets[index];
    assert(target !== undefined, 'a row of this job');
    const { code, text } = this.#details.get(index) ?? { code: '', text: '' };
    return {
      target,
      state: this.#stateOf(index),
      code,
      text,
      request: this.#requestOfRow[index] ?? 0,
      repliedAfterMs: this.#repliedAfterMs.get(index) ?? null,
    };
  }

  request(index: number): JobRequest {
    const planned = this.#requests[index];
    assert(planned !== undefined, 'a request of this job');
    const sent = this.#sent.get(index);
    const settledAtMs = this.#settledAtMs.get(index);
    const elapsedMs = sent === undefined || settledAtMs === undefined ? null : settledAtMs - sent.atMs;
    return { ...planned, messageId: sent?.messageId ?? '', sentAtMs: sent?.atMs ?? null, elapsedMs };
  }

  /** Targets in any of these states, in order; for retries and for copying a group. */
  targetsIn(...states: readonly Outcome[]): string[] {
    const wanted = new Set(states);
    return this.spec.targets.filter((_, index) => wanted.has(this.#stateOf(index)));
  }

  /** What to do now. Asking changes nothing. */
  next(nowMs: number): NextRequest {
    const request = this.#requests[this.#next];
    if (this.#status === 'ended' || this.#status === 'interrupted' || request === undefined)
      return { kind: 'nothing' };
    const isHeld = this.#status !== 'running' || this.#mustStop;
    if (isHeld || this.#inFlight >= this.spec.concurrency) return { kind: 'wait', ms: null };
    const isNewStep = request.step > (this.#requests[this.#next - 1]?.step ?? 0);
    if (!isNewStep) return { kind: 'send', request };
    // A step begins when the one before is settled, and its delay has passed.
    if (this.#inFlight > 0) return { kind: 'wait', ms: null };
    const leftMs = this.#stepEndedAtMs + this.spec.delayMs - nowMs;
    return leftMs > 0 ? { kind: 'wait', ms: leftMs } : { kind: 'send', request };
  }

  /** To be written down before a byte is sent: after a crash its targets are `unknown`. */
  sending(request: PlannedRequest, messageId: string, nowMs: number): JobRecord {
    return this.apply({ t: 'sent', request: request.index, messageId, atMs: nowMs });
  }

  /** The outcome of a request, from dispatchOutcome. */
  settled(request: PlannedRequest, agents: ReadonlyMap<string, AgentOutcome>, nowMs: number): JobRecord {
    const rows: SettledRow[] = [];
    for (let row = request.start; row < request.start + request.count; row += 1) {
      const outcome = agents.get(this.spec.targets[row] ?? '') ?? {
        state: 'unknown',
        code: '',
        text: 'not in the outcome',
      };
      if (outcome.state !== 'ok')
        rows.push({ row, state: outcome.state, code: outcome.code, text: outcome.text });
    }
    return this.apply({ t: 'settled', request: request.index, atMs: nowMs, rows });
  }

  /** Null when the answer belongs to no target of this job, or is not the first one. */
  replied(agentId: string, messageId: string, nowMs: number): JobRecord | null {
    const row = this.#rowOfTarget.get(agentId);
    if (row === undefined || this.#repliedAfterMs.has(row)) return null;
    const sent = this.#sent.get(this.#requestOfRow[row] ?? -1);
    if (sent === undefined || sent.messageId !== messageId) return null;
    return this.apply({ t: 'reply', row, afterMs: Math.max(0, nowMs - sent.atMs) });
  }

  /** Targets that took the message and have not answered in time become silent; null when there are none. */
  silence(nowMs: number): JobRecord | null {
    const { replyTimeoutMs } = this.spec;
    if (replyTimeoutMs === null || this.#counts.ok === 0) return null;
    const rows: number[] = [];
    for (const [request, { atMs }] of this.#sent) {
      if (nowMs - atMs < replyTimeoutMs) continue;
      const planned = this.#requests[request];
      for (let row = planned?.start ?? 0; row < (planned?.start ?? 0) + (planned?.count ?? 0); row += 1)
        if (this.#stateOf(row) === 'ok') rows.push(row);
    }
    return rows.length === 0 ? null : this.apply({ t: 'silent', rows });
  }

  pause(): void {
    if (this.#status === 'running') this.#status = 'paused';
  }

  /** Goes on after a pause or a question. */
  resume(): void {
    if (this.#status !== 'paused' && this.#status !== 'asking') return;
    this.#status = 'running';
  }

  /** What has not begun never will; requests under way are still waited for. */
  cancelRest(): JobRecord {
    return this.apply({ t: 'rest', state: 'cancelled' });
  }

  /** The record of an end that has been reached; null while something is left to do. */
  ending(nowMs: number): JobRecord | null {
    if (this.#status === 'ended' || this.#inFlight > 0 || this.#counts.waiting > 0) return null;
    return this.apply({ t: 'end', atMs: nowMs });
  }

  /** After a stop for failures: what was not sent is said to be so; null when nothing is to be stopped. */
  stopping(): JobRecord | null {
    const isStopped = this.#mustStop && this.#inFlight === 0;
    return isStopped && this.#counts.waiting > 0 ? this.apply({ t: 'rest', state: 'not_sent' }) : null;
  }

  /** The process ended before the job did: what was under way is unknown, the rest was not sent. */
  interrupt(): void {
    if (this.#status === 'ended') return;
    for (let row = 0; row < this.#rows.length; row += 1) {
      if (this.#stateOf(row) === 'in_flight')
        this.#set(row, this.#repliedAfterMs.has(row) ? 'replied' : 'unknown');
      else if (this.#stateOf(row) === 'waiting') this.#set(row, 'not_sent');
    }
    this.#inFlight = 0;
    this.#status = 'interrupted';
  }

  /** False when the record cannot follow what was applied before, as in a damaged journal. */
  canApply(record: JobRecord): boolean {
    if (record.t === 'sent')
      return record.request === this.#next && this.#requests[record.request] !== undefined;
    if (record.t === 'settled') {
      const request = this.#requests[record.request];
      if (request === undefined || !this.#sent.has(record.request)) return false;
      const isUnderWay = this.#stateOf(request.start) === 'in_flight';
      const end = request.start + request.count;
      return isUnderWay && record.rows.every(({ row }) => row >= request.start && row < end);
    }
    if (record.t === 'reply') return record.row < this.#rows.length;
    return record.t !== 'silent' || record.rows.every((row) => row < this.#rows.length);
  }

  /** Changes the job as the record says; for replaying. It must be one that canApply. */
  apply(record: JobRecord): JobRecord {
    switch (record.t) {
      case 'sent':
        this.#applySent(record.request, { messageId: record.messageId, atMs: record.atMs });
        break;
      case 'settled':
        this.#applySettled(record.request, record.rows, record.atMs);
        break;
      case 'reply':
        this.#applyReply(record.row, record.afterMs);
        break;
      case 'silent':
        for (const row of record.rows) if (this.#stateOf(row) === 'ok') this.#set(row, 'silent');
        break;
      case 'rest':
        this.#applyRest(record.state);
        break;
      case 'end':
        this.#status = 'ended';
    }
    return record;
  }

  #applySent(index: number, sent: Sent): void {
    const request = this.#requests[index];
    assert(request !== undefined && index === this.#next, 'requests are sent in order');
    this.#next += 1;
    this.#inFlight += 1;
    this.#sent.set(index, sent);
    for (let row = request.start; row < request.start + request.count; row += 1) this.#set(row, 'in_flight');
  }

  #applySettled(index: number, rows: readonly SettledRow[], atMs: number): void {
    const request = this.#requests[index];
    assert(request !== undefined && this.#sent.has(index), 'a request that was sent');
    this.#inFlight -= 1;
    this.#stepEndedAtMs = atMs;
    this.#settledAtMs.set(index, atMs);
    const others = new Map(rows.map((found) => [found.row, found]));
    for (let row = request.start; row < request.start + request.count; row += 1) {
      const other = others.get(row);
      if (other !== undefined) this.#details.set(row, { code: other.code, text: other.text });
      // The answer may have come before the server's.
      this.#set(row, this.#repliedAfterMs.has(row) ? 'replied' : (other?.state ?? 'ok'));
    }
    if (rows.length === 0) return;
    const { onFailure } = this.spec;
    if (onFailure === 'stop') this.#mustStop = true;
    else if (onFailure === 'ask' && this.#counts.waiting > 0 && this.#status === 'running')
      this.#status = 'asking';
  }

  /** A target that answers has the message, whatever was said of it before. */
  #applyReply(row: number, afterMs: number): void {
    this.#repliedAfterMs.set(row, afterMs);
    if (this.#stateOf(row) !== 'in_flight') this.#set(row, 'replied');
  }

  #applyRest(state: 'cancelled' | 'not_sent'): void {
    for (let row = 0; row < this.#rows.length; row += 1)
      if (this.#stateOf(row) === 'waiting') this.#set(row, state);
    this.#next = this.#requests.length;
    if (this.#status === 'asking' || this.#status === 'paused') this.#status = 'running';
  }

  #stateOf(row: number): Outcome {
    const state = OUTCOMES[this.#rows[row] ?? 0];
    assert(state !== undefined, 'a state of the table');
    return state;
  }

  #set(row: number, state: Outcome): void {
    this.#counts[this.#stateOf(row)] -= 1;
    this.#counts[state] += 1;
    this.#rows[row] = STATE_NUMBER.get(state) ?? 0;
  }
}

/** The same message once more, to some of the targets. Fails with E_INPUT when there are none. */
export function retryOf(
  job: GseJob,
  targets: readonly string[],
  made: { readonly id: string; readonly createdAtMs: number },
): GseJob {
  return new GseJob({ ...job.spec, ...made, parentId: job.spec.id, targets });
}
