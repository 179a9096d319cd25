/** Schemas of jobs and their rows. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { confirmation, dispatchStartInput, draft } from './dispatch.ts';
import { agentState } from './dispatch-agents.ts';
import { PROFILE_KINDS } from './dispatch-profiles.ts';
import { targetSet } from './dispatch-targets.ts';
import { count, rowsMax } from './dispatch-values.ts';

export const jobIdInput = v.strictObject({ jobId: v.pipe(v.string(), v.regex(/^job-[0-9a-z-]{1,60}$/)) });
const jobId = jobIdInput.entries.jobId;
/**
 * `armed` can still be undone · `running` · `paused` by the operator · `asking` a failure waits for an answer · `replies` all is sent,
 * replies are awaited · `done` · `cancelled` the rest was cancelled · `stopped` by a failure · `undone` nothing was sent ·
 * `interrupted` the console went away in between.
 */
export const JOB_PHASES = [
  'armed',
  'running',
  'paused',
  'asking',
  'replies',
  'done',
  'cancelled',
  'stopped',
  'undone',
  'interrupted',
] as const;
export type JobPhase = (typeof JOB_PHASES)[number];
/**
 * `waiting` not its turn yet · `in_flight` · `ok` accepted · `replied` · `silent` accepted, no reply in time · `failed` certainly not
 * taken · `unknown` nobody can say: never success, never repeated unasked · `not_sent` not a byte left · `cancelled` by the operator.
 */
export const OUTCOMES = [
  'waiting',
  'in_flight',
  'ok',
  'replied',
  'silent',
  'failed',
  'unknown',
  'not_sent',
  'cancelled',
] as const;
export type Outcome = (typeof OUTCOMES)[number];
const outcomeCounts = v.strictObject({
  waiting: count,
  in_flight: count,
  ok: count,
  replied: count,
  silent: count,
  failed: count,
  unknown: count,
  not_sent: count,
  cancelled: count,
});
export type OutcomeCounts = v.InferOutput<typeof outcomeCounts>;
export const JOB_ACTIONS = ['send_now', 'undo', 'pause', 'resume', 'continue', 'cancel'] as const;
export const jobSummary = v.strictObject({
  jobId: v.string(),
  phase: v.picklist(JOB_PHASES),
  /** Why it is in this phase, one sentence; '' when the phase says it all. */
  reason: v.string(),
  /** What can be done now. */
  actions: v.array(v.picklist(JOB_ACTIONS)),
  profileId: v.string(),
  profileLabel: v.string(),
  profileKind: v.picklist(PROFILE_KINDS),
  simulated: v.boolean(),
  slotId: v.string(),
  messageId: v.string(),
  createdAtMs: v.number(),
  /** When the first byte will go out, while armed. */
  armedUntilMs: v.nullable(v.number()),
  endedAtMs: v.nullable(v.number()),
  /** How long replies are still awaited; null when none are. */
  repliesUntilMs: v.nullable(v.number()),
  targets: count,
  counts: outcomeCounts,
  requestsDone: count,
  requestsTotal: count,
  duplicateReplies: count,
  /** What it repeats a part of; null for a job of its own. */
  parent: v.nullable(v.strictObject({ jobId: v.string(), of: v.string() })),
});
export type JobSummary = v.InferOutput<typeof jobSummary>;
/** Newest first, at most LIMITS.gseJobsListedMax. */
export const jobsListItem = v.strictObject({ jobs: v.array(jobSummary) });
export const jobActInput = v.strictObject({ jobId, action: v.picklist(JOB_ACTIONS) });
export const jobRetryInput = v.strictObject({
  jobId,
  /** Outcomes to repeat; ignored when rows are given. */
  outcomes: v.pipe(
    v.array(v.picklist(['failed', 'unknown', 'silent', 'not_sent', 'cancelled'])),
    v.maxLength(5),
  ),
  /** Row numbers, or null. */
  rows: v.nullable(v.pipe(v.array(count), v.maxLength(LIMITS.gseTargetsMax))),
  /** The operator knows that a target of outcome unknown, ok, silent or replied may get the message twice. */
  mayRepeat: v.boolean(),
  confirm: confirmation,
  undoMs: dispatchStartInput.entries.undoMs,
});
export const jobRowsInput = v.strictObject({
  jobId,
  /** Null = all, in the order of the targets. */
  outcome: v.nullable(v.picklist(OUTCOMES)),
  from: count,
  rowsMax,
});
export const jobRow = v.strictObject({
  /** Number of the target in the job, from 0. */
  row: count,
  agentId: v.string(),
  outcome: v.picklist(OUTCOMES),
  /** The server's or gateway's code, or ours; '' when there is none. */
  code: v.string(),
  text: v.string(),
  /** Number of its request, from 0. */
  request: count,
  /** After acceptance was asked for; null when none came. */
  repliedAfterMs: v.nullable(v.number()),
  replies: count,
  /** Sequence number of the first reply in the feed. */
  replySeq: v.nullable(count),
  /** Of the newest uplink under the message id that did not count as a reply; null when there is none. */
  otherSeq: v.nullable(count),
  /** What the server said of the agent when it was last asked; null when it was not. */
  agent: v.nullable(agentState),
});
export type JobRow = v.InferOutput<typeof jobRow>;
export const jobRowsOutput = v.strictObject({ rows: v.array(jobRow), total: count });
/** All ids of a group, for the clipboard and as a set for the next draft. */
export const jobIdsInput = v.strictObject({ jobId, outcome: v.nullable(v.picklist(OUTCOMES)) });
export const jobIdsOutput = v.strictObject({ ids: v.array(v.string()), set: v.nullable(targetSet) });
export const jobRequestsInput = v.strictObject({ jobId, from: count, rowsMax });
export const jobRequestsOutput = v.strictObject({
  requests: v.array(
    v.strictObject({
      request: count,
      targets: count,
      /** Rolling step, from 0. */
      step: count,
      sentAtMs: v.nullable(v.number()),
      elapsedMs: v.nullable(v.number()),
      /** One sentence; '' while it is waiting or under way. */
      result: v.string(),
      /** HTTP status, 0 when nothing came. */
      status: count,
      requestId: v.string(),
      /** The first LIMITS.gseReplyShownCharactersMax characters of the answer. */
      reply: v.string(),
    }),
  ),
  total: count,
});
/** The draft a job was made of, to begin the next one with. Its set is made anew. */
export const jobDraftOutput = v.strictObject({ draft, set: targetSet });
