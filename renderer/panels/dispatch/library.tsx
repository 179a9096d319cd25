import { FileText, List, Plus, X } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openList, openTemplate, removeList, removeTemplate } from '../../state/dispatch-library.ts';
import { showJob, useDispatch } from '../../state/dispatch-slice.ts';
import { useNow } from '../../state/now.ts';
import { SideChoice } from '../plugin/side-choice.tsx';
import styles from './library.module.css';
import { SaveList, SaveTemplate } from './save-form.tsx';
import { sayFailure } from './try-send.ts';

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
    </aside>
  );
}

function Section(props: {
  readonly title: string;
  readonly act?: ReactNode;
  readonly none: string | null;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <section className={styles.section}>
      <div className={styles.head}>
        <h2 className={styles.title}>{props.title}</h2>
        {props.act}
      </div>
      {props.none === null ? <ul>{props.children}</ul> : <p className={styles.note}>{props.none}</p>}
    </section>
  );
}

function Templates(): ReactElement {
  const text = useText();
  const api = useApi();
  const templates = useDispatch((slice) => slice.templates);
  return (
    <Section
      title={text('dispatch:library.templates')}
      act={<SaveTemplate />}
      none={templates.length === 0 ? text('dispatch:library.noTemplates') : null}
    >
      {templates.map(({ path, fault }) => {
        const name = cellText(path.replace(/\.sbt$/, ''));
        const why = fault === '' ? name : text('dispatch:library.fault', { fault });
        return (
          <li key={path} className={styles.item}>
            <button
              type="button"
              className={styles.open}
              disabled={fault !== ''}
              title={why}
              onClick={() => void openTemplate(api, path).then((failure) => sayFailure(failure, text))}
            >
              <FileText aria-hidden size="1em" />
              <span className={styles.name}>{name}</span>
            </button>
            <IconButton
              icon={X}
              label={text('dispatch:library.removeTemplate', { name })}
              onClick={() => void removeTemplate(api, path).then((failure) => sayFailure(failure, text))}
            />
          </li>
        );
      })}
    </Section>
  );
}

function Lists(): ReactElement {
  const text = useText();
  const api = useApi();
  const lists = useDispatch((slice) => slice.lists);
  return (
    <Section
      title={text('dispatch:library.lists')}
      act={<SaveList />}
      none={lists.length === 0 ? text('dispatch:library.noLists') : null}
    >
      {lists.map(({ name, tags, count }) => (
        <li key={name} className={styles.item}>
          <button
            type="button"
            className={styles.open}
            onClick={() => void openList(api, name).then((failure) => sayFailure(failure, text))}
          >
            <List aria-hidden size="1em" />
            <span className={styles.name}>{cellText(name)}</span>
            <span className={styles.facts}>
              {[text('dispatch:library.targets', { count, n: formatCount(count) }), ...tags].join(' · ')}
            </span>
          </button>
          <IconButton
            icon={X}
            label={text('dispatch:library.removeList', { name: cellText(name) })}
            onClick={() => void removeList(api, name).then((failure) => sayFailure(failure, text))}
          />
        </li>
      ))}
    </Section>
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

function JobItem({ job, isShown }: { readonly job: JobSummary; readonly isShown: boolean }): ReactElement {
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
          {targets} · {cellText(job.profileLabel)}
        </span>
      </button>
    </li>
  );
}
