/** GSE as the console has it: profiles, secrets, targets, templates, jobs, callback listeners, the lab. Answers the Dispatch view. */
import { randomBytes, randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../shared/clock.ts';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import type { TargetSet } from '../../../shared/contract/dispatch-targets.ts';
import type { Draft, Preview } from '../../../shared/contract/dispatch.ts';
import type { CallInput, CallOutput } from '../../../shared/contract/contract.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { SecretStore } from '../../store/secret-store.ts';
import { jsonString } from '../../protocols/gse/json-writer.ts';
import type { Log } from '../log.ts';
import { AgentStates } from './agent-states.ts';
import { Audit } from './audit.ts';
import { renderDraft } from './draft-text.ts';
import { specOf, type JobHead } from './job-records.ts';
import { planRequests } from '../gse-job-plan.ts';
import { Jobs } from './jobs.ts';
import {
  confirmOf,
  faultOf,
  multiFault,
  previewDraft,
  tooManyRequests,
  type PreviewParts,
} from './preview.ts';
import { Profiles } from './profiles.ts';
import { TargetLists, TargetSets } from './target-sets.ts';
import { Templates } from './templates.ts';

export interface GseOptions {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: SecretStore;
}

type Confirmation = CallInput<'dispatch.start'>['confirm'];
type Retry = CallInput<'jobs.retry'>;

const RANDOM_BYTES = 4;

export class Gse {
  readonly secrets: SecretStore;
  readonly profiles: Profiles;
  readonly sets = new TargetSets();
  readonly lists: TargetLists;
  readonly templates: Templates;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly agents: AgentStates;
  readonly #clock: Clock;

  private constructor(options: GseOptions, audit: Audit) {
    const { dataFolder, clock, log, secrets } = options;
    this.#clock = clock;
    this.secrets = secrets;
    this.audit = audit;
    this.profiles = new Profiles(dataFolder, secrets);
    this.lists = new TargetLists(dataFolder);
    this.templates = new Templates(dataFolder);
    this.agents = new AgentStates(clock, (profileId) => this.profiles.gatewayOptions(profileId));
    const openClient = this.profiles.openClient.bind(this.profiles);
    this.jobs = new Jobs({ folder: join(dataFolder, 'jobs'), clock, log, openClient });
  }

  /** A file that is damaged is told through `trouble` and never rewritten; the rest works. */
  static async open(options: GseOptions, trouble: (text: string) => void): Promise<Gse> {
    const { dataFolder: folder, clock } = options;
    const gse = new Gse(options, await Audit.open({ folder, clock, who: accountName() }));
    for (const load of [gse.profiles.load(), gse.lists.load(), gse.jobs.open()]) {
      try {
        await load;
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
        trouble(`${error.message}. ${error.fix ?? ''}`.trim());
      }
    }
    return gse;
  }

  preview(draft: Draft): Preview {
    return previewDraft(this.#parts(draft));
  }

  /** Fails with what `preview` names, and E_INPUT when a confirmation is missing. */
  async start({ draft, confirm, undoMs }: CallInput<'dispatch.start'>): Promise<JobSummary> {
    const set = draft.setId === null ? 'no targets' : `targets ${draft.setId}`;
    const detail = `${set} of ${draft.profileId}, slot ${draft.slotId}, message ${draft.messageId}`;
    return this.audit.refusals('job', detail, () => this.#start(draft, confirm, undoMs, null));
  }

  /** The rows once more, as a job of its own. Fails with E_INPUT when a message might be given twice and nobody said so. */
  async retry(input: Retry): Promise<JobSummary> {
    return this.audit.refusals('retry', `of ${input.jobId}`, () => this.#retry(input));
  }

  async #retry({ jobId, outcomes, rows, mayRepeat, confirm, undoMs }: Retry): Promise<JobSummary> {
    const view = await this.jobs.view(jobId);
    const numbers = rows ?? outcomes.flatMap((outcome) => view.numbersOf(outcome));
    const wanted = [...new Set(numbers)]
      .filter((row) => row < view.ids.length)
      .toSorted((left, right) => left - right);
    if (wanted.some((row) => ['waiting', 'in_flight'].includes(view.outcomeOf(row))))
      throw new OperatingError('E_UNSUPPORTED', 'some of these targets are still being sent to', {
        fix: 'Wait for the job, or cancel it.',
      });
    const mayHaveIt = wanted.filter(
      (row) => !['failed', 'not_sent', 'cancelled'].includes(view.outcomeOf(row)),
    );
    if (mayHaveIt.length > 0 && !mayRepeat)
      throw new OperatingError(
        'E_INPUT',
        `${mayHaveIt.length} of these targets may have the message already`,
        {
          fix: 'Say that it may be given twice.',
        },
      );
    const of = rows === null ? outcomes.join(', ') : 'selection';
    const set = this.sets.add(wanted.map((row) => view.ids[row] ?? ''));
    return this.#start({ ...view.head.draft, setId: set.setId, rolling: '' }, confirm, undoMs, {
      jobId,
      of,
    });
  }

  async draftOf(jobId: string): Promise<{ draft: Draft; set: TargetSet }> {
    const { head, ids } = await this.jobs.view(jobId);
    const set = this.sets.add(ids);
    return { draft: { ...head.draft, setId: set.setId }, set };
  }

  async idsOf({ jobId, outcome }: CallInput<'jobs.ids'>): Promise<CallOutput<'jobs.ids'>> {
    const view = await this.jobs.view(jobId);
    const ids = view.numbersOf(outcome).map((row) => view.ids[row] ?? '');
    return { ids, set: ids.length === 0 ? null : this.sets.add(ids) };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.jobs.close();
    await this.audit.close();
  }

  async #start(
    draft: Draft,
    confirm: Confirmation,
    undoMs: number,
    parent: JobHead['parent'],
  ): Promise<JobSummary> {
    const parts = this.#parts(draft);
    const { profile, ids } = parts;
    const rendered = renderDraft(draft, parts.sources);
    const fault = faultOf(parts) ?? multiFault(draft, rendered.content.length, ids.length);
    if (fault !== null) throw new OperatingError(fault.code, fault.message, { fix: fault.fix ?? '' });
    checkConfirmation(parts, confirm);
    const createdAtMs = this.#clock.wallMs();
    const head: JobHead = {
      k: 'head',
      version: 1,
      jobId: `job-${createdAtMs.toString(36).padStart(9, '0')}-${randomBytes(RANDOM_BYTES).toString('hex')}`,
      createdAtMs,
      draft,
      profileLabel: profile.label,
      profileKind: profile.kind,
      simulated: this.profiles.isSimulated(profile.id),
      messageId: rendered.messageId,
      content: rendered.content.toString('base64'),
      isPerAgent: rendered.isPerAgent,
      targets: ids.length,
      parent,
    };
    const origin = parent === null ? '' : `, ${parent.of} of ${parent.jobId}`;
    const requests = planRequests(specOf(head, ids)).length;
    if (requests > LIMITS.gseRequestsPerJobMax) throw tooManyRequests(requests);
    const place = `${ids.length} targets of ${profile.id}, slot ${draft.slotId}`;
    const detail = `${head.jobId} to ${place}, message ${rendered.messageId}${origin}${confirmedText(confirm)}`;
    await this.audit.note('job started', detail);
    return this.jobs.start(head, ids, undoMs, profile.requestsPerMinuteMax);
  }

  #parts(draft: Draft): PreviewParts {
    const profile = this.profiles.get(draft.profileId);
    const token = this.profiles.secret(profile.id, `slot:${draft.slotId}`);
    return {
      draft,
      profile,
      ids: draft.setId === null ? [] : this.sets.ids(draft.setId),
      tokenBytes: token === null ? null : Buffer.byteLength(jsonString(token.reveal())) - 2,
      usesAccessToken: this.profiles.secret(profile.id, 'access_token') !== null,
      sources: { nowMs: this.#clock.wallMs(), uuid: randomUUID },
    };
  }
}

function confirmedText({ targets, profileLabel }: Confirmation): string {
  const number = targets === null ? '' : `, confirmed ${targets} targets`;
  return profileLabel === '' ? number : `${number}, typed "${profileLabel}"`;
}

/** A container may run without an entry for its user. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    // SystemError: the number has no name.
    if (!(error instanceof Error)) throw error;
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Asked again here: a window that forgets to ask must not be enough. */
function checkConfirmation({ profile, ids }: PreviewParts, { targets, profileLabel }: Confirmation): void {
  const needed = confirmOf(profile, ids.length);
  if (needed === 'none') return;
  if (needed === 'name' && profileLabel !== profile.label)
    throw new OperatingError('E_INPUT', `${profile.label} is production`, {
      fix: `Type ${profile.label} to confirm.`,
    });
  const needsCount = ids.length > profile.confirmAboveTargets;
  if (needsCount && targets !== ids.length)
    throw new OperatingError(
      'E_INPUT',
      `${ids.length} targets are more than ${profile.confirmAboveTargets}`,
      {
        fix: 'Confirm the number.',
      },
    );
}
