/** From what a client says to the state the operator sees, with the reason and what to do. */
import type { ServiceState } from '../../../shared/contract/snapshots.ts';
import type { CacheStatus } from '../../protocols/netipc/snapshot-cache.ts';
import type { LinkStateName } from '../links.ts';

export interface StateWords {
  readonly state: ServiceState;
  readonly reason: string;
  readonly fix: string;
}

const FIXES: Readonly<Record<ServiceState, string>> = {
  addon_missing: 'Install a C compiler and run: npm run setup. Everything else of the console works without it.',
  opening: '',
  ready: '',
  absent: 'Start the provider, or correct the run folder and service name in the settings. It is tried again by itself.',
  lost: 'Start the provider again; it is tried by itself, and the last generation stays.',
  auth_failed: "Name the file with the provider's token in the settings, then reconnect.",
  incompatible: 'Provider and console speak different versions or share no transport: update the older one, then reconnect.',
  failed: 'Look at the reason; it is tried again by itself. The last good generation stays.',
};

export function wordsOf(state: ServiceState, reason: string): StateWords {
  return { state, reason, fix: FIXES[state] };
}

export function addonMissing(reason: string): StateWords {
  return wordsOf('addon_missing', `the native addon is not there: ${reason}`);
}

/** After a refresh; `wasServed` = it worked at least once. */
export function stateAfterRefresh(isFresh: boolean, status: CacheStatus, wasServed: boolean): StateWords {
  if (isFresh) return wordsOf('ready', '');
  const { client } = status;
  const reason = client.reason === '' ? status.lastError : client.reason;
  switch (client.state) {
    case 'AUTH_FAILED':
      return wordsOf('auth_failed', reason);
    case 'INCOMPATIBLE':
      return wordsOf('incompatible', reason);
    case 'NOT_FOUND':
      return wordsOf(wasServed ? 'lost' : 'absent', reason);
    case 'DISCONNECTED':
    case 'CONNECTING':
    case 'READY':
    case 'BROKEN':
      return wordsOf('failed', reason);
    default:
      return wordsOf('failed', reason);
  }
}

export const LAMP_OF: Readonly<Record<ServiceState, LinkStateName>> = {
  addon_missing: 'failed',
  opening: 'opening',
  ready: 'up',
  absent: 'down',
  lost: 'down',
  auth_failed: 'failed',
  incompatible: 'failed',
  failed: 'degraded',
};
