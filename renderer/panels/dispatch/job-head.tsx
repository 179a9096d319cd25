import type { ReactElement, ReactNode } from 'react';
import { OUTCOMES } from '../../../shared/contract/dispatch-jobs.ts';
import type { JobSummary, OutcomeCounts } from '../../../shared/contract/dispatch-jobs.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { coreText, profileName } from '../../i18n/core-text.ts';
import { formatAge } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { actOnJob } from '../../state/dispatch-job.ts';
import { takeDraftOf } from '../../state/dispatch-session.ts';
import { showJob } from '../../state/dispatch-slice.ts';
import { useNow } from '../../state/now.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './job-view.module.css';
import { sayFailure } from './try-send.ts';

export function JobHead({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  return (
    <header className={styles.head} data-kind={job.profileKind}>
      <div className={styles.line}>
        <h2 className={styles.phase} data-phase={job.phase}>
          {text(`dispatch:phase.${job.phase}`)}
        </h2>
        <Badge tone={job.profileKind === 'production' ? 'production' : 'neutral'}>
          {profileName(job.profileLabel, job.simulated)}
        </Badge>
        {job.simulated ? <Badge tone="accent">{text('simulated')}</Badge> : null}
        <span className={styles.spring} />
        <Actions job={job} />
      </div>
      <Facts job={job} />
      <Progress job={job} />
      <Reason job={job} />
    </header>
  );
}

/** Left of what is always there. Each slot keeps its place and holds the mildest neighbours: a second click must not do something else. */
const ACTION_SLOTS = [
  ['send_now', 'continue', 'resume', 'pause'],
  ['undo', 'cancel'],
] as const;

function Actions({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  const api = useApi();
  const { jobId, actions } = job;
  return (
    <div className={styles.line}>
      {ACTION_SLOTS.map((slot) => {
        const action = slot.find((one) => actions.includes(one));
        return (
          <span key={slot[0]} className={styles.slot}>
            {action === undefined ? null : (
              <Button
                look={action === 'undo' || action === 'continue' ? 'primary' : 'plain'}
                onClick={() => void actOnJob(api, jobId, action).then((failure) => sayFailure(failure, text))}
              >
                {text(`dispatch:job.action.${action}`)}
              </Button>
            )}
          </span>
        );
      })}
      <Button onClick={() => void takeDraftOf(api, jobId).then((failure) => sayFailure(failure, text))}>
        {text('dispatch:job.again')}
      </Button>
    </div>
  );
}

function Facts({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const { parent, endedAtMs } = job;
  return (
    <dl className={styles.facts}>
      <Fact name={text('dispatch:job.messageId')}>{cellText(job.messageId)}</Fact>
      <Fact name={text('dispatch:job.id')}>{job.jobId}</Fact>
      <Fact name={text('dispatch:job.slot')}>{job.slotId}</Fact>
      <Fact name={text('dispatch:job.started')}>{formatTime(job.createdAtMs, zone)}</Fact>
      {endedAtMs === null ? null : (
        <Fact name={text('dispatch:job.ended')}>{formatTime(endedAtMs, zone)}</Fact>
      )}
      {parent === null ? null : (
        <Fact name={text('dispatch:job.retryOf', { of: parent.of })}>
          <Button look="quiet" onClick={() => showJob(parent.jobId)}>
            {parent.jobId}
          </Button>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What has a result fills the bar from its start. */
const BAR_ORDER = [...OUTCOMES.slice(2), ...OUTCOMES.slice(0, 2).toReversed()];

/** Targets that wait or are under way have no result yet. */
function finishedOf(counts: OutcomeCounts): number {
  return OUTCOMES.reduce(
    (sum, outcome) => (outcome === 'waiting' || outcome === 'in_flight' ? sum : sum + counts[outcome]),
    0,
  );
}

function Progress({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  const { counts, targets, requestsDone, requestsTotal } = job;
  const finished = text('dispatch:job.finished', {
    n: formatCount(finishedOf(counts)),
    all: formatCount(targets),
  });
  const requests = text('dispatch:job.requests', {
    done: formatCount(requestsDone),
    total: formatCount(requestsTotal),
  });
  return (
    <div className={styles.progress}>
      <div
        className={styles.bar}
        role="progressbar"
        aria-label={text('dispatch:job.progress')}
        aria-valuemin={0}
        aria-valuemax={targets}
        aria-valuenow={finishedOf(counts)}
        aria-valuetext={finished}
      >
        {BAR_ORDER.map((outcome) =>
          counts[outcome] === 0 ? null : (
            <span
              key={outcome}
              className={styles.part}
              data-outcome={outcome}
              style={{ flexGrow: counts[outcome] }}
            />
          ),
        )}
      </div>
      <span className={styles.note}>
        {finished} · {requests}
      </span>
    </div>
  );
}

/** Why it is where it is, and what is still to come. */
function Reason({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  const nowMs = useNow((slice) => slice.nowMs);
  const words: string[] = [];
  if (job.phase === 'armed' && job.armedUntilMs !== null)
    words.push(
      text('dispatch:job.armedIn', { n: Math.max(0, Math.ceil((job.armedUntilMs - nowMs) / 1_000)) }),
    );
  if (job.phase === 'replies' && job.repliesUntilMs !== null)
    words.push(text('dispatch:job.repliesIn', { age: formatAge(job.repliesUntilMs - nowMs, text) }));
  if (job.phase === 'interrupted') words.push(text('dispatch:job.interrupted'));
  if (job.reason !== '') words.push(cellText(coreText(job.reason)));
  if (job.duplicateReplies > 0) {
    const count = job.duplicateReplies;
    words.push(text('dispatch:job.duplicates', { count, n: formatCount(count) }));
  }
  return (
    <p className={styles.reason} role="status">
      {words.join(' · ')}
    </p>
  );
}
