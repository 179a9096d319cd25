/**
 * One clock for all views: live, paused at a moment, or a range. Whoever shows events by time reads it here.
 */
import { create } from 'zustand';
import type { TimeRange } from '../../shared/contract/feed.ts';

export type ViewTime =
  | { readonly mode: 'live' }
  /** `jump`: go and show that moment; else the view stands still where it is. */
  | { readonly mode: 'paused'; readonly atMs: number; readonly jump: boolean }
  /** From inclusive, to exclusive. */
  | { readonly mode: 'range'; readonly fromMs: number; readonly toMs: number };

export interface TimeSlice {
  readonly time: ViewTime;
}

export const OPEN_RANGE: TimeRange = { fromMs: null, toMs: null };

export const useTime = create<TimeSlice>(() => ({ time: { mode: 'live' } }));

/** Each call counts as an order to go to the newest, also when the mode is live already. */
export function goLive(): void {
  useTime.setState({ time: { mode: 'live' } });
}

/** Freezes the view where it is; in a range it stands still anyway. */
export function pauseAt(atMs: number): void {
  if (useTime.getState().time.mode === 'live')
    useTime.setState({ time: { mode: 'paused', atMs, jump: false } });
}

export function jumpTo(atMs: number): void {
  useTime.setState({ time: { mode: 'paused', atMs, jump: true } });
}

export function setRange(fromMs: number, toMs: number): void {
  const time = { mode: 'range', fromMs: Math.min(fromMs, toMs), toMs: Math.max(fromMs, toMs) } as const;
  useTime.setState({ time });
}

export function rangeOf(time: ViewTime): TimeRange {
  return time.mode === 'range' ? { fromMs: time.fromMs, toMs: time.toMs } : OPEN_RANGE;
}
