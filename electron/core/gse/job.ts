/** One job of this run: armed, then sent by a JobRunner, then watched until everybody answered or is silent. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../shared/clock.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { DispatchClient, Dispatched } from '../../protocols/gse/dispatch-client.ts';
import { TransportError } from '../../protocols/gse/gateway-http.ts';
import { dispatchOutcome } from '../../protocols/gse/dispatch-outcome.ts';
import { JobRunner } from '../gse-job-runner.ts';
import { sendOutgoing, type Outgoing } from '../gse-outgoing.ts';
import type { UplinkMessage } from '../../protocols/gse/dispatch-messages.ts';
import { isReply } from './reply-match.ts';
import { recordLine, type OwnRecord, type RequestInfo } from './job-records.ts';
import type { JobView } from './job-view.ts';
import type { RateLimit } from './rate-limit.ts';

/** What is needed of the job's file. */
export interface JobJournal {
  /** Resolves when the lines are on the disk. Fails with OperatingError. */
  append(...lines: readonly string[]): Promise<void>;
}

export interface JobOptions {
  readonly view: JobView;
  readonly journal: JobJournal;
  readonly clock: Clock;
  readonly rate: RateLimit;
  /** Made when the first byte goes out. Fails with OperatingError: then nothing is sent. */
  readonly openClient: () => DispatchClient;
  readonly changed: () => void;
}

/** What counts of an uplink; the id is that of the message it answers. */
export type Answer = Pick<UplinkMessage, 'agentId' | 'messageId' | 'content'>;

const CLOSE_LOOKS_MAX = 400;
const CLOSE_LOOK_MS = 5;

export class Job {
  readonly view: JobView;
  readonly #options: JobOptions;
  /** By the first target of each request. */
  readonly #requestOf = new Map<string, number>();
  #client: DispatchClient | null = null;
  #runner: JobRunner | null = null;
  #armed: NodeJS.Timeout | null = null;
  #finishing: Promise<void> | null = null;

  constructor(options: JobOptions) {
    this.#options = options;
    this.view = options.view;
  }

  /** Waits `undoMs`, then sends. */
  arm(undoMs: number): void {
    this.view.armedUntilMs = this.#options.clock.wallMs() + undoMs;
    this.#armed = setTimeout(() => this.sendNow(), undoMs);
    this.#options.changed();
  }

