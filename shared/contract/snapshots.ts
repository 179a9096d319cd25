/** Schemas of the Cache view: netipc services, kept generations of their snapshots, rows, look-ups, differences, bytes. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { EXPORT_FORMATS, filterText } from './feed.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const u32 = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff));
/** 64-bit numbers of the wire travel as decimal text: they would not survive a double. */
const u64Text = v.string();
const hex = v.pipe(v.string(), v.maxLength(8_192), v.regex(/^(?:[0-9a-f]{2})*$/));
const serviceId = v.pipe(v.string(), v.maxLength(200));
/** Number of a kept generation (they count the versions this console saw, from 1); null = the newest. */
const generationNumber = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1)));
const rowsMax = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.pageRowsMax));

/**
 * `addon_missing` SEQPACKET sockets are not available here · `opening` first try under way · `ready` the last refresh worked ·
 * `absent` nobody serves this name (yet) · `lost` it was served and is not any more, the last generation is kept ·
 * `auth_failed` the token is wrong · `incompatible` another protocol version or no common transport ·
 * `failed` connected, but the last refresh broke (the reason says how).
 */
export const SERVICE_STATES = [
  'addon_missing',
  'opening',
  'ready',
  'absent',
  'lost',
  'auth_failed',
  'incompatible',
  'failed',
] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/** The head of one kept generation. `added`, `removed`, `changed` compare it with the one before it; the first counts all as added. */
export const generationHead = v.strictObject({
  number: count,
  /** The provider's own number; may repeat or fall. */
  generation: u64Text,
  items: count,
  systemdEnabled: u32,
  /** Wall clock of the last refresh that gave it: the same bytes again are the same generation. */
  takenAtMs: v.number(),
  payloadBytes: count,
  /** Call, decoding and indexing together. */
  refreshMs: v.number(),
  added: count,
  removed: count,
  changed: count,
});
export type GenerationHead = v.InferOutput<typeof generationHead>;

export const snapshotService = v.strictObject({
  /** Also the id of its link. */
  id: serviceId,
  label: v.string(),
  runFolder: v.string(),
  service: v.string(),
  simulated: v.boolean(),
  state: v.picklist(SERVICE_STATES),
  /** Why it is in this state, one sentence; '' when ready. */
  reason: v.string(),
  /** What the operator can do now; '' when nothing is needed. */
  fix: v.string(),
  /** Of the session that is open now. */
  transport: v.nullable(v.picklist(['socket', 'shared-memory'])),
  paused: v.boolean(),
  refreshing: v.boolean(),
  intervalMs: count,
  /** Newest generation; stays through every failure. Null before the first success. */
  current: v.nullable(generationHead),
  /** Age of the newest generation when this item was made. */
  ageMs: v.nullable(v.number()),
  /** Wall clock of the next try; null when paused or nothing can be tried. */
  nextRefreshAtMs: v.nullable(v.number()),
  refreshes: count,
  failures: count,
  failuresInRow: count,
  /** Error of the last failed refresh, kept after a success; '' when there was none. */
  lastError: v.string(),
  lastErrorAtMs: v.nullable(v.number()),
  /** Oldest first; the last one is `current`. */
  generations: v.array(generationHead),
});
export type SnapshotService = v.InferOutput<typeof snapshotService>;
export const snapshotServicesItem = v.strictObject({ atMs: v.number(), services: v.array(snapshotService) });

/** One cgroup of a generation. Names and paths are bytes on the wire: `nameHex` keeps them when they are no UTF-8, else ''. */
export const snapshotRow = v.strictObject({
  /** Position in the generation: selects its bytes in `snapshots.raw`. */
  index: count,
  /** `hash:name bytes in hex`: the identity of the row over generations. */
  key: v.string(),
  hash: u32,
  options: u32,
  enabled: u32,
  name: v.string(),
  nameHex: v.string(),
  path: v.string(),
  pathHex: v.string(),
  /** Generation number since which it is there without a gap, and since which nothing of it changed; may be forgotten already. */
  presentSince: count,
  unchangedSince: count,
  /** Oldest kept generation first: 0 absent, 1 there and disabled, 2 there and enabled. Empty when not asked for. */
  history: v.array(v.picklist([0, 1, 2])),
});
export type SnapshotRow = v.InferOutput<typeof snapshotRow>;

export const SNAPSHOT_SORTS = ['order', 'name', 'path', 'hash', 'options', 'enabled', 'since'] as const;
/**
 * `filter` is the filter language of the feed (docs/FILTER.md) over rows: bare text looks into name and path, `type:` is the
 * name, `id:` the path, and `body.` reaches name, path, hash, options, enabled, since, such as `body.enabled=0`.
 */
export const snapshotPageInput = v.strictObject({
  serviceId,
  generationNumber,
  filter: filterText,
  sort: v.picklist(SNAPSHOT_SORTS),
  descending: v.boolean(),
  offset: count,
  rowsMax,
  /** How many kept generations the rows' history covers; 0 = none. */
  historyMax: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.netipcGenerationsKept)),
});
export const snapshotPageOutput = v.strictObject({
  head: generationHead,
  rows: v.array(snapshotRow),
  /** Rows that match, and rows in the generation. */
  matched: count,
  total: count,
  elapsedMs: v.number(),
});
export type SnapshotPage = v.InferOutput<typeof snapshotPageOutput>;

