import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { cellText, shownText } from '../../components/shown-text.ts';
import { saidFailure } from '../../i18n/core-text.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { closeReply, useJob } from '../../state/dispatch-job.ts';
import { fieldTerm, narrow, setFilter } from '../../state/feed-filter.ts';
import { prettyJson } from '../../state/pretty-json.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { showView } from '../../state/view-slice.ts';
import styles from './job-view.module.css';

/** The reply of one target, as it came in; the feed has all of them with their bytes. */
export function ReplyPane(): ReactElement {
  const text = useText();
  const reply = useJob((slice) => slice.reply);
  const zone = useSettings(({ settings }) => settings.timeZone);
  return (
    <aside className={styles.reply} aria-label={text('dispatch:job.reply')} tabIndex={0}>
      <div className={styles.line}>
        <h3 className={styles.heading}>{text('dispatch:job.reply')}</h3>
        <IconButton icon={X} label={text('dispatch:job.replyClose')} onClick={closeReply} />
      </div>
      {reply.state === 'loading' ? <p>{text('loading')}</p> : null}
      {reply.state === 'failed' ? (
        <p role="alert">{text('dispatch:failed', saidFailure(reply.failure))}</p>
      ) : null}
      {reply.state === 'here' ? (
        <>
          <p className={styles.note}>
            {text('dispatch:job.replyAt', {
              host: cellText(reply.detail.row.host),
              time: formatTime(reply.detail.row.receivedAtMs, zone),
            })}
          </p>
          <pre className={styles.body}>
            {shownText(prettyJson(new TextDecoder().decode(reply.detail.body)))}
          </pre>
          <Button
            onClick={() => {
              setFilter('');
              narrow(fieldTerm('id', reply.detail.row.id), false);
              showView('feed');
            }}
          >
            {text('dispatch:job.replyFeed')}
          </Button>
        </>
      ) : null}
    </aside>
  );
}