  sendNow(): void {
    this.#disarm();
    const { job } = this.view;
    for (let request = 0; request < job.requestCount; request += 1)
      this.#requestOf.set(this.view.ids[job.request(request).start] ?? '', request);
    try {
      this.#client = this.#options.openClient();
    } catch (error) {
      // The secret or the profile is gone since: nothing is sent, and that is written down.
      if (!(error instanceof OperatingError)) throw error;
      this.view.reason = error.message;
    }
    const { clock, rate, journal, changed } = this.#options;
    this.#runner = new JobRunner({
      job,
      dispatch: (outgoing) => this.#dispatch(outgoing),
      append: async (line) => {
        await journal.append(line);
      },
      written: (record) => this.view.note(record),
      turnMs: () => rate.take(),
      clock,
      uuid: randomUUID,
      onChange: () => this.#changed(),
      onTrouble: (error) => {
        this.view.reason = `the job cannot be written down: ${error.message}`;
        changed();
      },
    });
    this.view.isWatched = true;
    if (this.#client === null) this.#runner.stopRest();
    else this.#runner.go();
    this.#changed();
  }

  async undo(): Promise<void> {
    this.#disarm();
    this.#note({ k: 'undone' });
    const { job } = this.view;
    const records = [job.apply({ t: 'rest', state: 'not_sent' }), job.ending(this.#options.clock.wallMs())];
    const kept = records.filter((record) => record !== null);
    for (const record of kept) this.view.note(record);
    this.#options.changed();
    await this.#options.journal.append(...kept.map((record) => JSON.stringify(record)));
  }

  pause(): void {
    this.#runner?.pause();
    this.#changed();
  }

  /** After a pause, after a failure that asked, after a disk that was full. */
  resume(): void {
    this.view.reason = '';
    this.#runner?.resume();
    this.#changed();
  }

  /** Requests under way are let finish: cancelling them would only make their outcome unknown. */
  cancel(): void {
    this.#runner?.cancelRest();
    this.#changed();
  }

  /** An uplink of a row, from JobView.rowOf. True when the row has answered before. */
  reply(row: number, { agentId, messageId, content }: Answer, seq: number): boolean {
    const { job, head } = this.view;
    if (!isReply(head.draft.replyMatch, content)) {
      this.#note({ k: 'other', row, seq });
      this.#changed();
      return false;
    }
    const isRepeat = job.row(row).repliedAfterMs !== null;
    if (!isRepeat && this.#runner !== null) this.#runner.replied(agentId, messageId);
    else if (!isRepeat) {
      const record = job.replied(agentId, messageId, this.#options.clock.wallMs());
      if (record !== null) this.#write(JSON.stringify(record));
    }
    this.#note({ k: 'seen', row, seq });
    this.#changed();
    return isRepeat;
  }

  /** The console stops: what is under way is given up, the rest is not sent. Idempotent. */
  async close(): Promise<void> {
    if (this.#armed !== null) clearTimeout(this.#armed);
    this.#armed = null;
    this.view.armedUntilMs = null;
    await this.#finishing;
    await this.#letGo();
    this.view.job.interrupt();
    this.view.isWatched = false;
  }

  async #letGo(): Promise<void> {
    const runner = this.#runner;
    const client = this.#client;
    this.#client = null;
    await runner?.close();
    await client?.close();
    // Given up requests tell that they were: as unknown.
    for (let look = 0; look < CLOSE_LOOKS_MAX && this.view.job.counts().in_flight > 0; look += 1)
      await new Promise((resolve) => setTimeout(resolve, CLOSE_LOOK_MS));
    await runner?.close();
  }

  async #dispatch(outgoing: Outgoing): Promise<Dispatched> {
    const { agentIds } = outgoing;
    const request = this.#requestOf.get(agentIds[0] ?? '') ?? 0;
    try {
      if (this.#client === null)
        throw new TransportError('E_CANCELLED', false, new Error('the console stops'));
      const answer = await sendOutgoing(this.#client, outgoing);
      this.#note(infoOf(request, agentIds, answer));
      return answer;
    } catch (error) {
      if (error instanceof Error) this.#note(infoOf(request, agentIds, error));
      throw error;
    }
  }

  #changed(): void {
    this.#options.changed();
    if (this.#runner === null || this.#finishing !== null || !this.view.isOver) return;
    this.#finishing = this.#finish();
  }

  /** The last line of a job that is over is its summary: the next start needs to read no more. */
  async #finish(): Promise<void> {
    const runner = this.#runner;
    await runner?.ended;
    this.#runner = null;
    await runner?.close();
    this.view.isWatched = false;
    await this.#client?.close();
    this.#client = null;
    this.#write(recordLine({ k: 'summary', summary: this.view.summary() }));
    this.#options.changed();
  }

  #note(record: OwnRecord): void {
    this.view.note(record);
    this.#write(recordLine(record));
  }

  /** Without waiting: what is lost with a kill here is told as less than it was, never as more. */
  #write(line: string): void {
    this.#options.journal.append(line).catch((error: unknown) => {
      // Expected: the disk is full; the runner's own lines tell of it.
      if (!(error instanceof OperatingError)) throw error;
    });
  }

  #disarm(): void {
    if (this.#armed !== null) clearTimeout(this.#armed);
    this.#armed = null;
    this.view.armedUntilMs = null;
  }
}

function infoOf(request: number, agentIds: readonly string[], answer: Dispatched | Error): RequestInfo {
  const { agents, reply } = dispatchOutcome(agentIds, answer);
  const bad = [...agents.values()].filter(({ state }) => state !== 'ok');
  const [first] = bad;
  const why = first === undefined ? '' : `${first.state} ${first.code} ${first.text}`;
  const result =
    first === undefined
      ? `accepted for ${agentIds.length}`
      : `${bad.length} of ${agentIds.length} not accepted: ${why}`;
  return {
    k: 'info',
    request,
    status: reply?.status ?? 0,
    requestId: reply?.requestId ?? '',
    result,
    reply: reply?.body.toString('utf8').slice(0, LIMITS.gseReplyShownCharactersMax) ?? '',
  };
}
