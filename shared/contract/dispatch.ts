/**
 * Schemas of the Dispatch view: profiles and their secrets, targets, templates, the draft of a message and its preview, jobs and
 * their rows. Secrets go in and never come out: a profile only says which it has.
 */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const shortText = v.pipe(v.string(), v.maxLength(200));
const longText = v.pipe(v.string(), v.maxLength(LIMITS.gseDraftCharactersMax));
/** Signed 64-bit numbers of the wire travel as decimal text: they would not survive a double. */
const i64Text = v.pipe(v.string(), v.regex(/^-?\d{1,19}$/));
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/));
const from = count;
const rowsMax = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.pageRowsMax));
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));

// ---- profiles and secrets

export const PROFILE_KINDS = ['lab', 'staging', 'production'] as const;
export const gseSlot = v.strictObject({
  slotId: i64Text,
  /** For the operator; may be ''. */
  label: shortText,
  /** The plugin the slot is registered for; for display and the lab. */
  pluginName: shortText,
});
/** Where the GSE server posts uplinks to. */
export const gseCallback = v.strictObject({
  enabled: v.boolean(),
  /** `127.0.0.1` unless other machines must reach it. */
  host: v.pipe(v.string(), v.maxLength(255)),
  /** 0 = any free one. */
  port,
  /** '' = one nobody can guess is made on the first start. The path is the only credential the protocol has. */
  path: v.pipe(v.string(), v.maxLength(500), v.regex(/^$|^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/)),
  /** Names under which other machines reach it; needed when `host` is not this machine alone. */
  hostNames: v.pipe(v.array(shortText), v.maxLength(16)),
  /** Addresses that may post; empty = all. */
  allowedPeers: v.pipe(v.array(shortText), v.maxLength(64)),
  alwaysOk: v.boolean(),
});
export const gseProfile = v.strictObject({
  id: name,
  label: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  kind: v.picklist(PROFILE_KINDS),
  baseUrl: v.pipe(v.string(), v.maxLength(2_000)),
  /** '' = none. */
  tenantId: shortText,
  appCode: shortText,
  timeoutMs: v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(600_000)),
  /** Certificate authorities instead of the system's, PEM; '' = the system's. TLS is always verified. */
  caPem: v.pipe(v.string(), v.maxLength(100_000)),
  /** Everything on the wire as the original SDK does it. */
  sdkExact: v.boolean(),
  slots: v.pipe(v.array(gseSlot), v.minLength(1), v.maxLength(100)),
  callback: gseCallback,
  // safety
  readOnly: v.boolean(),
  /** Above so many targets a start must carry the count as its confirmation. */
  confirmAboveTargets: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.gseTargetsMax)),
  /** Requests a minute of all jobs of this profile together; 0 = no limit. */
  requestsPerMinuteMax: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000)),
});
export type GseProfile = v.InferOutput<typeof gseProfile>;

/** `app_secret`, `access_token` (instead of code and secret), or `slot:<slot id>` for the token of a slot. */
export const secretName = v.pipe(v.string(), v.regex(/^(?:app_secret|access_token|slot:-?\d{1,19})$/));
export const SECRET_PLACES = ['keychain', 'passphrase', 'session'] as const;
export const secretStoreState = v.strictObject({
  /** Where secrets are kept: the system's keychain, a file under a passphrase, or this run's memory only. */
  place: v.picklist(SECRET_PLACES),
  /** True: there is a file under a passphrase and it has not been opened in this run. */
  locked: v.boolean(),
  /** Why here, one sentence. */
  reason: v.string(),
  fix: v.string(),
});
export type SecretStoreState = v.InferOutput<typeof secretStoreState>;
export const profileView = v.strictObject({
  profile: gseProfile,
  /** Names of the secrets it has. */
  secrets: v.array(v.string()),
  /** Belongs to the lab: exists while the lab runs, cannot be changed, everything behind it is simulated. */
  simulated: v.boolean(),
  /** What to register at the GSE server; null while nothing listens. */
  callbackUrl: v.nullable(v.string()),
  /** Targets for a first try: the lab's agents, of which the last one never answers; [] for real profiles. */
  suggestedTargets: v.array(v.string()),
});
export type ProfileView = v.InferOutput<typeof profileView>;
export const profilesOutput = v.strictObject({
  profiles: v.array(profileView),
  secretStore: secretStoreState,
});
export const profileWriteInput = v.strictObject({ profile: gseProfile });
export const profileIdInput = v.strictObject({ profileId: name });
export const secretSetInput = v.strictObject({
  profileId: name,
  name: secretName,
  value: v.pipe(v.string(), v.minLength(1), v.maxLength(4_096)),
});
export const secretForgetInput = v.strictObject({ profileId: name, name: secretName });
/** Opens the file of secrets, or makes one when there is none: from then on secrets last. */
export const secretsUnlockInput = v.strictObject({
  passphrase: v.pipe(v.string(), v.minLength(8), v.maxLength(1_000)),
});

