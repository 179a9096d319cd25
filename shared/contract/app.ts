/** Schemas of the frame: who we are, links, settings, lab, diagnostics. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { SOURCES } from '../model/event.ts';
import { filterText } from './feed.ts';
import { netipcService } from './snapshots.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const nothing = v.strictObject({});

export const helloOutput = v.strictObject({
  version: v.string(),
  host: v.picklist(['desktop', 'serve']),
  /** Why this host runs, one sentence. */
  hostReason: v.string(),
  platform: v.string(),
  profile: v.strictObject({ name: v.string(), production: v.boolean(), readOnly: v.boolean() }),
  dataFolder: v.string(),
  startedAtMs: v.number(),
  /** The start named the MIMO ports, for this run only: those of the settings count from the next start without. */
  portsAreGiven: v.boolean(),
  /** A tool or part that is missing, with what it costs and how to get it. */
  missing: v.array(v.strictObject({ what: v.string(), why: v.string(), fix: v.string() })),
});
export type Hello = v.InferOutput<typeof helloOutput>;

/** `off` not wanted · `opening` · `up` · `degraded` works with a fault · `down` should work and does not · `failed` needs the operator. */
export const LINK_STATES = ['off', 'opening', 'up', 'degraded', 'down', 'failed'] as const;
export const linkAction = v.picklist(['retry', 'open', 'close', 'use_port']);
export const linkState = v.strictObject({
  /** Stable, such as `mimo-9988`. */
  id: v.string(),
  source: v.picklist(SOURCES),
  label: v.string(),
  address: v.string(),
  state: v.picklist(LINK_STATES),
  /** Why it is in this state, one sentence; what and why of a failure. */
  reason: v.string(),
  /** What the operator can do now; '' when nothing is needed. */
  fix: v.string(),
  actions: v.array(linkAction),
  /** Free port to offer with `use_port`, or null. */
  portOffer: v.nullable(v.number()),
  sinceMs: v.number(),
  /** Messages in the last full second, and the last 60 seconds, oldest first. */
  ratePerSecond: v.number(),
  sparkline: v.array(v.number()),
  messages: count,
  lastMessageAtMs: v.nullable(v.number()),
  simulated: v.boolean(),
  /** Newest first, at most 20. */
  history: v.array(v.strictObject({ atMs: v.number(), state: v.picklist(LINK_STATES), reason: v.string() })),
});
export type LinkState = v.InferOutput<typeof linkState>;
export const linksItem = v.strictObject({ links: v.array(linkState) });
export const linkActInput = v.strictObject({
  linkId: v.pipe(v.string(), v.maxLength(100)),
  action: linkAction,
  port: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
});

export const LANGUAGES = ['en', 'zh-CN'] as const;
export const THEMES = ['system', 'dark', 'light', 'high-contrast'] as const;
export const DENSITIES = ['compact', 'normal', 'comfortable'] as const;
export const COLOUR_NAMES = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'grey'] as const;
/** The non-colour half of a colour rule, so that no state is told by colour alone. */
export const RULE_MARKS = ['▲', '●', '■', '◆', '★', '✚', '!', '?'] as const;

const shortText = v.pipe(v.string(), v.maxLength(100));
/** All of the settings file. A newer, unknown version is refused, never rewritten. */
export const settings = v.strictObject({
  version: v.literal(1),
  language: v.picklist(LANGUAGES),
  theme: v.picklist(THEMES),
  density: v.picklist(DENSITIES),
  zoomPercent: v.pipe(v.number(), v.integer(), v.minValue(80), v.maxValue(200)),
  timeZone: v.picklist(['local', 'utc']),
  mimoPorts: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))), v.maxLength(8)),
  retentionDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3_650)),
  retentionBytes: v.pipe(v.number(), v.integer(), v.minValue(16 * 1024 * 1024)),
  savedFilters: v.pipe(v.array(v.strictObject({ name: shortText, filter: filterText })), v.maxLength(200)),
  colourRules: v.pipe(
    v.array(
      v.strictObject({
        name: shortText,
        filter: filterText,
        colour: v.picklist(COLOUR_NAMES),
        mark: v.picklist(RULE_MARKS),
        on: v.boolean(),
      }),
    ),
    v.maxLength(50),
  ),
  /** netipc services to watch beside this host's own; absent in files of earlier builds. */
  netipcServices: v.optional(v.pipe(v.array(netipcService), v.maxLength(32)), []),
});
export type Settings = v.InferOutput<typeof settings>;
export const SETTINGS_DEFAULT: Settings = {
  version: 1,
  language: 'en',
  theme: 'system',
  density: 'normal',
  zoomPercent: 100,
  timeZone: 'local',
  mimoPorts: [9988],
  retentionDays: LIMITS.storeRetentionDaysDefault,
  retentionBytes: LIMITS.storeRetentionBytesDefault,
  savedFilters: [],
  colourRules: [],
  netipcServices: [],
};
export const settingsPatch = v.partial(v.omit(settings, ['version']));
export type SettingsPatch = v.InferOutput<typeof settingsPatch>;

export const labState = v.strictObject({
  running: v.boolean(),
  /** `c` the emitter linked to libnotify; `typescript` the built-in sender because no compiler or library was there. */
  emitter: v.picklist(['c', 'typescript', 'none']),
  emitterReason: v.string(),
  ratePerSecond: v.number(),
  bursts: v.boolean(),
  sent: count,
  failed: count,
});
export type LabState = v.InferOutput<typeof labState>;
export const labSetInput = v.strictObject({
  running: v.boolean(),
  ratePerSecond: v.pipe(v.number(), v.minValue(0), v.maxValue(50_000)),
  /** Error bursts: every ~20 s a few seconds of error events. */
  bursts: v.boolean(),
});

export const CHECK_STATES = ['ok', 'warn', 'fail'] as const;
export const doctorOutput = v.strictObject({
  checks: v.array(
    v.strictObject({ name: v.string(), state: v.picklist(CHECK_STATES), detail: v.string(), fix: v.string() }),
  ),
  limits: v.record(v.string(), v.number()),
});
export type Doctor = v.InferOutput<typeof doctorOutput>;

/** What the renderer tells of its own trouble: an uncaught error or a CSP violation. */
export const reportInput = v.strictObject({
  kind: v.picklist(['error', 'csp']),
  message: v.pipe(v.string(), v.maxLength(LIMITS.logFieldBytesMax)),
});
