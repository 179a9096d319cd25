/** What the main thread and the two store threads say to each other. */
import type { Bookmark, FeedFacets, FeedHistogram, FeedPage } from '../../shared/contract/feed.ts';
import type { Failure } from '../../shared/failure.ts';
import type { EventDetail } from '../../shared/model/event.ts';
import type { AppendBatch } from './append-batch.ts';
import type { SignatureBytes } from './block-signature.ts';
import type { EventQuery, PageQuery, StoreStats } from './event-store.ts';
import type { Durability } from './schema.ts';

export interface WriterStart {
  readonly folder: string;
  readonly retentionDays: number;
  readonly retentionBytes: number;
  readonly durability: Durability;
  /** Wall clock of the caller: the threads have none of their own, so that tests can move it. */
  readonly nowMs: number;
}

export type ToWriter =
  | { readonly kind: 'append'; readonly batch: AppendBatch; readonly nowMs: number }
  | { readonly kind: 'tick'; readonly nowMs: number }
  | { readonly kind: 'damaged'; readonly reason: string }
  | ({ readonly kind: 'signature' } & MadeSignature)
  | { readonly kind: 'bookmark'; readonly id: number; readonly bookmark: Bookmark; readonly on: boolean }
  | { readonly kind: 'bookmarks'; readonly id: number }
  | {
      readonly kind: 'retention';
      readonly id: number;
      readonly days: number;
      readonly bytes: number;
      readonly nowMs: number;
    }
  | { readonly kind: 'close' };

/** Made by the reader, kept by the writer. */
export interface MadeSignature {
  readonly block: number;
  readonly signature: SignatureBytes;
}

export interface TakenSignature {
  /** False when there was no room for it. */
  readonly kept: boolean;
  /** Events come in fast: the next one should not be made at once. */
  readonly busy: boolean;
}

/** `calls` counts the oldest append calls not answered yet: answers come in call order. */
export type FromWriter =
  | { readonly kind: 'opened'; readonly stats: StoreStats; readonly recovered: readonly string[] }
  | { readonly kind: 'refused-open'; readonly failure: Failure }
  | {
      readonly kind: 'committed';
      readonly calls: number;
      /** The calls' rows have consecutive numbers from here. */
      readonly firstSeq: number;
      /** All previews joined, and the length of each. */
      readonly previews: string;
      readonly previewLengths: Uint16Array<ArrayBuffer>;
    }
  | { readonly kind: 'refused'; readonly calls: number; readonly failure: Failure }
  | { readonly kind: 'stats'; readonly stats: StoreStats }
  | ({ readonly kind: 'signature-taken' } & TakenSignature)
  | { readonly kind: 'answer'; readonly id: number; readonly bookmarks: readonly Bookmark[] }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'closed' };

export type ReaderRequest =
  | { readonly op: 'read'; readonly seq: number }
  | { readonly op: 'page'; readonly query: PageQuery }
  | {
      readonly op: 'histogram';
      readonly query: EventQuery;
      readonly fromMs: number;
      readonly toMs: number;
      readonly buckets: number;
    }
  | { readonly op: 'facets'; readonly query: EventQuery; readonly valuesMax: number }
  | {
      readonly op: 'export';
      readonly query: EventQuery;
      readonly format: 'jsonl' | 'csv';
      readonly bodies: boolean;
    };

export type ReaderValue = EventDetail | null | FeedPage | FeedHistogram | FeedFacets | 'exported';

export type ToReader =
  /** Sent once the writer has made the file ready: the thread itself starts earlier. */
  | { readonly kind: 'open'; readonly path: string }
  | { readonly kind: 'ask'; readonly id: number; readonly request: ReaderRequest }
  /** The chunk was written: the next one may come. */
  | { readonly kind: 'more'; readonly id: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | ({ readonly kind: 'signature-taken' } & TakenSignature)
  | { readonly kind: 'close' };

export type FromReader =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: ReaderValue }
  | {
      readonly kind: 'chunk';
      readonly id: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly rowsWritten: number;
      readonly rowsScanned: number;
      readonly rowsTotal: number;
    }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  /** Not one row but the structure of the file: the writer must know. */
  | { readonly kind: 'damaged'; readonly reason: string }
  | ({ readonly kind: 'signature' } & MadeSignature)
  | { readonly kind: 'closed' };
