/** One clock for all ages on the page: it ticks once a second, so that they change together. */
import { create } from 'zustand';

const TICK_MS = 1_000;

export interface NowSlice {
  readonly nowMs: number;
}

export const useNow = create<NowSlice>(() => ({ nowMs: Date.now() }));

export function startNow(): () => void {
  const timer = setInterval(() => useNow.setState({ nowMs: Date.now() }), TICK_MS);
  return () => clearInterval(timer);
}
