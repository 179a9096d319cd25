/** All jobs: those of this run, and those whose files lie in the data folder. Finds the row an uplink belongs to. */
import type { Clock } from '../../../shared/clock.ts';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import type { CallInput } from '../../../shared/contract/contract.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { AppendFile } from '../../store/append-file.ts';
import type { DispatchClient } from '../../protocols/gse/dispatch-client.ts';
import type { Log } from '../log.ts';
import { textForAgent } from './draft-text.ts';
import { Job, type Answer } from './job.ts';
import { recordLine, type JobHead } from './job-records.ts';
import { JobView } from './job-view.ts';
import { JobsFolder } from './jobs-folder.ts';
import { originalMessageId } from './reply-match.ts';
import { RateLimit } from './rate-limit.ts';

export interface JobsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Fails with OperatingError when the profile or a secret is gone. */
  readonly openClient: (profileId: string, slotId: string, experimental: boolean) => DispatchClient;
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
  /** Jobs by the message id of all their targets, and by that of one. */
  readonly #byMessageId = new Map<string, Set<string>>();
  readonly #jobByMessageId = new Map<string, string>();
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
    const held = [...this.#held.values()].map(({ job }) => job.view.summary());
    return [...held, ...this.#summaries.values()]
      .toSorted((left, right) => right.createdAtMs - left.createdAtMs || (left.jobId < right.jobId ? 1 : -1))
      .slice(0, LIMITS.gseJobsListedMax);
  }

  /** Fails with E_NOT_FOUND. */
  summary(jobId: string): JobSummary {
    const found = this.#held.get(jobId)?.job.view.summary() ?? this.#summaries.get(jobId);
    if (found === undefined) throw notFound(jobId);
    return found;
  }

  /** Fails with E_NOT_FOUND. */
  async view(jobId: string): Promise<JobView> {
    return (await this.#load(jobId)).job.view;
  }

  /** Written down before it is armed. Fails as JobsFolder.create does, and with E_INPUT for a job that cannot be run. */
  async start(
    head: JobHead,
    ids: readonly string[],
    undoMs: number,
    requestsPerMinuteMax: number,
  ): Promise<JobSummary> {
    if (this.#isClosed) throw new OperatingError('E_CANCELLED', 'the console stops');
    const view = new JobView(head, ids);
    const file = await this.#files.create(head, ids);
    const held = this.#hold(view, file, this.#rateOf(head.draft.profileId, requestsPerMinuteMax));
    held.job.arm(undoMs);
    await this.#evict();
    return view.summary();
  }

  async act(jobId: string, action: JobAction): Promise<JobSummary> {
    const { job } = await this.#load(jobId);
    const { actions, phase } = job.view.summary();
    if (!actions.includes(action))
      throw new OperatingError('E_UNSUPPORTED', `the job is ${phase}; ${action} does nothing for it now`);
    if (action === 'send_now') job.sendNow();
    else if (action === 'undo') await job.undo();
    else if (action === 'pause') job.pause();
    else if (action === 'cancel') job.cancel();
    else job.resume();
    return job.view.summary();
  }

  /**
   * The rows an uplink answers, already counted; none for an uplink of no job. An envelope that names the message it acknowledges
   * answers that one, too.
   */
  async match(uplink: Answer, seq: number): Promise<MatchedReply[]> {
    const { messageId, content } = uplink;
    const original = originalMessageId(content);
    const ids = original === null || original === messageId ? [messageId] : [messageId, original];
    const matched: MatchedReply[] = [];
    for (const id of ids) matched.push(...(await this.#matchId({ ...uplink, messageId: id }, seq)));
    return matched;
  }

  async #matchId(answer: Answer, seq: number): Promise<MatchedReply[]> {
    const { agentId, messageId } = answer;
    const own = this.#jobByMessageId.get(messageId);
    const jobIds = [...(own === undefined ? [] : [own]), ...(this.#byMessageId.get(messageId) ?? [])];
    const matched: MatchedReply[] = [];
    for (const jobId of jobIds) {
      const { job } = await this.#load(jobId);
      const row = job.view.rowOf(agentId, messageId);
      if (row !== null) matched.push({ jobId, row, isDuplicate: job.reply(row, answer, seq) });
    }
    return matched;
  }

  /** Ends what runs, each job with what is known of it. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#loading.values());
    const held = [...this.#held.values()];
    await Promise.all(held.map(({ job, file }) => closeJob(job, file)));
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
    const { view, isClean } = found;
    const file = await this.#files.open(jobId);
    if (!isClean) await file.append(recordLine({ k: 'summary', summary: view.summary() }));
    this.#summaries.delete(jobId);
    return this.#hold(view, file, new RateLimit(this.#options.clock, 0));
  }

  #hold(view: JobView, file: AppendFile, rate: RateLimit): Held {
    const { clock, openClient } = this.#options;
    const { jobId, draft, isPerAgent, messageId } = view.head;
    const job = new Job({
      view,
      journal: file,
      clock,
      rate,
      openClient: () => openClient(draft.profileId, draft.slotId, draft.multi),
      changed: () => this.#changed(jobId),
    });
    const held: Held = { job, file };
    this.#held.set(jobId, held);
    if (isPerAgent && messageId.includes('{{agent_id}}')) {
      for (const id of view.ids) this.#jobByMessageId.set(textForAgent(messageId, id), jobId);
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
      if (!job.view.isOver) continue;
      const summary = job.view.summary();
      this.#held.delete(jobId);
      this.#summaries.set(jobId, summary);
      await closeJob(job, file);
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

async function closeJob(job: Job, file: AppendFile): Promise<void> {
  await job.close();
  try {
    await file.append(recordLine({ k: 'summary', summary: job.view.summary() }));
  } catch (error) {
    // The disk is full: the next start reads the whole file instead.
    if (!(error instanceof OperatingError)) throw error;
  }
  await file.close();
}

function notFound(jobId: string): OperatingError {
  return new OperatingError('E_NOT_FOUND', `there is no job ${jobId}`);
}
