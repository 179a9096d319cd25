/** Schemas of profiles and their secrets. Secrets go in and never come out: a profile only says which it has. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { count, i64Text, profileName, shortText } from './dispatch-values.ts';

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));

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
  id: profileName,
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
export const profileIdInput = v.strictObject({ profileId: profileName });
export const secretSetInput = v.strictObject({
  profileId: profileName,
  name: secretName,
  value: v.pipe(v.string(), v.minLength(1), v.maxLength(4_096)),
});
export const secretForgetInput = v.strictObject({ profileId: profileName, name: secretName });
/** Opens the file of secrets, or makes one when there is none: from then on secrets last. */
export const secretsUnlockInput = v.strictObject({
  passphrase: v.pipe(v.string(), v.minLength(8), v.maxLength(1_000)),
});

export const CHECK_STEPS = ['address', 'connect', 'tls', 'authorize', 'reply', 'slot', 'callback'] as const;
export const profileTestInput = v.strictObject({ profileId: profileName, slotId: v.nullable(i64Text) });
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
