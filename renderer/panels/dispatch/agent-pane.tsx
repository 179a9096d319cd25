import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { AgentDetails } from '../../../shared/contract/dispatch-agents.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { saidFailure } from '../../i18n/core-text.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { closeAgent } from '../../state/dispatch-job.ts';
import type { JobAgentState } from '../../state/dispatch-job.ts';
import { fieldTerm, narrow, setFilter } from '../../state/feed-filter.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { showView } from '../../state/view-slice.ts';
import { agentStateText } from './agent-state-text.ts';
import styles from './job-view.module.css';

/** All the server says of one agent, by the names of the wire; the feed has what the agent sent. */
export function AgentPane({ agent }: { readonly agent: JobAgentState }): ReactElement {
  const text = useText();
  const { agentId, answer } = agent;
  const title = text('dispatch:job.agentOf', { id: cellText(agentId) });
  return (
    <aside className={styles.reply} aria-label={title} tabIndex={0}>
      <div className={styles.line}>
        <h3 className={styles.heading}>{title}</h3>
        <IconButton icon={X} label={text('dispatch:job.agentClose')} onClick={closeAgent} />
      </div>
      {answer === null ? <p role="status">{text('dispatch:job.agentLoading')}</p> : null}
      {answer === null || answer.ok ? null : (
        <p role="alert">{text('dispatch:failed', saidFailure(answer.failure))}</p>
      )}
      {answer?.ok === true ? <Details details={answer.value} /> : null}
      <Button
        onClick={() => {
          setFilter('');
          narrow(fieldTerm('host', agentId), false);
          showView('feed');
        }}
      >
        {text('dispatch:job.replyFeed')}
      </Button>
    </aside>
  );
}

function Details({ details }: { readonly details: AgentDetails }): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const { members, atMs } = details;
  if (members.length === 0) return <p>{text('dispatch:job.agentUnknown')}</p>;
  return (
    <>
      <p className={styles.note}>{text('dispatch:job.agentAt', { time: formatTime(atMs, zone) })}</p>
      <dl className={styles.members}>
        {members.map(({ name, value }) => (
          <div key={name} className={styles.member}>
            <dt>{name}</dt>
            <dd>
              {cellText(value)}
              {name === 'status_code' ? ` (${agentStateText(value, text)})` : ''}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
