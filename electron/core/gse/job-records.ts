/**
 * The lines of a job's file: what it is (head, targets), what the job itself writes down (gse-job-records.ts, `t`), and what is kept
 * beside it for the operator (`k`). No secret is ever in it.
 */
import * as v from 'valibot';
import { jobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import { PROFILE_KINDS } from '../../../shared/contract/dispatch-profiles.ts';
import { draft } from '../../../shared/contract/dispatch.ts';
import { jsonValueOf } from '../../../shared/json-text.ts';
import type { JobSpec } from '../gse-job-plan.ts';
import { jobRecord, type JobRecord } from '../gse-job-records.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const jobHead = v.strictObject({
  k: v.literal('head'),
  version: v.literal(1),
  jobId: v.string(),
  createdAtMs: v.number(),
  draft,
  profileLabel: v.string(),
  profileKind: v.picklist(PROFILE_KINDS),
  simulated: v.boolean(),
  /** As sent; with {{agent_id}} in it when it differs from target to target. */
  messageId: v.string(),
  /** Expanded except for {{agent_id}}; base64 of the bytes. */
  content: v.string(),
  isPerAgent: v.boolean(),
  targets: count,
  parent: v.nullable(v.strictObject({ jobId: v.string(), of: v.string() })),
});
export type JobHead = v.InferOutput<typeof jobHead>;

const requestInfo = v.strictObject({
  k: v.literal('info'),
  request: count,
  status: count,
  requestId: v.string(),
  result: v.string(),
  reply: v.string(),
});
export type RequestInfo = v.InferOutput<typeof requestInfo>;

const ownRecord = v.variant('k', [
  jobHead,
  v.strictObject({ k: v.literal('ids'), ids: v.array(v.string()) }),
  requestInfo,
  /** An uplink of a row: where it is in the feed. */
  v.strictObject({ k: v.literal('seen'), row: count, seq: count }),
  /** As `seen`, but of an uplink that does not count as a reply. */
  v.strictObject({ k: v.literal('other'), row: count, seq: count }),
  v.strictObject({ k: v.literal('undone') }),
  v.strictObject({ k: v.literal('summary'), summary: jobSummary }),
]);
export type OwnRecord = v.InferOutput<typeof ownRecord>;
const anyRecord = v.union([ownRecord, jobRecord]);
export type FileRecord = v.InferOutput<typeof anyRecord>;

export function recordLine(found: OwnRecord): string {
  return JSON.stringify(found);
}

/** Null for a line that is none: such a line is skipped, the rest of the file still counts. */
export function readRecord(line: string): FileRecord | null {
  const parsed = v.safeParse(anyRecord, jsonValueOf(line));
  return parsed.success ? parsed.output : null;
}

/** Empty lines are none. */
export function readRecords(lines: readonly string[]): FileRecord[] {
  return lines.flatMap((line) => {
    const record = line === '' ? null : readRecord(line);
    return record === null ? [] : [record];
  });
}

/** Of the job itself. */
export function isJobRecord(record: FileRecord): record is JobRecord {
  return 't' in record;
}

/** What runs: everything is expanded but {{agent_id}}. */
export function specOf(
  head: Pick<JobHead, 'jobId' | 'createdAtMs' | 'draft' | 'messageId' | 'content' | 'isPerAgent' | 'parent'>,
  targets: readonly string[],
): JobSpec {
  const { draft: wish, isPerAgent, content } = head;
  const text = Buffer.from(content, 'base64').toString('utf8');
  const needsText = isPerAgent && text.includes('{{agent_id}}');
  return {
    id: head.jobId,
    parentId: head.parent?.jobId ?? null,
    createdAtMs: head.createdAtMs,
    profile: wish.profileId,
    targets,
    messageId: head.messageId,
    content: needsText ? { text } : { base64: content },
    variables: {},
    rolling: wish.rolling,
    multi: wish.multi,
    requestTargetsMax: wish.batchSize,
    concurrency: wish.concurrency,
    delayMs: wish.delayMs,
    onFailure: wish.onFailure,
    replyTimeoutMs: wish.replyTimeoutMs === 0 ? null : wish.replyTimeoutMs,
  };
}
