import { OUTCOMES } from '../../../shared/contract/dispatch-jobs.ts';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { JobSummary, Outcome } from '../../../shared/contract/dispatch-jobs.ts';
import { Button } from '../../components/button.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { copyText } from '../../state/copy-text.ts';
import {
  checkGroup,
  idsOf,
  pickNone,
  showOutcome,
  showRequests,
  useJob,
  wishRetry,
} from '../../state/dispatch-job.ts';
import { showToast } from '../../state/toasts.ts';
import styles from './job-view.module.css';
import { OutcomeMark } from './outcome-mark.tsx';
import { sayFailure } from './try-send.ts';
import { canRetry, retryWish } from './retry-wish.ts';

/** One button a group that has targets; then what can be done with that group and with what is picked. */
export function JobGroups({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  const shown = useJob((slice) => slice.outcome);
  const side = useJob((slice) => slice.side);
  return (
    <div className={styles.groups}>
      <div role="group" aria-label={text('dispatch:job.groups')} className={styles.line}>
        <button
          type="button"
          className={styles.group}
          aria-pressed={side === 'targets' && shown === null}
          onClick={() => showOutcome(null)}
        >
          {text('dispatch:job.all')} <span className={styles.count}>{formatCount(job.targets)}</span>
        </button>
        {OUTCOMES.filter((outcome) => job.counts[outcome] > 0 || outcome === shown).map((outcome) => (
          <button
            key={outcome}
            type="button"
            className={styles.group}
            aria-pressed={side === 'targets' && shown === outcome}
            onClick={() => showOutcome(outcome)}
          >
            <OutcomeMark outcome={outcome} word={text(`dispatch:outcome.${outcome}`)} />{' '}
            <span className={styles.count}>{formatCount(job.counts[outcome])}</span>
          </button>
        ))}
        <button
          type="button"
          className={styles.group}
          aria-pressed={side === 'requests'}
          onClick={showRequests}
        >
          {text('dispatch:request.label')}{' '}
          <span className={styles.count}>{formatCount(job.requestsTotal)}</span>
        </button>
      </div>
      {side === 'targets' ? <GroupActs job={job} shown={shown} /> : null}
    </div>
  );
}

function GroupActs({
  job,
  shown,
}: {
  readonly job: JobSummary;
  readonly shown: Outcome | null;
}): ReactElement {
  const text = useText();
  const api = useApi();
  const [isChecking, setChecking] = useState(false);
  const pickedRows = useJob((slice) => slice.pickedRows);
  const copy = async (): Promise<void> => {
    const ids = await idsOf(api, job.jobId, shown);
    if ('code' in ids) {
      sayFailure(ids, text);
      return;
    }
    const count = ids.length;
    if (await copyText(ids.join('\n'), text))
      showToast('ok', text('dispatch:job.copied', { count, n: formatCount(count) }));
  };
  const check = async (): Promise<void> => {
    setChecking(true);
    const found = await checkGroup(api, job, shown);
    setChecking(false);
    if (!found.ok) {
      sayFailure(found.failure, text);
      return;
    }
    const { total, running } = found.value;
    showToast(
      running === total ? 'ok' : 'info',
      running === total
        ? text('dispatch:form.checkOk', { count: total, n: formatCount(total) })
        : text('dispatch:job.agentsChecked', { bad: formatCount(total - running), all: formatCount(total) }),
    );
  };
  const offered = OUTCOMES.filter((outcome) => canRetry(job, outcome));
  return (
    <div className={styles.line}>
      <Button onClick={() => void copy()}>{text('dispatch:job.copyIds')}</Button>
      <Button disabled={isChecking} onClick={() => void check()}>
        {text(isChecking ? 'dispatch:form.checking' : 'dispatch:job.checkAgents')}
      </Button>
      {offered.map((outcome) => (
        <Button key={outcome} onClick={() => wishRetry(retryWish(job, outcome))}>
          {text('dispatch:job.retry', {
            outcome: text(`dispatch:outcome.${outcome}`),
            n: formatCount(job.counts[outcome]),
          })}
        </Button>
      ))}
      {pickedRows.size === 0 ? null : (
        <>
          <Button
            look="primary"
            onClick={() =>
              wishRetry({ outcomes: [], rows: [...pickedRows], targets: pickedRows.size, mayRepeat: true })
            }
          >
            {text('dispatch:job.retryPicked', { n: formatCount(pickedRows.size) })}
          </Button>
          <Button look="quiet" onClick={pickNone}>
            {text('dispatch:job.unpick')}
          </Button>
        </>
      )}
    </div>
  );
}
