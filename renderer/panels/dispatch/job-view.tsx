import { useEffect } from 'react';
import type { ReactElement } from 'react';
import { EmptyState } from '../../components/empty-state.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openJob, useJob } from '../../state/dispatch-job.ts';
import { AgentPane } from './agent-pane.tsx';
import { JobHead } from './job-head.tsx';
import { JobGroups } from './job-groups.tsx';
import { JobRequests } from './job-requests.tsx';
import { JobRows } from './job-rows.tsx';
import styles from './job-view.module.css';
import { ReplyPane } from './reply-pane.tsx';
import { RetryDialog } from './retry-dialog.tsx';

/** One job: what it is, how far it is, its targets by outcome. Its key is the id. */
export function JobView({ jobId }: { readonly jobId: string }): ReactElement {
  const text = useText();
  const api = useApi();
  const job = useJob((slice) => (slice.job?.jobId === jobId ? slice.job : null));
  const hasReply = useJob((slice) => slice.reply.state !== 'none');
  const side = useJob((slice) => slice.side);
  const agent = useJob((slice) => slice.agent);
  useEffect(() => openJob(api, jobId), [api, jobId]);
  if (job === null) {
    return (
      <div className={styles.none}>
        <EmptyState title={text('dispatch:job.gone')} />
      </div>
    );
  }
  return (
    <section className={styles.job} aria-label={text('dispatch:job.label')}>
      <JobHead job={job} />
      <JobGroups job={job} />
      {side === 'targets' ? <JobRows /> : <JobRequests job={job} />}
      {hasReply ? <ReplyPane /> : null}
      {agent === null ? null : <AgentPane agent={agent} />}
      <RetryDialog job={job} />
    </section>
  );
}
