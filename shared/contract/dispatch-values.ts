/** Values that several schemas of the Dispatch view share. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';

export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const shortText = v.pipe(v.string(), v.maxLength(200));
/** Signed 64-bit numbers of the wire travel as decimal text: they would not survive a double. */
export const i64Text = v.pipe(v.string(), v.regex(/^-?\d{1,19}$/));
/** Of a profile; also the name of its files. */
export const profileName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/));
export const rowsMax = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.pageRowsMax));
/** A file the core wrote because the operator asked for it. */
export const writtenFile = v.strictObject({
  path: v.string(),
  /** Where a browser can fetch it, once; null where the operator reaches the file itself. */
  downloadPath: v.nullable(v.string()),
  bytesWritten: count,
  /** Templates or lines in it. */
  count,
});
export type WrittenFile = v.InferOutput<typeof writtenFile>;
/** A set lives in the core for this run (the newest LIMITS.gseTargetSetsMax); its id is passed around instead of 50 000 ids. */
export const setId = v.pipe(v.string(), v.regex(/^set-[0-9a-f]{32}$/));
