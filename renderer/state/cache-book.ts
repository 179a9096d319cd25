/**
 * The rows of one generation, kept up to date by differences, so that a refresh of 5 000 rows costs the
 * screen what has changed and not what is there. Remembers when rows came, changed and went while it
 * looked.
 */
import type { GenerationHead, SnapshotDiffRow, SnapshotRow } from '../../shared/contract/snapshots.ts';

/** 0 absent, 1 there and disabled, 2 there and enabled. */
export type Presence = 0 | 1 | 2;

export interface HistoryMark {
  readonly number: number;
  /** Null: not known. */
  readonly presence: Presence | null;
  readonly isChange: boolean;
}

interface Change {
  readonly number: number;
  readonly presence: Presence;
}

/** So many rows that went are remembered, for the inspector of one that was selected. */
const GONE_MAX = 2_000;

export class CacheBook {
  readonly rows = new Map<string, SnapshotRow>();
  head: GenerationHead | null = null;
  private readonly gone = new Map<string, SnapshotRow>();
  private readonly changes = new Map<string, Change[]>();
  /**
   * Numbers of the kept generations when the rows were loaded, oldest first; the last ones belong to
   * `row.history`.
   */
  private loadedNumbers: readonly number[] = [];

  load(head: GenerationHead, rows: readonly SnapshotRow[], keptNumbers: readonly number[]): void {
    this.rows.clear();
    this.gone.clear();
    this.changes.clear();
    // Of rows with the same hash and name the first counts, as in the cache itself.
    for (const row of rows) if (!this.rows.has(row.key)) this.rows.set(row.key, row);
    this.head = head;
    this.loadedNumbers = keptNumbers;
  }

  /** Brings the rows to the generation of `head`. Rows of kind `same` say nothing. */
  apply(head: GenerationHead, differences: readonly SnapshotDiffRow[]): void {
    for (const { kind, before, after } of differences) {
      if (kind === 'removed' && before !== null) this.remove(before.key, head.number);
      else if ((kind === 'added' || kind === 'changed') && after !== null) this.put(after, head.number);
    }
    this.head = head;
  }

  private put(row: SnapshotRow, number: number): void {
    const known = this.rows.get(row.key) ?? this.gone.get(row.key);
    this.gone.delete(row.key);
    this.rows.set(row.key, { ...row, history: known?.history ?? [] });
    this.note(row.key, number, presenceOf(row));
  }

  private remove(key: string, number: number): void {
    const row = this.rows.get(key);
    if (row === undefined) return;
    this.rows.delete(key);
    this.gone.set(key, row);
    this.note(key, number, 0);
    const [oldest] = this.gone.keys();
    if (this.gone.size > GONE_MAX && oldest !== undefined) {
      this.gone.delete(oldest);
      this.changes.delete(oldest);
    }
  }

  private note(key: string, number: number, presence: Presence): void {
    const changes = this.changes.get(key) ?? [];
    changes.push({ number, presence });
    this.changes.set(key, changes.slice(-HISTORY_CHANGES_MAX));
  }

  /** The row as it was last seen, also when it went since. */
  lastSeen(key: string): { readonly row: SnapshotRow; readonly isHere: boolean } | null {
    const here = this.rows.get(key);
    if (here !== undefined) return { row: here, isHere: true };
    const gone = this.gone.get(key);
    return gone === undefined ? null : { row: gone, isHere: false };
  }

  /** One mark for each of these generations. */
  historyOf(key: string, numbers: readonly number[]): readonly HistoryMark[] {
    const row = this.lastSeen(key)?.row;
    const changes = this.changes.get(key) ?? [];
    let previous: Presence | null = null;
    return numbers.map((number) => {
      const presence = this.presenceAt(row, changes, number);
      const isChange =
        changes.some((change) => change.number === number) ||
        (presence !== null && previous !== null && presence !== previous) ||
        (row !== undefined && row.unchangedSince === number && row.presentSince !== number);
      previous = presence;
      return { number, presence, isChange };
    });
  }

  private presenceAt(
    row: SnapshotRow | undefined,
    changes: readonly Change[],
    number: number,
  ): Presence | null {
    const change = changes.findLast((other) => other.number <= number);
    if (change !== undefined) return change.presence;
    if (row === undefined) return null;
    const loadedEnd = this.loadedNumbers.at(-1) ?? 0;
    if (number > loadedEnd) return row.history.at(-1) ?? 0;
    const fromEnd = this.loadedNumbers.length - this.loadedNumbers.indexOf(number);
    if (fromEnd > this.loadedNumbers.length) return null;
    // A row that came later was in none of the generations before.
    return row.history.length === 0 ? 0 : (row.history.at(-fromEnd) ?? null);
  }
}

const HISTORY_CHANGES_MAX = 60;

export function presenceOf(row: SnapshotRow): Presence {
  return row.enabled === 0 ? 1 : 2;
}
