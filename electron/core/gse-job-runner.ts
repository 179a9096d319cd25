/**
 * Sends a job: asks it what is next, writes down what it is about to do, does it, and writes down what became
 * of it.
 */
import type { Clock } from '../../shared/clock.ts';
import { OperatingError } from '../../shared/failure.ts';
import { dispatchOutcome } from '../protocols/gse/dispatch-outcome.ts';
import type { Dispatched } from '../protocols/gse/dispatch-client.ts';
import { journalLine } from './gse-job-journal.ts';
import type { JobRecord } from './gse-job-records.ts';
import type { PlannedRequest } from './gse-job-plan.ts';
import type { GseJob } from './gse-jobs.ts';
import type { Outgoing } from './gse-outgoing.ts';
import { expandVariables, isMultiContent } from './gse-variables.ts';

export interface JobRunnerOptions {
  readonly job: GseJob;
  /** See sendOutgoing. */
  readonly dispatch: (outgoing: Outgoing) => Promise<Dispatched>;
  /**
   * One line, or several with line feeds between them. Resolves when they are durable; rejects with OperatingError when it cannot be kept, then the job
   * pauses.
   */
  readonly append: (line: string) => Promise<void>;
  /** Sees each change when it has been made, before it is durable. */
  readonly written?: (record: JobRecord) => void;
  /** How long the next request has to wait for its turn; 0 takes the turn. Without it there is no limit. */
  readonly turnMs?: () => number;
  readonly clock: Clock;
  readonly uuid: () => string;
  /** Something changed; often many times in one turn of the event loop. */
  readonly onChange: () => void;
  /** The journal could not be written: nothing more is sent until the operator resumes. */
  readonly onTrouble: (error: OperatingError) => void;
}

const SILENCE_LOOK_MS = 250;

export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #job: GseJob;
  #timer: NodeJS.Timeout | null = null;
  #silenceTimer: NodeJS.Timeout | null = null;
  /** Lines leave in the order in which the job changed. */
  readonly #unwritten: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  /** Why the journal could not be written; the operator's `resume` tries again. */
  #trouble: OperatingError | null = null;
  #isSending = false;
  #isClosed = false;
  #resolveEnded: () => void = () => undefined;
  /** Resolves once nothing more goes out and nothing is under way. */
  readonly ended: Promise<void>;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#job = options.job;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    if (this.#job.spec.replyTimeoutMs !== null)
      this.#silenceTimer = setInterval(() => this.#look(), SILENCE_LOOK_MS);
  }

  /** Sends whatever may go out now. Call it after `resume` too. */
  go(): void {
    void this.#pump();
  }

  pause(): void {
    this.#job.pause();
    this.#options.onChange();
  }

  resume(): void {
    this.#trouble = null;
    this.#writing = this.#writing.then(() => this.#write());
    this.#job.resume();
    this.go();
  }

  cancelRest(): void {
    this.#keep(this.#job.cancelRest());
    this.go();
  }

  /** Nothing of it can be sent any more. */
  stopRest(): void {
    this.#keep(this.#job.apply({ t: 'rest', state: 'not_sent' }));
    this.go();
  }

  /** An uplink; true when it is the first answer of a target of this job. */
  replied(agentId: string, messageId: string): boolean {
    const record = this.#job.replied(agentId, messageId, this.#options.clock.wallMs());
    if (record !== null) this.#keep(record);
    return record !== null;
  }

  /** Stops looking for silence and sends no more. Resolves when all lines are written. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#silenceTimer !== null) clearInterval(this.#silenceTimer);
    await this.#writing;
  }

  async #pump(): Promise<void> {
    if (this.#isSending || this.#isClosed) return;
    this.#isSending = true;
    const { clock } = this.#options;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (let next = this.#job.next(clock.wallMs()); !this.#isClosed; next = this.#job.next(clock.wallMs())) {
      if (next.kind === 'send') {
        const waitMs = this.#options.turnMs?.() ?? 0;
        if (waitMs > 0) {
          this.#timer = setTimeout(() => this.go(), waitMs);
          break;
        }
        if (!(await this.#begin(next.request))) break;
        continue;
      }
      if (next.kind === 'wait' && next.ms !== null) this.#timer = setTimeout(() => this.go(), next.ms);
      break;
    }
    this.#isSending = false;
    this.#finish();
  }

  /** False when the request could not be written down, so that it was not sent. */
  async #begin(request: PlannedRequest): Promise<boolean> {
    const { clock } = this.#options;
    const targets = this.#job.spec.targets.slice(request.start, request.start + request.count);
    const outgoing = this.#outgoing(targets);
    this.#keep(this.#job.sending(request, outgoing.messageId, clock.wallMs()));
    await this.#writing;
    if (this.#trouble !== null) {
      // Not durable: after a crash nobody would know of it, so it is not sent.
      const outcome = { state: 'not_sent', code: this.#trouble.code, text: this.#trouble.message } as const;
      this.#keep(this.#job.settled(request, new Map(targets.map((id) => [id, outcome])), clock.wallMs()));
      return false;
    }
    void this.#send(request, outgoing);
    return true;
  }

  async #send(request: PlannedRequest, outgoing: Outgoing): Promise<void> {
    const { dispatch, clock } = this.#options;
    const answer = await dispatch(outgoing).catch((error: unknown) => {
      if (error instanceof OperatingError) return error;
      throw error;
    });
    this.#keep(this.#job.settled(request, dispatchOutcome(outgoing.agentIds, answer).agents, clock.wallMs()));
    const stopped = this.#job.stopping();
    if (stopped !== null) this.#keep(stopped);
    this.go();
  }

  #outgoing(agentIds: readonly string[]): Outgoing {
    const { messageId: id, content, variables, multi } = this.#job.spec;
    const { uuid, clock } = this.#options;
    const nowMs = clock.wallMs();
    const expand = (text: string, agentId: string): string =>
      expandVariables(text, { variables, nowMs, uuid, agentId });
    const messageId = expand(id, agentIds[0] ?? '');
    if ('base64' in content) return { messageId, agentIds, content: Buffer.from(content.base64, 'base64') };
    const contentFor = (agentId: string): Buffer => Buffer.from(expand(content.text, agentId));
    if (!isMultiContent(multi, id, content.text))
      return { messageId, agentIds, content: contentFor(agentIds[0] ?? '') };
    const messages = agentIds.map((agentId) => ({ agentId, content: contentFor(agentId) }));
    return { messageId, agentIds, content: messages };
  }

  #keep(record: JobRecord): void {
    this.#options.written?.(record);
    this.#unwritten.push(journalLine(record));
    this.#writing = this.#writing.then(() => this.#write());
    this.#options.onChange();
  }

  /** All lines that are not durable yet, in order; after a failure they wait for the next try. */
  async #write(): Promise<void> {
    try {
      while (this.#unwritten.length > 0) {
        // What has gathered meanwhile goes to the disk together: thousands of answers are one flush.
        const together = [...this.#unwritten];
        await this.#options.append(together.join('\n'));
        this.#unwritten.splice(0, together.length);
      }
    } catch (error) {
      // Expected: the disk is full or failing.
      if (!(error instanceof OperatingError)) throw error;
      this.#trouble = error;
      this.#job.pause();
      this.#options.onTrouble(error);
    }
  }

  #look(): void {
    const record = this.#job.silence(this.#options.clock.wallMs());
    if (record !== null) this.#keep(record);
  }

  #finish(): void {
    const record = this.#job.ending(this.#options.clock.wallMs());
    if (record !== null) this.#keep(record);
    if (this.#job.status === 'ended') this.#resolveEnded();
  }
}
