import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import type { Result } from '../../../shared/failure.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { cellText, shownText } from '../../components/shown-text.ts';
import { coreText, failureText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useNow } from '../../state/now.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './job-requests.module.css';

type Requests = CallOutput<'jobs.requests'>;
type Request = Requests['requests'][number];
const PAGE_ROWS = 200;

/** Asked again once a second while requests go out. */
function useRequests(api: SignalboxApi, job: JobSummary, from: number): Result<Requests> | null {
  const [found, setFound] = useState<Result<Requests> | null>(null);
  const { jobId, phase, requestsDone, requestsTotal } = job;
  const tick = useNow(({ nowMs }) => (requestsDone < requestsTotal ? nowMs : 0));
  useEffect(() => {
    let isOver = false;
    void api.call('jobs.requests', { jobId, from, rowsMax: PAGE_ROWS }).then((result) => {
      if (!isOver) setFound(result);
    });
    return () => {
      isOver = true;
    };
  }, [api, jobId, from, phase, tick]);
  return found;
}

/** One line a request: when it went out, how long it took, what the gateway said, with its request id. */
export function JobRequests({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  const api = useApi();
  const [from, setFrom] = useState(0);
  const found = useRequests(api, job, from);
  if (found === null) return <EmptyState title={text('loading')} />;
  if (!found.ok)
    return <EmptyState title={text('dispatch:job.loadFailed')}>{failureText(found.failure)}</EmptyState>;
  const { requests, total } = found.value;
  return (
    <div className={styles.requests}>
      {total <= PAGE_ROWS ? null : (
        <div className={styles.pages}>
          <Button disabled={from === 0} onClick={() => setFrom(Math.max(0, from - PAGE_ROWS))}>
            {text('dispatch:request.earlier')}
          </Button>
          <span role="status">
            {text('dispatch:request.page', {
              from: formatCount(from + 1),
              to: formatCount(from + requests.length),
              all: formatCount(total),
            })}
          </span>
          <Button disabled={from + PAGE_ROWS >= total} onClick={() => setFrom(from + PAGE_ROWS)}>
            {text('dispatch:request.later')}
          </Button>
        </div>
      )}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={text('dispatch:request.label')}>
        <table className={styles.table}>
          <thead>
            <tr>
              {(['batch', 'step', 'targets', 'sent', 'took', 'status', 'requestId', 'result'] as const).map(
                (column) => (
                  <th key={column} scope="col">
                    {text(`dispatch:request.${column}`)}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => (
              <Line key={request.request} request={request} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Line({ request }: { readonly request: Request }): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const { sentAtMs, elapsedMs, status, requestId, result, reply } = request;
  return (
    <tr>
      <td>{formatCount(request.request + 1)}</td>
      <td>{formatCount(request.step + 1)}</td>
      <td>{formatCount(request.targets)}</td>
      <td>{sentAtMs === null ? '–' : formatClock(sentAtMs, zone)}</td>
      <td>
        {elapsedMs === null ? '–' : text('dispatch:job.afterMs', { n: formatCount(Math.round(elapsedMs)) })}
      </td>
      <td>{status === 0 ? '–' : status}</td>
      <td className={styles.id} title={cellText(requestId)}>
        {cellText(requestId)}
      </td>
      <td className={styles.result}>
        {cellText(coreText(result))}
        {reply === '' ? null : (
          <details>
            <summary>{text('dispatch:request.reply')}</summary>
            <pre className={styles.reply}>{shownText(reply)}</pre>
          </details>
        )}
      </td>
    </tr>
  );
}
