/**
 * Schemas of "Act as plugin": connections to the sockets of an agent, what comes over them, uplinks and data reports
 * (docs/protocols/gse.md sections 5 to 9).
 */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { LINK_STATES } from './app.ts';
import { CONTENT_MODES } from './dispatch-templates.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
/** A path of a unix socket, or the digits of a TCP port of 127.0.0.1 as agents on Windows have it; '' = none. */
const place = v.pipe(v.string(), v.maxLength(4_096));
const longText = v.pipe(v.string(), v.maxLength(LIMITS.gseDraftCharactersMax));

/** What the time field of a report holds; the original sends milliseconds modulo 2^32. */
export const TIME_UNITS = ['milliseconds', 'seconds'] as const;
export const ANSWER_MODES = ['off', 'echo', 'text'] as const;
/** One remembered connection. At least one of the two places is given. */
export const plugin = v.strictObject({
  id,
  pluginName: name,
  pluginVersion: name,
  /** Its read-only lock holds here too; '' = none. */
  profileId: v.pipe(v.string(), v.maxLength(60)),
  messageAt: place,
  reportAt: place,
  keepaliveMs: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(LIMITS.gsePluginKeepaliveMsMin),
    v.maxValue(LIMITS.gsePluginKeepaliveMsMax),
  ),
  /** Life cycle as the original SDK has it: docs/protocols/gse.md section 7. */
  sdkExact: v.boolean(),
  /** What is sent back by itself under the id of every downlink. */
  answer: v.strictObject({
    mode: v.picklist(ANSWER_MODES),
    text: v.pipe(v.string(), v.maxLength(LIMITS.gsePluginAnswerCharactersMax)),
  }),
});
export type Plugin = v.InferOutput<typeof plugin>;

/** In the order they are gone through; the first answer of the agent is the last one. */
export const PLUGIN_STEPS = ['path', 'permission', 'connect', 'answer'] as const;
export type PluginStep = (typeof PLUGIN_STEPS)[number];
export const pluginSocket = v.strictObject({
  kind: v.picklist(['message', 'report']),
  address: v.string(),
  /** Of the link in the strip, which is there once it was opened. */
  linkId: v.string(),
  state: v.picklist(LINK_STATES),
  /** The step it stands at; null when all are done, or nothing is wanted. */
  step: v.nullable(v.picklist(PLUGIN_STEPS)),
  reason: v.string(),
  fix: v.string(),
  sinceMs: v.number(),
  dials: count,
  connections: count,
  /** While the back-off waits. */
  nextDialAtMs: v.nullable(v.number()),
  framesIn: count,
  framesOut: count,
  bytesIn: count,
  bytesOut: count,
  /** Frames that were skipped and connections that were dropped, by why. */
  refused: v.array(v.strictObject({ code: v.string(), count })),
  lastAnswerAtMs: v.nullable(v.number()),
});
export type PluginSocketView = v.InferOutput<typeof pluginSocket>;

export const agentFacts = v.strictObject({
  agentId: v.string(),
  version: v.string(),
  /** 64-bit numbers of the wire, as decimal text. */
  cloudId: v.string(),
  runMode: v.string(),
  statusCode: v.string(),
  status: v.string(),
  receivedAtMs: v.number(),
  /** The connection is gone or the agent is silent: it may have changed since. */
  stale: v.boolean(),
});
export const reportRun = v.strictObject({
  dataId: count,
  bytes: count,
  perSecond: count,
  /** 0 = until it is stopped. */
  total: count,
  startedAtMs: v.number(),
  endedAtMs: v.nullable(v.number()),
  sent: count,
  failed: count,
  /** Due and not tried: the agent did not take those before, or this process stood still. */
  held: count,
  lastFailure: v.string(),
});
export type ReportRunView = v.InferOutput<typeof reportRun>;
export const pluginView = v.strictObject({
  plugin,
  /** It is connected, or trying to. */
  wanted: v.boolean(),
  simulated: v.boolean(),
  /** Why nothing may be sent; '' = it may. */
  locked: v.string(),
  sockets: v.array(pluginSocket),
  /** As the message socket said; null before its first answer. */
  agent: v.nullable(agentFacts),
  /** Lines of `plugin.rows` from the oldest to the newest; 0 = none yet. */
  rows: v.strictObject({ oldest: count, newest: count }),
  uplinks: v.strictObject({ sent: count, notSent: count, unknown: count }),
  /** The last one of this run. */
  report: v.nullable(reportRun),
});
export type PluginView = v.InferOutput<typeof pluginView>;
export const pluginsItem = v.strictObject({ plugins: v.array(pluginView) });

