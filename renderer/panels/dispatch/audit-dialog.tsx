import { useEffect, useRef } from 'react';
import type { ReactElement, RefObject } from 'react';
import type { AuditLine } from '../../../shared/contract/dispatch.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { cellText } from '../../components/shown-text.ts';
import { TextInput } from '../../components/text-input.tsx';
import { failureText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { readAudit, useAudit } from '../../state/dispatch-audit.ts';
import { exportAudit } from '../../state/dispatch-files.ts';
import { openDispatchDialog, useDispatch } from '../../state/dispatch-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './audit-dialog.module.css';
import { sayFailure } from './try-send.ts';

/** Who did what when, newest first; what was refused stands out. */
export function AuditDialog(): ReactElement {
  const text = useText();
  const isOpen = useDispatch((slice) => slice.dialog === 'audit');
  const filter = useRef<HTMLInputElement>(null);
  return (
    <Dialog
      isOpen={isOpen}
      size="large"
      title={text('dispatch:audit.title')}
      firstFocus={filter}
      onClose={() => openDispatchDialog(null)}
    >
      <div className={styles.audit}>
        <Head filter={filter} />
        <Lines />
      </div>
    </Dialog>
  );
}

function Head({ filter }: { readonly filter: RefObject<HTMLInputElement | null> }): ReactElement {
  const text = useText();
  const api = useApi();
  const words = useAudit((slice) => slice.text);
  const page = useAudit((slice) => slice.page);
  // What was done meanwhile is there when it is opened again.
  useEffect(() => void readAudit(api, useAudit.getState().text), [api]);
  return (
    <>
      <div className={styles.head}>
        <TextInput
          ref={filter}
          className={styles.filter}
          aria-label={text('dispatch:audit.filter')}
          placeholder={text('dispatch:audit.filter')}
          value={words}
          onChange={(event) => void readAudit(api, event.target.value)}
        />
        <span role="status" className={styles.note}>
          {page === null
            ? ''
            : text('dispatch:audit.shown', {
                shown: formatCount(page.lines.length),
                all: formatCount(page.total),
              })}
        </span>
        <Button
          disabled={page === null || page.total === 0}
          onClick={() => void exportAudit(api, words).then((failure) => sayFailure(failure, text))}
        >
          {text('dispatch:audit.export')}
        </Button>
      </div>
      {page === null ? null : (
        <p className={styles.note}>{text('dispatch:audit.path', { path: page.path })}</p>
      )}
    </>
  );
}

function Lines(): ReactElement {
  const text = useText();
  const page = useAudit((slice) => slice.page);
  const words = useAudit((slice) => slice.text);
  const failure = useAudit((slice) => slice.failure);
  if (failure !== null)
    return <EmptyState title={text('dispatch:job.loadFailed')}>{failureText(failure)}</EmptyState>;
  if (page === null) return <EmptyState title={text('loading')} />;
  if (page.lines.length === 0)
    return (
      <EmptyState title={text(words === '' ? 'dispatch:audit.noneYet' : 'dispatch:audit.none')}>
        {text('dispatch:audit.noneWhy')}
      </EmptyState>
    );
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={text('dispatch:audit.title')}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{text('dispatch:audit.time')}</th>
            <th scope="col">{text('dispatch:audit.who')}</th>
            <th scope="col">{text('dispatch:audit.action')}</th>
            <th scope="col">{text('dispatch:audit.detail')}</th>
          </tr>
        </thead>
        <tbody>
          {page.lines.map((line, at) => (
            // Lines only ever come in front: counted from the end each keeps its number.
            <Line key={page.total - at} line={line} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ line }: { readonly line: AuditLine }): ReactElement {
  const zone = useSettings(({ settings }) => settings.timeZone);
  return (
    <tr data-refused={line.action.endsWith('refused')}>
      <td className={styles.time}>{formatTime(line.atMs, zone)}</td>
      <td>{cellText(line.who)}</td>
      <td className={styles.action}>{cellText(line.action)}</td>
      <td className={styles.detail}>{cellText(line.detail)}</td>
    </tr>
  );
}
