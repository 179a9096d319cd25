/** All jobs: those of this run, and those whose files lie in the data folder. Finds the row an uplink belongs to. */
import type { Clock } from '../../../shared/clock.ts';
import type { JobSummary } from '../../../shared/contract/dispatch.ts';
import type { CallInput } from '../../../shared/contract/contract.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { AppendFile } from '../../store/append-file.ts';
import type { DispatchClient } from '../../protocols/gse/dispatch-client.ts';
import type { Log } from '../log.ts';
import { textForAgent } from './draft-text.ts';
import { Job } from './job.ts';
import { recordLine, type JobHead, type JobRecord } from './job-records.ts';
import type { JobState } from './job-state.ts';
import { JobsFolder } from './jobs-folder.ts';
import { RateLimit } from './rate-limit.ts';

export interface JobsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Fails with OperatingError when the profile or a secret is gone. */
  readonly openClient: (profileId: string, slotId: string) => DispatchClient;
}

interface Held {
  readonly job: Job;
  readonly file: AppendFile;
}

export interface MatchedReply {
  readonly jobId: string;
  readonly row: number;
  /** The same agent has answered this message before. */
  readonly isDuplicate: boolean;
}

type JobAction = CallInput<'jobs.act'>['action'];

export class Jobs {
  readonly #options: JobsOptions;
  readonly #files: JobsFolder;
  readonly #held = new Map<string, Held>();
  readonly #loading = new Map<string, Promise<Held>>();
  /** Of jobs that are not held. */
  readonly #summaries = new Map<string, JobSummary>();
  /** Jobs by the message id of all, and rows by the message id of one. */
  readonly #byMessageId = new Map<string, Set<string>>();
  readonly #rowByMessageId = new Map<string, { readonly jobId: string; readonly row: number }>();
  readonly #rates = new Map<string, { readonly perMinute: number; readonly limit: RateLimit }>();
  readonly #listeners = new Set<(jobId: string) => void>();
  #isClosed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#files = new JobsFolder(options.folder);
  }

  /** Reads what is there; jobs an earlier console was killed in become interrupted ones. */
  async open(): Promise<void> {
    const { log } = this.#options;
    for (const jobId of (await this.#files.list()).slice(0, LIMITS.gseJobsListedMax)) {
      try {
        const summary = await this.#files.readSummary(jobId);
        if (summary === null) await this.#load(jobId);
        else {
          this.#summaries.set(jobId, summary);
          this.#indexMessage(summary.messageId, jobId);
        }
      } catch (error) {
        // One file that cannot be read must not hide the others.
        if (!(error instanceof OperatingError)) throw error;
        log.warn('job_not_read', { jobId, reason: error.message });
      }
    }
    await this.#evict();
  }

  onChange(listener: (jobId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Newest first. */
  list(): JobSummary[] {
    const held = [...this.#held.values()].map(({ job }) => job.state.summary());
    return [...held, ...this.#summaries.values()]
      .toSorted((left, right) => right.createdAtMs - left.createdAtMs || (left.jobId < right.jobId ? 1 : -1))
      .slice(0, LIMITS.gseJobsListedMax);
  }

  /** Fails with E_NOT_FOUND. */
  summary(jobId: string): JobSummary {
    const found = this.#held.get(jobId)?.job.state.summary() ?? this.#summaries.get(jobId);
    if (found === undefined) throw notFound(jobId);
    return found;
  }

  /** Fails with E_NOT_FOUND. */
  async state(jobId: string): Promise<JobState> {
    return (await this.#load(jobId)).job.state;
  }

  /** Written down before it is armed. Fails as JobsFolder.create does. */
  async start(
    head: JobHead,
    ids: readonly string[],
    undoMs: number,
    requestsPerMinuteMax: number,
    stateOf: (head: JobHead, ids: readonly string[]) => JobState,
  ): Promise<JobSummary> {
    if (this.#isClosed) throw new OperatingError('E_CANCELLED', 'the console stops');
    const state = stateOf(head, ids);
    const file = await this.#files.create(head, ids);
    const held = this.#hold(state, file, this.#rateOf(head.draft.profileId, requestsPerMinuteMax));
    held.job.arm(undoMs);
    await this.#evict();
    return state.summary();
  }

  async act(jobId: string, action: JobAction): Promise<JobSummary> {
    const { job } = await this.#load(jobId);
    const { actions, phase } = job.state.summary();
    if (!actions.includes(action))
      throw new OperatingError('E_UNSUPPORTED', `the job is ${phase}; ${action} does nothing for it now`);
    if (action === 'send_now') job.sendNow();
    else if (action === 'undo') await job.undo();
    else if (action === 'pause') await job.pause();
    else if (action === 'cancel') await job.cancel();
    else await job.resume();
    return job.state.summary();
  }

  /** The rows an uplink answers, already counted; none for an uplink of no job. */
  async match(
    messageId: string,
    agentId: string,
    receivedAtMs: number,
    seq: number,
  ): Promise<MatchedReply[]> {
    const own = this.#rowByMessageId.get(messageId);
    if (own !== undefined) {
      const held = await this.#load(own.jobId);
      return held.job.state.rows.ids[own.row] === agentId
        ? [reply(held.job, own.row, receivedAtMs, seq)]
        : [];
    }
    const matched: MatchedReply[] = [];
    for (const jobId of this.#byMessageId.get(messageId) ?? []) {
      const { job } = await this.#load(jobId);
      const row = job.state.rows.rowOf(agentId);
      if (row !== null && job.state.rows.deliveryOf(row) !== 'waiting')
        matched.push(reply(job, row, receivedAtMs, seq));
    }
    return matched;
  }

  /** Ends what runs, each job with what is known of it. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#loading.values());
    const held = [...this.#held.values()];
    await Promise.all(held.map(({ job }) => job.close()));
    await Promise.all(held.map(({ file }) => file.close()));
    this.#listeners.clear();
  }

  async #load(jobId: string): Promise<Held> {
    const held = this.#held.get(jobId);
    if (held !== undefined) {
      // Used last, let go last.
      this.#held.delete(jobId);
      this.#held.set(jobId, held);
      return held;
    }
    let loading = this.#loading.get(jobId);
    if (loading === undefined) {
      loading = this.#read(jobId).finally(() => this.#loading.delete(jobId));
      this.#loading.set(jobId, loading);
    }
    return loading;
  }

  async #read(jobId: string): Promise<Held> {
    const found = await this.#files.read(jobId);
    if (found === null) throw notFound(jobId);
    const { state, isClean } = found;
    const file = await this.#files.open(jobId);
    if (!isClean) await this.#interrupt(state, file);
    this.#summaries.delete(jobId);
    return this.#hold(state, file, new RateLimit(this.#options.clock, 0));
  }

  /** What the killed console was doing: begun and not over = unknown, never begun = not sent. */
  async #interrupt(state: JobState, file: AppendFile): Promise<void> {
    const at = this.#options.clock.wallMs();
    const records: JobRecord[] = [];
    const note = (record: JobRecord): void => {
      state.apply(record);
      records.push(record);
    };
    const text = 'the console went away before the answer came';
    for (let r = 0; r < state.requests; r += 1) {
      if (!state.isOpen(r)) continue;
      note({
        k: 'done',
        r,
        at,
        ms: 0,
        status: 0,
        rid: '',
        result: text,
        reply: '',
        all: ['unknown', 'E_PEER_GONE', text],
        but: [],
      });
    }
    const wasSending = !state.isEnded && state.phase !== 'replies';
    if (wasSending) {
      note({ k: 'rest', to: 'not_sent' });
      note({ k: 'phase', at, phase: 'interrupted', reason: 'the console went away while the job ran' });
    } else if (!state.isEnded) {
      note({
        k: 'phase',
        at,
        phase: 'done',
        reason: 'replies were not awaited to the end: the console went away',
      });
    }
    records.push({ k: 'summary', summary: state.summary() });
    await file.append(...records.map(recordLine));
  }

  #hold(state: JobState, file: AppendFile, rate: RateLimit): Held {
    const { clock, openClient } = this.#options;
    const { jobId, draft, isPerAgent, messageId } = state.head;
    const job = new Job({
      state,
      journal: file,
      clock,
      rate,
      openClient: () => openClient(draft.profileId, draft.slotId),
      changed: () => this.#changed(jobId),
    });
    const held: Held = { job, file };
    this.#held.set(jobId, held);
    if (isPerAgent && messageId.includes('{{agent_id}}')) {
      for (const [row, id] of state.rows.ids.entries())
        this.#rowByMessageId.set(textForAgent(messageId, id), { jobId, row });
    } else this.#indexMessage(messageId, jobId);
    this.#changed(jobId);
    return held;
  }

  #indexMessage(messageId: string, jobId: string): void {
    const jobs = this.#byMessageId.get(messageId);
    if (jobs === undefined) this.#byMessageId.set(messageId, new Set([jobId]));
    else jobs.add(jobId);
  }

  /** Jobs that are over and were not looked at lately go back to their files. */
  async #evict(): Promise<void> {
    for (const [jobId, { job, file }] of this.#held) {
      if (this.#held.size <= LIMITS.gseJobsInMemoryMax) return;
      if (!job.state.isEnded || job.state.summary().counts.in_flight > 0) continue;
      const summary = job.state.summary();
      this.#held.delete(jobId);
      this.#summaries.set(jobId, summary);
      await job.close();
      await file.append(recordLine({ k: 'summary', summary }));
      await file.close();
    }
  }

  /** One limit for all jobs of a profile. */
  #rateOf(profileId: string, perMinute: number): RateLimit {
    const known = this.#rates.get(profileId);
    if (known?.perMinute === perMinute) return known.limit;
    const limit = new RateLimit(this.#options.clock, perMinute);
    this.#rates.set(profileId, { perMinute, limit });
    return limit;
  }

  #changed(jobId: string): void {
    for (const listener of this.#listeners) listener(jobId);
  }
}

function reply(job: Job, row: number, receivedAtMs: number, seq: number): MatchedReply {
  const isDuplicate = job.state.rows.row(row).replies > 0;
  job.reply(row, receivedAtMs, seq);
  return { jobId: job.state.head.jobId, row, isDuplicate };
}

function notFound(jobId: string): OperatingError {
  return new OperatingError('E_NOT_FOUND', `there is no job ${jobId}`);
}
