/** An answer to an uplink of the feed: the form of the Dispatch view under the same message id. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { fail, type Failure } from '../../shared/failure.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { takeProfiles, useDispatch } from './dispatch-slice.ts';
import { showView } from './view-slice.ts';

const LINK_PREFIX = 'gse-';

/** Only an uplink names the agent and the message it can be answered under. */
export function isAnswerable({ source, kind, host, link }: EventRow): boolean {
  return source === 'gse' && kind === 'event' && host !== '' && link.startsWith(LINK_PREFIX);
}

/**
 * Profile, agent and message id of the uplink stand in the form; the rest stays. Fails when its profile is gone: another one would
 * reach another agent of that name. Null when it worked.
 */
export async function replyTo(api: SignalboxApi, row: EventRow): Promise<Failure | null> {
  const profileId = row.link.slice(LINK_PREFIX.length);
  const result = await api.call('dispatch.profiles', {});
  if (!result.ok) return result.failure;
  const found = result.value.profiles.find(({ profile }) => profile.id === profileId)?.profile;
  if (found === undefined)
    return fail('E_NOT_FOUND', `the profile ${profileId} this uplink came over is gone`).failure;
  takeProfiles(result.value);
  useDispatch.setState(({ form }) => ({
    form: {
      ...form,
      profileId,
      slotId: found.slots[0]?.slotId ?? '',
      targetsText: row.host,
      excludeText: '',
      messageId: row.id,
    },
    base: null,
    exclude: null,
    jobId: null,
  }));
  showView('dispatch');
  return null;
}
