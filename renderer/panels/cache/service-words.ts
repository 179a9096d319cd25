/** A service's state as a lamp. */
import type { ServiceState } from '../../../shared/contract/snapshots.ts';
import type { LampState } from '../../components/lamp.tsx';

export const LAMPS: Readonly<Record<ServiceState, LampState>> = {
  addon_missing: 'failed',
  opening: 'opening',
  ready: 'up',
  absent: 'off',
  lost: 'down',
  auth_failed: 'failed',
  incompatible: 'failed',
  failed: 'degraded',
};
