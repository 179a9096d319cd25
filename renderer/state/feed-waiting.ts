/**
 * The "+n (e errors)" of the pill: matching rows that came since the view was paused and were not looked at
 * since.
 */
import type { EventRow, Severity } from '../../shared/model/event.ts';

export interface Waiting {
  readonly rows: number;
  readonly errors: number;
}

export interface WaitingBase {
  /** Counters of the live stream when the last batch was shown. */
  readonly matched: number;
  readonly matchedErrors: number;
  /** Newest row ever shown; rows beyond it that paging brings are no longer waiting. */
  readonly seenSeq: number;
  readonly paged: Waiting;
}

const NONE: Waiting = { rows: 0, errors: 0 };

export function isErrorSeverity(severity: Severity): boolean {
  return severity === 'error' || severity === 'critical';
}

export function startWaiting(matched: number, matchedErrors: number, seenSeq: number): WaitingBase {
  return { matched, matchedErrors, seenSeq, paged: NONE };
}

/**
 * Takes note of rows that a page brought while paused; each counts once, however often it is paged in again.
 */
export function notePaged(base: WaitingBase, rows: readonly EventRow[]): WaitingBase {
  const fresh = rows.filter((row) => row.seq > base.seenSeq);
  if (fresh.length === 0) return base;
  return {
    ...base,
    seenSeq: Math.max(...fresh.map((row) => row.seq)),
    paged: {
      rows: base.paged.rows + fresh.length,
      errors: base.paged.errors + fresh.filter((row) => isErrorSeverity(row.severity)).length,
    },
  };
}

export function waitingNow(base: WaitingBase, matched: number, matchedErrors: number): Waiting {
  return {
    rows: Math.max(0, matched - base.matched - base.paged.rows),
    errors: Math.max(0, matchedErrors - base.matchedErrors - base.paged.errors),
  };
}
