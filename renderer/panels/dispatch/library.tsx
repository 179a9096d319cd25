import { Plus } from 'lucide-react';
import { memo } from 'react';
import type { ReactElement } from 'react';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import { Button } from '../../components/button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { profileName } from '../../i18n/core-text.ts';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { openDispatchDialog, showJob, useDispatch } from '../../state/dispatch-slice.ts';
import { useNow } from '../../state/now.ts';
import { SideChoice } from '../plugin/side-choice.tsx';
import { Lists } from './library-lists.tsx';
import { Section } from './library-section.tsx';
import { Templates } from './library-templates.tsx';
import styles from './library.module.css';

export function Library(): ReactElement {
  const text = useText();
  const isForm = useDispatch((slice) => slice.jobId === null);
  return (
    <aside className={styles.panel} aria-label={text('dispatch:library.label')}>
      <SideChoice />
      <Button look={isForm ? 'plain' : 'primary'} className={styles.compose} onClick={() => showJob(null)}>
        <Plus aria-hidden size="1em" />
        {text('dispatch:library.compose')}
      </Button>
      <div className={styles.scroll}>
        <Templates />
        <Lists />
        <Jobs />
      </div>
      <Button look="quiet" className={styles.audit} onClick={() => openDispatchDialog('audit')}>
        {text('dispatch:library.audit')}
      </Button>
    </aside>
  );
}

function Jobs(): ReactElement {
  const text = useText();
  const jobs = useDispatch((slice) => slice.jobs);
  const shown = useDispatch((slice) => slice.jobId);
  const isNone = jobs === null || jobs.length === 0;
  return (
    <Section title={text('dispatch:library.jobs')} none={isNone ? text('dispatch:library.noJobs') : null}>
      {jobs?.map((job) => (
        <JobItem key={job.jobId} job={job} isShown={job.jobId === shown} />
      ))}
    </Section>
  );
}

interface JobItemProps {
  readonly job: JobSummary;
  readonly isShown: boolean;
}

/** All jobs are told anew several times a second while one runs; what an entry says of them hardly ever changes. */
const JobItem = memo(function JobItem({ job, isShown }: JobItemProps): ReactElement {
  const text = useText();
  const ago = useNow(({ nowMs }) => formatAgo(nowMs - job.createdAtMs, text));
  const targets = text('dispatch:library.targets', { count: job.targets, n: formatCount(job.targets) });
  return (
    <li className={styles.item}>
      <button
        type="button"
        className={styles.open}
        aria-current={isShown ? 'true' : undefined}
        onClick={() => showJob(job.jobId)}
      >
        <span className={styles.phase} data-phase={job.phase}>
          {text(`dispatch:phase.${job.phase}`)}
        </span>
        <span className={styles.facts}>{ago}</span>
        <span className={styles.wide}>{cellText(job.messageId === '' ? job.jobId : job.messageId)}</span>
        <span className={styles.wide} data-kind={job.profileKind}>
          {targets} · {cellText(profileName(job.profileLabel, job.simulated))}
        </span>
      </button>
    </li>
  );
}, isSameItem);

function isSameItem(before: JobItemProps, { job, isShown }: JobItemProps): boolean {
  return before.isShown === isShown && before.job.jobId === job.jobId && before.job.phase === job.phase;
}
