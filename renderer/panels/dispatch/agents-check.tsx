import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { formatAge } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { checkAgents, leaveOutNotRunning } from '../../state/dispatch-agents.ts';
import { freshCheck, sentSet, useDispatch } from '../../state/dispatch-slice.ts';
import type { TargetsCheck } from '../../state/dispatch-slice.ts';
import { useNow } from '../../state/now.ts';
import { agentStateText } from './agent-state-text.ts';
import styles from './dispatch-panel.module.css';
import { sayFailure } from './try-send.ts';

const SHOWN_MAX = 20;

/** Before sending: which of the targets run, as their server says. */
export function AgentsCheck(): ReactElement {
  const text = useText();
  const api = useApi();
  const check = useDispatch(freshCheck);
  const isChecking = useDispatch((slice) => slice.isChecking);
  const isEmpty = useDispatch((slice) => (sentSet(slice)?.count ?? 0) === 0);
  return (
    <>
      <div className={styles.line}>
        <Button
          disabled={isEmpty || isChecking}
          onClick={() => void checkAgents(api).then((failure) => sayFailure(failure, text))}
        >
          {text(isChecking ? 'dispatch:form.checking' : 'dispatch:form.check')}
        </Button>
        <span role="status">
          {check === null ? (
            <span className={styles.note}>{text('dispatch:form.checkNote')}</span>
          ) : (
            <Verdict check={check} />
          )}
        </span>
        {check === null ? null : <Age check={check} />}
        {check === null || check.notRunning === null || check.running === 0 ? null : (
          <Button onClick={() => leaveOutNotRunning(text('dispatch:form.notRunning'))}>
            {text('dispatch:form.leaveOut')}
          </Button>
        )}
      </div>
      {check === null || check.shown.length === 0 ? null : <NotRunning check={check} />}
    </>
  );
}

function Verdict({ check }: { readonly check: TargetsCheck }): ReactElement {
  const text = useText();
  const bad = check.total - check.running;
  return (
    <>
      <span className={bad === 0 ? styles.good : styles.warn}>
        {bad === 0
          ? text('dispatch:form.checkOk', { count: check.total, n: formatCount(check.total) })
          : text('dispatch:form.checkBad', { bad: formatCount(bad), all: formatCount(check.total) })}
      </span>
      {check.unknown === 0 ? null : (
        <span className={styles.note}>
          {' '}
          · {text('dispatch:form.checkUnknown', { n: formatCount(check.unknown) })}
        </span>
      )}
    </>
  );
}

/** Beside what is spoken: it changes every second. */
function Age({ check }: { readonly check: TargetsCheck }): ReactElement {
  const text = useText();
  const age = useNow(({ nowMs }) => formatAge(Math.max(0, nowMs - check.atMs), text));
  return <span className={styles.note}>{text('dispatch:form.checkAge', { age })}</span>;
}

function NotRunning({ check }: { readonly check: TargetsCheck }): ReactElement {
  const text = useText();
  const shown = check.shown.slice(0, SHOWN_MAX);
  const more = check.total - check.running - shown.length;
  return (
    <ul className={styles.notRunning} tabIndex={0} aria-label={text('dispatch:form.notRunning')}>
      {shown.map(({ agentId, statusCode, version }) => (
        <li key={agentId}>
          <code>{cellText(agentId)}</code> {agentStateText(statusCode, text)} {cellText(version)}
        </li>
      ))}
      {more > 0 ? <li>{text('dispatch:form.moreAgents', { n: formatCount(more) })}</li> : null}
    </ul>
  );
}
