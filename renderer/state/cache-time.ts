/** The clock of the frame as generations: live is the newest, a moment is what was in force then. */
import type { GenerationHead } from '../../shared/contract/snapshots.ts';
import type { ViewTime } from './time-slice.ts';

export interface Target {
  readonly number: number;
  /** Newer ones are to follow by themselves. */
  readonly isLive: boolean;
  /** What was in force then may not be kept any more. */
  readonly isForgotten: boolean;
}

/**
 * The generation a moment stands for: chosen once, so that what is looked at stays when others come and go.
 */
export interface Pin {
  readonly atMs: number;
  readonly number: number;
}

/** `heads` oldest first; `takenAtMs` is when each was last seen. */
export function targetOf(time: ViewTime, heads: readonly GenerationHead[], pin: Pin | null): Target | null {
  const newest = heads.at(-1);
  const oldest = heads[0];
  if (newest === undefined || oldest === undefined) return null;
  if (time.mode === 'live') return { number: newest.number, isLive: true, isForgotten: false };
  const atMs = momentOf(time);
  if (pin !== null && pin.atMs === atMs) {
    const isKept = heads.some(({ number }) => number === pin.number);
    return { number: pin.number, isLive: false, isForgotten: !isKept };
  }
  const { number } = heads.find(({ takenAtMs }) => takenAtMs >= atMs) ?? newest;
  const isForgotten = number === oldest.number && number > 1 && atMs < oldest.takenAtMs;
  return { number, isLive: false, isForgotten };
}

export function momentOf(time: Exclude<ViewTime, { mode: 'live' }>): number {
  return time.mode === 'paused' ? time.atMs : time.toMs;
}

/** The generation one step away, `live` beyond the newest, or null where there is none. */
export function stepFrom(
  shownNumber: number,
  isLive: boolean,
  heads: readonly GenerationHead[],
  step: 1 | -1,
): GenerationHead | 'live' | null {
  if (step === -1) return heads.findLast(({ number }) => number < shownNumber) ?? null;
  if (isLive) return null;
  return heads.find(({ number }) => number > shownNumber) ?? 'live';
}