/** `nameHex` wins over `name` when it is not null: names that are no UTF-8. `hash` null: that of the first row with the name. */
export const snapshotLookupInput = v.strictObject({
  serviceId,
  generationNumber,
  hash: v.nullable(u32),
  name: v.pipe(v.string(), v.maxLength(4_096)),
  nameHex: v.nullable(hex),
});
export const snapshotLookupOutput = v.strictObject({
  /** Null = miss. */
  row: v.nullable(snapshotRow),
  /** One look-up, median of many of the same. */
  lookupNs: v.number(),
  generation: count,
});

export const snapshotDiffInput = v.strictObject({
  serviceId,
  from: generationNumber,
  to: generationNumber,
  filter: filterText,
  /** False: rows that stayed the same are listed too. */
  changesOnly: v.boolean(),
  offset: count,
  rowsMax,
});
export const snapshotDiffRow = v.strictObject({
  kind: v.picklist(['added', 'removed', 'changed', 'same']),
  before: v.nullable(snapshotRow),
  after: v.nullable(snapshotRow),
});
export type SnapshotDiffRow = v.InferOutput<typeof snapshotDiffRow>;
export const snapshotDiffOutput = v.strictObject({
  from: generationHead,
  to: generationHead,
  added: count,
  removed: count,
  changed: count,
  same: count,
  /** Ordered by path. */
  rows: v.array(snapshotDiffRow),
  matched: count,
  elapsedMs: v.number(),
});
export type SnapshotDiff = v.InferOutput<typeof snapshotDiffOutput>;

/** The answer as it came. With `index`, the fields of that item; else those of the header. */
export const snapshotRawInput = v.strictObject({
  serviceId,
  generationNumber,
  index: v.nullable(count),
});
export const wireField = v.strictObject({
  /** Name in docs/protocols/netipc.md section 7.3. */
  name: v.string(),
  /** [start, end) in `payload`. */
  start: count,
  end: count,
  value: v.string(),
});
export const snapshotRawOutput = v.strictObject({
  payload: v.instance(Uint8Array),
  fields: v.array(wireField),
});
export type SnapshotRaw = v.InferOutput<typeof snapshotRawOutput>;

/** `reconnect` closes the client and begins anew: the way out of `auth_failed` and `incompatible`, which the protocol never leaves by itself. */
export const snapshotActInput = v.strictObject({
  serviceId,
  action: v.picklist(['refresh', 'pause', 'resume', 'interval', 'reconnect']),
  /** For `interval`. */
  intervalMs: v.nullable(
    v.pipe(v.number(), v.integer(), v.minValue(LIMITS.netipcRefreshMsMin), v.maxValue(3_600_000)),
  ),
});

const label = v.strictObject({ key: v.string(), value: v.string() });
/** Asks the `cgroups-lookup` service beside this one. Fails E_PEER_GONE, E_AUTH, E_DEADLINE, E_PROTOCOL, E_NATIVE_MISSING. */
export const snapshotCgroupsInput = v.strictObject({
  serviceId,
  paths: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(4_096))), v.maxLength(8_192)),
});
export const snapshotCgroupsOutput = v.strictObject({
  generation: u64Text,
  items: v.array(
    v.strictObject({
      path: v.string(),
      status: v.picklist(['known', 'retry_later', 'unknown', 'oversized', 'other']),
      /** Word of section 7.4, or the number. */
      orchestrator: v.string(),
      name: v.string(),
      labels: v.array(label),
    }),
  ),
  elapsedMs: v.number(),
});
/** Asks the `apps-lookup` service beside this one. */
export const snapshotAppsInput = v.strictObject({
  serviceId,
  pids: v.pipe(v.array(u32), v.maxLength(8_192)),
});
export const snapshotAppsOutput = v.strictObject({
  generation: u64Text,
  items: v.array(
    v.strictObject({
      pid: u32,
      status: v.picklist(['known', 'unknown', 'oversized', 'other']),
      ppid: u32,
      /** Null = not known. */
      uid: v.nullable(u32),
      startTime: u64Text,
      comm: v.string(),
      cgroupStatus: v.picklist(['known', 'retry_later', 'unknown', 'host_root', 'other']),
      cgroupPath: v.string(),
      cgroupName: v.string(),
      orchestrator: v.string(),
      labels: v.array(label),
    }),
  ),
  elapsedMs: v.number(),
});

/** Writes the matching rows of a generation below `<data folder>/exports`, as `export.run` does for events. */
export const snapshotExportInput = v.strictObject({
  serviceId,
  generationNumber,
  filter: filterText,
  format: v.picklist(EXPORT_FORMATS),
});
export const snapshotExportOutput = v.strictObject({
  path: v.string(),
  downloadPath: v.nullable(v.string()),
  rowsWritten: count,
  bytesWritten: count,
});

/** A netipc service the operator wants watched; part of the settings. */
export const netipcService = v.strictObject({
  runFolder: v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.unixPathBytesMax)),
  service: v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/)),
  intervalMs: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(LIMITS.netipcRefreshMsMin), v.maxValue(3_600_000)),
    LIMITS.netipcRefreshMsDefault,
  ),
  /** A file that holds the token as a decimal number and nothing else: the token itself is a secret and stays out of the settings. '' = token 0. */
  tokenFile: v.optional(v.pipe(v.string(), v.maxLength(1_000)), ''),
});
export type NetipcService = v.InferOutput<typeof netipcService>;
