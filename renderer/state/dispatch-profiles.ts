/** Profiles and their secrets. A secret goes in and never comes out: it is not kept here either. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { CallInput, CallName, CallOutput } from '../../shared/contract/contract.ts';
import type { GseProfile } from '../../shared/contract/dispatch-profiles.ts';
import type { Failure, Result } from '../../shared/failure.ts';
import { takeProfiles } from './dispatch-slice.ts';

/** Calls that answer with all profiles as they are now. */
type ProfileCall = Extract<CallName, `dispatch.profile.${'write' | 'remove'}` | `dispatch.secret${string}`>;

/** Null when it worked. */
export async function changeProfiles<K extends ProfileCall>(
  api: SignalboxApi,
  name: K,
  input: CallInput<K>,
): Promise<Failure | null> {
  const result: Result<CallOutput<ProfileCall>> = await api.call(name, input);
  if (!result.ok) return result.failure;
  takeProfiles(result.value);
  return null;
}

export const NEW_PROFILE: GseProfile = {
  id: '',
  label: '',
  kind: 'staging',
  baseUrl: '',
  tenantId: '',
  appCode: '',
  timeoutMs: 15_000,
  caPem: '',
  sdkExact: false,
  slots: [{ slotId: '1', label: '', pluginName: '' }],
  callback: {
    enabled: false,
    host: '127.0.0.1',
    port: 0,
    path: '',
    hostNames: [],
    allowedPeers: [],
    alwaysOk: false,
  },
  readOnly: false,
  confirmAboveTargets: 100,
  requestsPerMinuteMax: 0,
};

/** Names of the secrets a profile can have, in the order they are asked for. */
export function secretNamesOf(profile: Pick<GseProfile, 'slots'>): string[] {
  const slots = [...new Set(profile.slots.map(({ slotId }) => `slot:${slotId}`))];
  return ['app_secret', 'access_token', ...slots];
}
