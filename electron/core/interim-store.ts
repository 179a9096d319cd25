/** Stands in until the durable store is built: newest events in memory, nothing on disk. */
import type { Bookmark, FeedFacets, FeedHistogram, FeedPage } from '../../shared/contract/feed.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventDetail, EventRow } from '../../shared/model/event.ts';
import { Ring } from '../../shared/ring.ts';
import type { EventQuery, EventStore, ExportSink, NewEvent, PageQuery, StoreStats } from '../store/event-store.ts';

interface Kept {
  readonly row: EventRow;
  readonly body: Uint8Array;
  readonly head: Uint8Array;
}

export class InterimStore implements EventStore {
  private readonly kept = new Ring<Kept>(LIMITS.feedRingRowsMax);
  private readonly marks = new Map<number, Bookmark>();
  private newestSeq = 0;

  append(events: readonly NewEvent[]): Promise<readonly EventRow[]> {
    const rows = events.map((event) => {
      const { body, head, ...rest } = event;
      this.newestSeq += 1;
      const preview = new TextDecoder().decode(body.subarray(0, LIMITS.previewCharactersMax));
      const row: EventRow = { ...rest, seq: this.newestSeq, bodyBytes: body.length, preview };
      this.kept.push({ row, body, head });
      return row;
    });
    return Promise.resolve(rows);
  }

  read(seq: number): Promise<EventDetail | null> {
    const kept = this.kept.at(seq - this.oldestSeq());
    if (kept === undefined) return Promise.resolve(null);
    return Promise.resolve({ row: kept.row, body: kept.body.slice(), head: kept.head.slice(), bookmark: this.marks.get(seq) ?? null });
  }

  page(query: PageQuery): Promise<FeedPage> {
    const all = this.rows(query.range);
    const side =
      query.direction === 'before'
        ? all.filter((row) => row.seq < query.anchorSeq).slice(-query.rowsMax)
        : all.filter((row) => row.seq > query.anchorSeq).slice(0, query.rowsMax);
    const edge = query.direction === 'before' ? side[0] : side.at(-1);
    return Promise.resolve({
      rows: side,
      done: side.length < query.rowsMax,
      nextAnchorSeq: edge?.seq ?? query.anchorSeq,
      scannedRows: side.length,
      oldestSeq: this.oldestSeq(),
      newestSeq: this.newestSeq,
      elapsedMs: 0,
    });
  }

  histogram(query: EventQuery, fromMs: number, toMs: number, buckets: number): Promise<FeedHistogram> {
    const counts = Array.from({ length: buckets }, () => ({ rest: 0, warnings: 0, errors: 0 }));
    for (const row of this.rows(query.range)) {
      const bucket = counts[Math.floor(((row.receivedAtMs - fromMs) / (toMs - fromMs)) * buckets)];
      if (bucket === undefined) continue;
      if (row.severity === 'error' || row.severity === 'critical') bucket.errors += 1;
      else if (row.severity === 'warn') bucket.warnings += 1;
      else bucket.rest += 1;
    }
    return Promise.resolve({ fromMs, toMs, buckets: counts, complete: true });
  }

  facets(): Promise<FeedFacets> {
    return Promise.resolve({ facets: [], scannedRows: this.kept.length, complete: true });
  }

  export(
    _query: EventQuery,
    _format: 'jsonl' | 'csv',
    _bodies: boolean,
    _sink: ExportSink,
    _signal: AbortSignal,
  ): Promise<void> {
    return Promise.reject(new OperatingError('E_UNSUPPORTED', 'export needs the durable store'));
  }

  setBookmark(seq: number, note: string | null): Promise<readonly Bookmark[]> {
    if (note === null) this.marks.delete(seq);
    else this.marks.set(seq, { seq, note, atMs: 0 });
    return this.bookmarks();
  }

  bookmarks(): Promise<readonly Bookmark[]> {
    return Promise.resolve([...this.marks.values()]);
  }

  setRetention(): Promise<void> {
    return Promise.resolve();
  }

  stats(): StoreStats {
    return {
      rows: this.kept.length,
      bytes: 0,
      bytesMax: LIMITS.storeRetentionBytesDefault,
      oldestSeq: this.oldestSeq(),
      newestSeq: this.newestSeq,
      oldestAtMs: this.kept.at(0)?.row.receivedAtMs ?? null,
      state: 'ok',
      stateReason: 'in memory only',
      commitMsP99: 0,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private oldestSeq(): number {
    return this.kept.at(0)?.row.seq ?? 0;
  }

  private rows(range: EventQuery['range']): EventRow[] {
    const rows: EventRow[] = [];
    for (let index = 0; index < this.kept.length; index += 1) {
      const row = this.kept.at(index)?.row;
      if (row === undefined) continue;
      if (range.fromMs !== null && row.receivedAtMs < range.fromMs) continue;
      if (range.toMs !== null && row.receivedAtMs >= range.toMs) continue;
      rows.push(row);
    }
    return rows;
  }
}
