/** Schemas of a dispatch before it is a job: the draft, its preview, the start; and what was done, in the audit file. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { draftContent, draftVariable } from './dispatch-templates.ts';
import { count, i64Text, profileName, setId, shortText } from './dispatch-values.ts';

/** Any uplink of the agent under the message id · one whose content holds the text · `member.path=value` in a JSON content. */
export const REPLY_MATCHES = ['any', 'contains', 'member'] as const;
export const replyMatch = v.pipe(
  v.strictObject({ kind: v.picklist(REPLY_MATCHES), text: v.pipe(v.string(), v.maxLength(200)) }),
  v.check(
    ({ kind, text }) => kind === 'any' || (kind === 'contains' ? text !== '' : /^[^=]+=/.test(text)),
    'a reply is told by a text, or by member=value',
  ),
);
export const ON_FAILURE = ['stop', 'ask', 'continue'] as const;
export const draft = v.strictObject({
  profileId: profileName,
  slotId: i64Text,
  setId: v.nullable(setId),
  /** With variables; expanded once for the job unless it names {{agent_id}}. */
  messageId: v.pipe(v.string(), v.maxLength(1_000)),
  content: draftContent,
  variables: v.pipe(v.array(draftVariable), v.maxLength(50)),
  /** Experimental: contents that differ by {{agent_id}} go out many in a request. Absent in jobs of older versions. */
  multi: v.optional(v.boolean(), false),
  /** Targets a request. */
  batchSize: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.gseBatchTargetsMax)),
  /** Steps that wait for the one before: `n`, `n%`, `+n`, `*n`, several in a row; '' = everything in one step. */
  rolling: v.pipe(v.string(), v.maxLength(500)),
  concurrency: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.gseConcurrencyMax)),
  /** Between one step and the next. */
  delayMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_600_000)),
  onFailure: v.picklist(ON_FAILURE),
  /** An accepted target without a reply after so long is silent; 0 = no reply is expected. */
  replyTimeoutMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400_000)),
  /** Which uplinks count; absent in jobs of older versions. */
  replyMatch: v.optional(replyMatch, { kind: 'any', text: '' }),
});
export type Draft = v.InferOutput<typeof draft>;

/** Answers every draft, also one that cannot be sent: `fault` then says why, and what can be shown is shown. */
export const previewOutput = v.strictObject({
  /** The body of the first request, the token masked: every other byte is exact. */
  body: v.instance(Uint8Array),
  /** Of the body as it would really go out; null while the token is not known. */
  bodyBytes: v.nullable(count),
  /** The content as the plugin would get it. */
  contentBytes: count,
  /** False: bytes would be lost on the way; see `notUtf8`. */
  utf8: v.boolean(),
  messageId: v.string(),
  url: v.string(),
  /** Secrets are named by variables of the shell, never written out. */
  curl: v.string(),
  cli: v.string(),
  targets: count,
  requests: count,
  /** Sizes of the rolling steps, the first 100. */
  steps: v.array(count),
  warnings: v.array(v.string()),
  fault: v.nullable(v.strictObject({ code: v.string(), message: v.string(), fix: v.string() })),
  /** `count`: start must carry the number of targets; `name`: and the label of the profile. */
  confirm: v.picklist(['none', 'count', 'name']),
});
export type Preview = v.InferOutput<typeof previewOutput>;

export const confirmation = v.strictObject({
  /** The number of targets the operator saw; null = not asked. */
  targets: v.nullable(count),
  /** The label of the profile as typed; '' = not asked. */
  profileLabel: shortText,
});
export const dispatchStartInput = v.strictObject({
  draft,
  confirm: confirmation,
  /** How long it can be undone before the first byte is sent. */
  undoMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000)),
});

/** One thing somebody did, or was refused. */
export const auditLine = v.strictObject({
  atMs: v.number(),
  /** The account the console runs under; '' in lines of older versions. */
  who: v.optional(v.string(), ''),
  action: v.string(),
  detail: v.string(),
});
export type AuditLine = v.InferOutput<typeof auditLine>;
const auditText = v.pipe(v.string(), v.maxLength(200));
export const auditInput = v.strictObject({
  /** Words that must all be there; '' = all lines. */
  text: auditText,
  linesMax: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.pageRowsMax)),
});
export const auditOutput = v.strictObject({
  /** Newest first. */
  lines: v.array(auditLine),
  /** How many match among the newest LIMITS.gseAuditLinesMax. */
  total: count,
  /** The file all of it is in. */
  path: v.string(),
});
export const auditExportInput = v.strictObject({ text: auditText });
