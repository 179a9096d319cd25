/** Schemas of targets: what is pasted, sets of this run, saved lists. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { count, setId, shortText } from './dispatch-values.ts';

export const targetsParseInput = v.strictObject({
  text: v.pipe(v.string(), v.maxLength(LIMITS.gseTargetTextCharactersMax)),
  /** Adds to this set instead of beginning a new one; the old one stays as it is. */
  into: v.nullable(setId),
  /** Ids left out: of a set, and of a text. */
  excludeSet: v.nullable(setId),
  excludeText: v.pipe(v.string(), v.maxLength(LIMITS.gseTargetTextCharactersMax)),
});
export const targetSet = v.strictObject({
  setId,
  count,
  /** Ids of GSE 2.0, and legacy `<cloud id>:<IPv4>`. */
  agentForm: count,
  legacyForm: count,
  /** The first LIMITS.gseTargetsShownMax. */
  head: v.array(v.string()),
  duplicates: count,
  excluded: count,
  invalidCount: count,
  /** The first LIMITS.gseTargetsShownMax; line from 1. */
  invalid: v.array(v.strictObject({ line: count, text: v.string(), reason: v.string() })),
});
export type TargetSet = v.InferOutput<typeof targetSet>;
export const targetsPageInput = v.strictObject({
  setId,
  from: count,
  rowsMax: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.gseTargetsMax)),
});
export const targetsPageOutput = v.strictObject({ ids: v.array(v.string()), total: count });
/** A random part of a set, as a new set. */
export const targetsCanaryInput = v.strictObject({
  setId,
  count: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
/** Agents that sent uplinks since then, most first, at most LIMITS.pageRowsMax. */
export const targetsSendersInput = v.strictObject({ sinceMs: v.nullable(v.number()) });
export const targetsSendersOutput = v.strictObject({
  senders: v.array(v.strictObject({ agentId: v.string(), messages: count })),
});
const tags = v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(50))), v.maxLength(20));
export const targetLists = v.strictObject({
  lists: v.array(v.strictObject({ name: shortText, tags, count, changedAtMs: v.number() })),
});
export const targetListWriteInput = v.strictObject({
  name: v.pipe(shortText, v.minLength(1)),
  tags,
  setId,
});
export const targetListInput = v.strictObject({ name: shortText });
