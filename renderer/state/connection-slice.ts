/**
 * Whether the page hears the core. Two witnesses: the line itself (rpc/connect.ts) and the pulse stream,
 * which speaks every second whatever happens, so that a core that hangs behind an open line is noticed too.
 */
import { create } from 'zustand';
import type { Connection } from '../rpc/connect.ts';

/** `signed_out`: the host runs but was started anew and does not know this browser. */
export type CoreState = 'connecting' | 'up' | 'lost' | 'signed_out';

export interface ConnectionSlice {
  readonly state: CoreState;
  /** When the core was last heard, or null. */
  readonly lastHeardAtMs: number | null;
  /** In English, for a detail line. */
  readonly reason: string;
}

/**
 * Silence longer than this counts as lost even when no line was closed: the core hangs or the machine slept.
 */
export const SILENCE_MS_MAX = 6_000;

export const useConnection = create<ConnectionSlice>(() => ({
  state: 'connecting',
  lastHeardAtMs: null,
  reason: '',
}));

export function heardCore(nowMs: number): void {
  useConnection.setState({ state: 'up', lastHeardAtMs: nowMs, reason: '' });
}

export function checkSilence(nowMs: number): void {
  const { state, lastHeardAtMs } = useConnection.getState();
  if (state !== 'up' || lastHeardAtMs === null || nowMs - lastHeardAtMs <= SILENCE_MS_MAX) return;
  useConnection.setState({ state: 'lost', reason: 'the core is silent' });
}

/** The line going up is no news yet: the first pulse is. */
export function watchConnection(connection: Connection): () => void {
  const take = (state: ReturnType<Connection['state']>): void => {
    if (state.kind === 'reconnecting') useConnection.setState({ state: 'lost', reason: state.reason });
    if (state.kind === 'signed_out') useConnection.setState({ state: 'signed_out', reason: '' });
  };
  take(connection.state());
  return connection.onConnectionChange(take);
}
