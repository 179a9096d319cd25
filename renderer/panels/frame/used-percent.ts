import type { FeedPulse } from '../../../shared/contract/feed.ts';

type StoreState = FeedPulse['store'];

/** Share of the size limit in whole percent; a store that holds anything shows at least 1. */
export function usedPercent({ bytes, bytesMax }: Pick<StoreState, 'bytes' | 'bytesMax'>): number {
  if (bytes <= 0 || bytesMax <= 0) return 0;
  return Math.min(100, Math.max(1, Math.round((bytes / bytesMax) * 100)));
}