export const pluginWriteInput = v.strictObject({ plugin });
export const pluginIdInput = v.strictObject({ pluginId: id });
export const pluginActInput = v.strictObject({
  pluginId: id,
  action: v.picklist(['connect', 'disconnect', 'keepalive', 'report_stop']),
});
export const pluginPlacesOutput = v.strictObject({
  places: v.array(
    v.strictObject({
      /** `lab` belongs to the lab and is simulated; `usual` is where agents usually have it. */
      kind: v.picklist(['lab', 'usual']),
      messageAt: v.string(),
      reportAt: v.string(),
      /** A name that fits; '' = the operator's own. */
      pluginName: v.string(),
      /** Of the lab's agents; '' = not known before the connection. */
      agentId: v.string(),
      /** Something is there now. */
      present: v.boolean(),
      /** Of the lab's: its own plugin of that name answers messages; null = not known. */
      answers: v.nullable(v.boolean()),
    }),
  ),
});
export type PluginPlace = v.InferOutput<typeof pluginPlacesOutput>['places'][number];

/** `received` a message · `skipped` bytes that are none · `sent` · `not_sent` not a byte went out · `unknown` how much arrived. */
export const TRAFFIC_STATES = ['received', 'skipped', 'sent', 'not_sent', 'unknown'] as const;
export const trafficRow = v.strictObject({
  /** From 1, in order, for this connection and run. */
  n: count,
  atMs: v.number(),
  state: v.picklist(TRAFFIC_STATES),
  socket: v.picklist(['message', 'report']),
  /** At most LIMITS.gsePluginMessageIdCharactersMax. */
  messageId: v.string(),
  isIdCut: v.boolean(),
  /** Of the content; of skipped ones what is known of the frame. */
  bytes: count,
  /** The first characters of the content on one line. */
  preview: v.string(),
  /** Why; '' when all is well. */
  detail: v.string(),
  /** Sent by itself. */
  auto: v.boolean(),
  /** Where its bytes are in the feed; null when the store could not take it. */
  seq: v.nullable(count),
});
export type TrafficRow = v.InferOutput<typeof trafficRow>;
export const pluginRowsInput = v.strictObject({
  pluginId: id,
  /** Only newer ones. */
  after: count,
  rowsMax: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.gsePluginTrafficRowsMax)),
});
/** The newest of them, in order. */
export const pluginRowsOutput = v.strictObject({ rows: v.array(trafficRow) });

export const pluginContent = v.strictObject({ mode: v.picklist(CONTENT_MODES), text: longText });
const messageId = v.pipe(v.string(), v.maxLength(LIMITS.gsePluginMessageIdCharactersMax));
const dataId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xff_ff_ff_ff));
export const pluginPreviewInput = v.variant('kind', [
  v.strictObject({ kind: v.literal('uplink'), pluginId: id, messageId, content: pluginContent }),
  v.strictObject({
    kind: v.literal('report'),
    pluginId: id,
    dataId,
    timeUnit: v.picklist(TIME_UNITS),
    content: pluginContent,
  }),
]);
export type PluginPreviewInput = v.InferOutput<typeof pluginPreviewInput>;
/** Answers everything that can be typed; what is wrong stands in `fault`. */
export const pluginPreviewOutput = v.strictObject({
  /** The first LIMITS.gsePluginPreviewBytesMax of the frame. Sequence or time are those of now; the rest is exact. */
  bytes: v.instance(Uint8Array),
  totalBytes: count,
  contentBytes: count,
  utf8: v.boolean(),
  warnings: v.array(v.string()),
  fault: v.nullable(v.strictObject({ code: v.string(), message: v.string(), fix: v.string() })),
  cli: v.string(),
});
export type PluginPreview = v.InferOutput<typeof pluginPreviewOutput>;
export const pluginSendInput = v.strictObject({ pluginId: id, messageId, content: pluginContent });
export const pluginSendOutput = v.strictObject({
  outcome: v.picklist(['sent', 'not_sent', 'unknown']),
  /** What the system said; '' when it was sent. */
  reason: v.string(),
  /** Of the frame. */
  bytes: count,
});
export const pluginReportInput = v.strictObject({
  pluginId: id,
  dataId,
  timeUnit: v.picklist(TIME_UNITS),
  content: pluginContent,
  perSecond: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.gsePluginReportsPerSecondMax)),
  /** 0 = until it is stopped. */
  total: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000_000)),
});