export const CHECK_STEPS = ['address', 'connect', 'tls', 'authorize', 'reply', 'slot', 'callback'] as const;
export const profileTestInput = v.strictObject({ profileId: name, slotId: v.nullable(i64Text) });
export const peerReply = v.strictObject({
  status: count,
  headers: v.array(v.strictObject({ name: v.string(), value: v.string() })),
  /** At most LIMITS.gseReplyKeptBytesMax. */
  body: v.instance(Uint8Array),
  requestId: v.string(),
});
export const profileTestOutput = v.strictObject({
  steps: v.array(
    v.strictObject({
      step: v.picklist(CHECK_STEPS),
      state: v.picklist(['ok', 'failed', 'skipped']),
      detail: v.string(),
      fix: v.string(),
    }),
  ),
  /** What the peer said, whole; null when it said nothing. */
  reply: v.nullable(peerReply),
  elapsedMs: v.number(),
});
export type ProfileTest = v.InferOutput<typeof profileTestOutput>;

// ---- targets

/** A set lives in the core for this run (the newest LIMITS.gseTargetSetsMax); its id is passed around instead of 50 000 ids. */
const setId = v.pipe(v.string(), v.regex(/^set-[0-9a-f]{32}$/));
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
  from,
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

// ---- templates: plain files below <data folder>/templates, see shared/dispatch/template-file.ts

/** `folder/sub/name.sbt`: names only, never up, never absolute. */
export const templatePath = v.pipe(
  v.string(),
  v.maxLength(300),
  v.regex(
    /^(?:[A-Za-z0-9\u0080-\uffff][A-Za-z0-9\u0080-\uffff ._-]{0,79}\/){0,4}[A-Za-z0-9\u0080-\uffff][A-Za-z0-9\u0080-\uffff ._-]{0,79}\.sbt$/,
  ),
);
export const CONTENT_MODES = ['text', 'json', 'hex', 'base64'] as const;
/** What to do with content that is not UTF-8: a JSON string cannot carry it. */
export const NOT_UTF8_WAYS = ['refuse', 'base64', 'hex'] as const;
export const VARIABLE_TYPES = ['text', 'number', 'boolean'] as const;
const variableName = v.pipe(v.string(), v.regex(/^(?!(?:now|uuid|agent_id)$)[A-Za-z_][A-Za-z0-9_]{0,59}$/));
export const draftVariable = v.strictObject({
  name: variableName,
  type: v.picklist(VARIABLE_TYPES),
  value: v.pipe(v.string(), v.maxLength(10_000)),
});
export const draftContent = v.strictObject({
  mode: v.picklist(CONTENT_MODES),
  text: longText,
  notUtf8: v.picklist(NOT_UTF8_WAYS),
});
export const template = v.strictObject({
  title: shortText,
  /** '' = the operator chooses. */
  slotId: v.pipe(v.string(), v.regex(/^$|^-?\d{1,19}$/)),
  messageId: shortText,
  content: draftContent,
  variables: v.pipe(v.array(draftVariable), v.maxLength(50)),
});
export type Template = v.InferOutput<typeof template>;
export const templatesOutput = v.strictObject({
  templates: v.array(
    v.strictObject({
      path: v.string(),
      /** '' when the file cannot be read; `fault` says why. */
      title: v.string(),
      bytes: count,
      changedAtMs: v.number(),
      fault: v.string(),
    }),
  ),
});
export const templatePathInput = v.strictObject({ path: templatePath });
export const templateOutput = v.strictObject({ path: v.string(), template, text: v.string() });
export const templateWriteInput = v.strictObject({ path: templatePath, template });
export const templatesExportOutput = v.strictObject({
  fileName: v.string(),
  bytes: v.instance(Uint8Array),
  count,
});
/** A bundle of `templates.export`. Titles inside become file names below `folder`; no path inside is used, nothing is overwritten. */
export const templatesImportInput = v.strictObject({
  bytes: v.instance(Uint8Array),
  /** '' = the top. */
  folder: v.pipe(
    v.string(),
    v.maxLength(200),
    v.regex(/^$|^(?:[A-Za-z0-9\u0080-\uffff][A-Za-z0-9\u0080-\uffff _-]{0,79}\/?){1,4}$/),
  ),
});

// ---- the draft and its preview

export const ON_FAILURE = ['stop', 'ask', 'continue'] as const;
export const draft = v.strictObject({
  profileId: name,
  slotId: i64Text,
  setId: v.nullable(setId),
  /** With variables; expanded once for the job unless it names {{agent_id}}. */
  messageId: v.pipe(v.string(), v.maxLength(1_000)),
  content: draftContent,
  variables: v.pipe(v.array(draftVariable), v.maxLength(50)),
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
export const jobIdInput = v.strictObject({ jobId: v.pipe(v.string(), v.regex(/^job-[0-9a-z-]{1,60}$/)) });
const jobId = jobIdInput.entries.jobId;

// ---- jobs

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
  from,
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
});
export type JobRow = v.InferOutput<typeof jobRow>;
export const jobRowsOutput = v.strictObject({ rows: v.array(jobRow), total: count });
/** All ids of a group, for the clipboard and as a set for the next draft. */
export const jobIdsInput = v.strictObject({ jobId, outcome: v.nullable(v.picklist(OUTCOMES)) });
export const jobIdsOutput = v.strictObject({ ids: v.array(v.string()), set: v.nullable(targetSet) });
export const jobRequestsInput = v.strictObject({ jobId, from, rowsMax });
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
export const auditOutput = v.strictObject({
  /** Newest first. */
  lines: v.array(v.strictObject({ atMs: v.number(), action: v.string(), detail: v.string() })),
});
