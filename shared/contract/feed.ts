/** Schemas of the feed: pages, details, live rows, histogram, facets, bookmarks, export. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { SOURCES, eventDetail, eventRow } from '../model/event.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Filter text; '' matches everything. Parsed on the Node side too: the renderer is not trusted. */
export const filterText = v.pipe(v.string(), v.maxLength(LIMITS.filterCharactersMax));
/** Receive-time range, milliseconds since 1970 UTC, from inclusive, to exclusive; null = open. */
export const timeRange = v.strictObject({ fromMs: v.nullable(v.number()), toMs: v.nullable(v.number()) });
export type TimeRange = v.InferOutput<typeof timeRange>;

/**
 * A page of matching rows next to an anchor. `before`: rows with seq < anchor, nearest first in time but returned
 * ascending; `after`: rows with seq > anchor, ascending. One call scans at most LIMITS.storeScanRowsPerStep × 4 rows and
 * says where it stopped, so a long search shows progress and is cancelled by not asking again.
 */
export const feedPageInput = v.strictObject({
  filter: filterText,
  range: timeRange,
  direction: v.picklist(['before', 'after']),
  anchorSeq: count,
  rowsMax: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.pageRowsMax)),
});
export const feedPageOutput = v.strictObject({
  /** Always ascending by seq. */
  rows: v.array(eventRow),
  /** True when nothing more matches in this direction. */
  done: v.boolean(),
  /** Continue from here when not done: pass as anchorSeq. */
  nextAnchorSeq: count,
  scannedRows: count,
  oldestSeq: count,
  newestSeq: count,
  elapsedMs: v.number(),
});
export type FeedPage = v.InferOutput<typeof feedPageOutput>;

export const feedEventInput = v.strictObject({ seq: count });
export const feedEventOutput = eventDetail;

export const feedLiveInput = v.strictObject({ filter: filterText });
/**
 * What one tick of a live subscription carries. Above LIMITS.feedSampleAboveRowsPerSecond matching rows a second only the newest
 * screenful is carried, ten times a second, and `skipped` says how many matching rows between the last batch and this one
 * were left out here (they are in the store: page them).
 */
export const feedLiveItem = v.strictObject({
  rows: v.array(eventRow),
  skipped: count,
  sampled: v.boolean(),
  /** Newest sequence number in the store, matching or not. */
  newestSeq: count,
  /** Matching rows since the subscription began, and those of severity error or worse among them. */
  matched: count,
  matchedErrors: count,
  /** Matching rows in the last full second. */
  ratePerSecond: v.number(),
});
export type FeedLiveItem = v.InferOutput<typeof feedLiveItem>;

/** Buckets of equal width; when `followNow` the range ends now and moves, one item a second. */
export const feedHistogramInput = v.strictObject({
  filter: filterText,
  /** Width of the whole chart when following; ignored otherwise. */
  spanMs: v.pipe(v.number(), v.minValue(1_000)),
  range: v.nullable(timeRange),
  buckets: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(600)),
});
export const feedHistogramItem = v.strictObject({
  fromMs: v.number(),
  toMs: v.number(),
  /** Oldest first; `errors` counts severity error and worse, `warnings` severity warn, `rest` all others. */
  buckets: v.array(v.strictObject({ rest: count, warnings: count, errors: count })),
  complete: v.boolean(),
});
export type FeedHistogram = v.InferOutput<typeof feedHistogramItem>;

export const FACET_FIELDS = ['src', 'sev', 'kind', 'type', 'host', 'link'] as const;
export const feedFacetsInput = v.strictObject({ filter: filterText, range: timeRange, valuesMax: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)) });
export const feedFacetsOutput = v.strictObject({
  facets: v.array(
    v.strictObject({
      field: v.picklist(FACET_FIELDS),
      values: v.array(v.strictObject({ value: v.string(), count })),
      otherCount: count,
    }),
  ),
  scannedRows: count,
  /** False when the scan stopped at its bound: counts are then of the newest `scannedRows`. */
  complete: v.boolean(),
});
export type FeedFacets = v.InferOutput<typeof feedFacetsOutput>;

export const bookmark = v.strictObject({ seq: count, note: v.pipe(v.string(), v.maxLength(500)), atMs: v.number() });
export type Bookmark = v.InferOutput<typeof bookmark>;
export const bookmarkSetInput = v.strictObject({ seq: count, on: v.boolean(), note: v.pipe(v.string(), v.maxLength(500)) });
export const bookmarkListOutput = v.strictObject({ bookmarks: v.array(bookmark) });

/** Counters since the console started, one line a source: received = stored + refused + dropped, always. */
export const ledgerLine = v.strictObject({
  source: v.picklist(SOURCES),
  received: count,
  /** Committed as events. */
  stored: count,
  /** Not accepted; committed as refused rows. */
  refused: count,
  /** Turned away (503) because the store could not take them; the sender was told. */
  dropped: count,
});
export const feedPulseItem = v.strictObject({
  atMs: v.number(),
  ledger: v.array(ledgerLine),
  ratePerSecond: v.number(),
  store: v.strictObject({
    rows: count,
    bytes: count,
    /** Put by for a full disk, beside `bytes`; both count against `bytesMax`. */
    reserveBytes: count,
    bytesMax: count,
    oldestSeq: count,
    newestSeq: count,
    oldestAtMs: v.nullable(v.number()),
    state: v.picklist(['ok', 'full', 'failed', 'read_only']),
    stateReason: v.string(),
    commitMsP99: v.number(),
  }),
});
export type FeedPulse = v.InferOutput<typeof feedPulseItem>;

export const EXPORT_FORMATS = ['jsonl', 'csv'] as const;
export const exportStartInput = v.strictObject({
  filter: filterText,
  range: timeRange,
  format: v.picklist(EXPORT_FORMATS),
  /** Bodies included or only the summary columns. */
  bodies: v.boolean(),
});
/** The file is written on the Node side below `<data folder>/exports`; serve hosts also give a one-use download path. */
export const exportProgressItem = v.strictObject({
  path: v.string(),
  downloadPath: v.nullable(v.string()),
  rowsWritten: count,
  bytesWritten: count,
  rowsScanned: count,
  rowsTotal: count,
  done: v.boolean(),
});
export type ExportProgress = v.InferOutput<typeof exportProgressItem>;
