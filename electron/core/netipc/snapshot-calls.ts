/** The calls of the Cache view. */
import type { CallHandlers } from '../../../shared/contract/handlers.ts';
import { OperatingError } from '../../../shared/failure.ts';

type SnapshotCallName = Extract<keyof CallHandlers, `snapshots.${string}`>;
export type SnapshotCalls = Pick<CallHandlers, SnapshotCallName>;

export function snapshotCalls(): SnapshotCalls {
  const refuse = async (): Promise<never> => {
    throw new OperatingError('E_NOT_FOUND', 'no netipc service is watched');
  };
  return {
    'snapshots.page': refuse,
    'snapshots.lookup': refuse,
    'snapshots.diff': refuse,
    'snapshots.raw': refuse,
    'snapshots.act': refuse,
    'snapshots.cgroups': refuse,
    'snapshots.apps': refuse,
    'snapshots.export': refuse,
  };
}
