/** The changes of a job, as they are written down: gse-job-journal.ts. Pure. */
import * as v from 'valibot';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.string();

const settledRow = v.strictObject({
  row: count,
  state: v.picklist(['failed', 'unknown', 'not_sent']),
  code: text,
  text,
});
/** A target of a settled request that is not ok. */
export type SettledRow = v.InferOutput<typeof settledRow>;

/** One line of a journal behind its first. */
export const jobRecord = v.variant('t', [
  v.strictObject({ t: v.literal('sent'), request: count, messageId: text, atMs: v.number() }),
  v.strictObject({ t: v.literal('settled'), request: count, atMs: v.number(), rows: v.array(settledRow) }),
  v.strictObject({ t: v.literal('reply'), row: count, afterMs: v.number() }),
  v.strictObject({ t: v.literal('silent'), rows: v.array(count) }),
  v.strictObject({ t: v.literal('rest'), state: v.picklist(['cancelled', 'not_sent']) }),
  v.strictObject({ t: v.literal('end'), atMs: v.number() }),
]);
/** One change of a job. */
export type JobRecord = v.InferOutput<typeof jobRecord>;
