/** The one event model of the console: what the feed lists, the store keeps, the filter language speaks about. */
import * as v from 'valibot';

export const SOURCES = ['mimo', 'gse', 'netipc', 'rdma', 'health', 'console'] as const;
export type Source = (typeof SOURCES)[number];

/** Ascending; the filter language compares them by this order. */
export const SEVERITIES = ['debug', 'info', 'warn', 'error', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * `event` a peer said something valid; `refused` a peer said something we did not accept (raw bytes kept);
 * `gap` events were lost or a source was down; `notice` the console speaks of itself (link up, retention, …).
 */
export const KINDS = ['event', 'refused', 'gap', 'notice'] as const;
export type Kind = (typeof KINDS)[number];

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** One line of the feed: small, without the body. */
export const eventRow = v.strictObject({
  /** Store sequence number, from 1, never reused: the identity of the event. */
  seq: count,
  /** Wall clock at receipt, milliseconds since 1970 UTC. */
  receivedAtMs: v.number(),
  source: v.picklist(SOURCES),
  kind: v.picklist(KINDS),
  severity: v.picklist(SEVERITIES),
  /** Event name of the sender, as sent; for refused rows the failure code. */
  type: text,
  /** Host the event speaks of, when it says so; else ''. */
  host: text,
  /** Id of the link it came over, such as `mimo-9988`. */
  link: text,
  /** Address of the peer, such as `127.0.0.1:40522`. */
  peer: text,
  /** Correlation id, when the protocol has one; else ''. */
  id: text,
  /** Sender's own time stamp in Unix seconds, or null. */
  sentAtS: v.nullable(v.number()),
  /** Size of the whole body. */
  bodyBytes: count,
  /** The first characters of the body on one line, at most LIMITS.previewCharactersMax. */
  preview: text,
  /** True when a lab peer sent it. */
  simulated: v.boolean(),
});
export type EventRow = v.InferOutput<typeof eventRow>;

/** A row with its bytes. */
export const eventDetail = v.strictObject({
  row: eventRow,
  /** The body exactly as received. */
  body: v.instance(Uint8Array),
  /** Request head as received (or raw bytes of a refused request that could not be parsed); may be empty. */
  head: v.instance(Uint8Array),
  bookmark: v.nullable(v.strictObject({ note: text, atMs: v.number() })),
});
export type EventDetail = v.InferOutput<typeof eventDetail>;
