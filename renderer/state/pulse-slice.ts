/** The ledger and the use of the store, as last told. */
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { FeedPulse } from '../../shared/contract/feed.ts';
import { heardCore } from './connection-slice.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { watchStream } from './watch-stream.ts';

export interface PulseSlice {
  readonly pulse: FeedPulse | null;
}

export type LedgerSums = Pick<FeedPulse['ledger'][number], 'received' | 'stored' | 'refused' | 'dropped'>;

export const usePulse = create<PulseSlice>(() => ({ pulse: null }));

export function watchPulse(api: SignalboxApi): () => void {
  const take = oncePerFrame((pulse: FeedPulse) => {
    usePulse.setState({ pulse });
    heardCore(Date.now());
  });
  return watchStream(api, 'feed.pulse', {}, { onItem: take });
}

export function ledgerSums(ledger: FeedPulse['ledger']): LedgerSums {
  const sums = { received: 0, stored: 0, refused: 0, dropped: 0 };
  for (const line of ledger) {
    sums.received += line.received;
    sums.stored += line.stored;
    sums.refused += line.refused;
    sums.dropped += line.dropped;
  }
  return sums;
}
