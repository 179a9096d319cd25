/**
 * The lines of a job's file. A request is written down before its first byte goes out and again when it is over, so that whatever a
 * killed console left behind can be told: never begun = not sent, begun and not over = unknown. No secret is ever in it.
 */
import * as v from 'valibot';
import { draft, JOB_PHASES, jobSummary, PROFILE_KINDS } from '../../../shared/contract/dispatch.ts';
import { DELIVERIES } from './job-rows.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const jobHead = v.strictObject({
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

/** Offset in the request, delivery, code, text. */
const exception = v.tuple([count, v.picklist(DELIVERIES), v.string(), v.string()]);
const verdict = v.tuple([v.picklist(DELIVERIES), v.string(), v.string()]);
const done = v.strictObject({
  k: v.literal('done'),
  r: count,
  at: v.number(),
  ms: v.number(),
  status: count,
  rid: v.string(),
  result: v.string(),
  reply: v.string(),
  /** For all targets of the request but the exceptions. */
  all: verdict,
  but: v.array(exception),
});
export type RequestDone = v.InferOutput<typeof done>;

const record = v.variant('k', [
  jobHead,
  v.strictObject({ k: v.literal('ids'), ids: v.array(v.string()) }),
  v.strictObject({
    k: v.literal('phase'),
    at: v.number(),
    phase: v.picklist(JOB_PHASES),
    reason: v.string(),
  }),
  v.strictObject({ k: v.literal('send'), r: count, at: v.number() }),
  done,
  v.strictObject({ k: v.literal('reply'), row: count, after: v.number(), seq: count }),
  v.strictObject({ k: v.literal('silent'), r: count }),
  v.strictObject({ k: v.literal('rest'), to: v.picklist(['not_sent', 'cancelled']) }),
  v.strictObject({ k: v.literal('summary'), summary: jobSummary }),
]);
export type JobRecord = v.InferOutput<typeof record>;

export function recordLine(found: JobRecord): string {
  return JSON.stringify(found);
}

/** Null for a line that is none: such a line is skipped, the rest of the file still counts. */
export function readRecord(line: string): JobRecord | null {
  try {
    const parsed = v.safeParse(record, JSON.parse(line));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
