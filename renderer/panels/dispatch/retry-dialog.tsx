import type { ReactElement } from 'react';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import { profileName } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { retryJob, useJob, wishRetry } from '../../state/dispatch-job.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { sayFailure } from './try-send.ts';

/** A retry is always asked about: it is the one way a target can get a message twice. */
export function RetryDialog({ job }: { readonly job: JobSummary }): ReactElement | null {
  const text = useText();
  const api = useApi();
  const wish = useJob((slice) => slice.retry);
  const profile = useDispatch((slice) =>
    slice.profiles?.find((other) => other.profile.id === job.profileId),
  )?.profile;
  if (wish === null) return null;
  const above = profile?.confirmAboveTargets ?? 0;
  const confirm = (profileLabel: string): void =>
    void retryJob(api, job.jobId, wish, { targets: wish.targets, profileLabel }).then((failure) =>
      sayFailure(failure, text),
    );
  return (
    <ConfirmDialog
      title={text('dispatch:confirm.retryTitle')}
      targets={wish.targets}
      profileLabel={profileName(job.profileLabel, job.simulated)}
      aboveTargets={wish.targets > above ? above : null}
      mustType={(profile?.kind ?? job.profileKind) === 'production'}
      mayRepeat={wish.mayRepeat}
      onClose={() => wishRetry(null)}
      onConfirm={confirm}
    />
  );
}
