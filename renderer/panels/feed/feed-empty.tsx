import type { ReactElement } from 'react';
import type { LinkState } from '../../../shared/contract/app.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { coreText, failureText } from '../../i18n/core-text.ts';
import { formatAge } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { setFilter, useFilter } from '../../state/feed-filter.ts';
import { feedSession } from '../../state/feed-session.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { useLinks } from '../../state/links-slice.ts';
import { useNow } from '../../state/now.ts';
import { usePulse } from '../../state/pulse-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { goLive, useTime } from '../../state/time-slice.ts';
import { LinkActions } from '../frame/link-actions.tsx';
import styles from './feed-panel.module.css';
import { shownText } from '../../components/shown-text.ts';

/** Instead of rows: what is the matter, why, and what can be done now. */
export function FeedEmpty(): ReactElement | null {
  const text = useText();
  const status = useFeed((slice) => slice.status);
  const rowCount = useFeed((slice) => slice.rowCount);
  const isSearching = useFeed((slice) => slice.search !== null);
  const active = useFilter((slice) => slice.active);
  const isRange = useTime(({ time }) => time.mode === 'range');
  useFeed((slice) => slice.version);
  const hasOnlyNotices = active === '' && !isRange && isOnlyNotices();
  if (status === 'failed') return <Failed />;
  if (rowCount > 0 && !hasOnlyNotices) return null;
  if (status === 'loading') return <Over title={text('loading')} />;
  if (isSearching) return <Over title={text('feed:empty.searching')} />;
  if (active !== '' || isRange) return <NothingMatches />;
  return <NothingYet />;
}

/**
 * The console spoke of itself at the most: then nobody has sent anything yet, and what helps is still to be
 * said.
 */
function isOnlyNotices(): boolean {
  const window = feedSession()?.controller.window;
  if (window === undefined || !window.atStart || window.length > NOTICES_MAX) return false;
  for (let index = 0; index < window.length; index += 1)
    if (window.at(index)?.source !== 'console') return false;
  return true;
}

/** So many rows leave room for the hint below them. */
const NOTICES_MAX = 6;

function Over(props: Parameters<typeof EmptyState>[0]): ReactElement {
  return (
    <div className={styles.over}>
      <EmptyState {...props} />
    </div>
  );
}

function Failed(): ReactElement | null {
  const text = useText();
  const failure = useFeed((slice) => slice.failure);
  const retry = (): void => feedSession()?.controller.retry();
  if (failure === null) return null;
  return (
    <Over
      title={text('feed:empty.failed')}
      actions={
        <Button look="primary" onClick={retry}>
          {text('retry')}
        </Button>
      }
    >
      {failureText(failure)}
    </Over>
  );
}

function NothingMatches(): ReactElement {
  const text = useText();
  const active = useFilter((slice) => slice.active);
  const time = useTime((slice) => slice.time);
  const zone = useSettings(({ settings }) => settings.timeZone);
  const isStopped = useFeed((slice) => slice.isSearchStopped);
  const storeRows = usePulse((slice) => slice.pulse?.store.rows ?? 0);
  return (
    <Over
      title={text(
        isStopped
          ? 'feed:empty.stoppedTitle'
          : active === ''
            ? 'feed:empty.rangeTitle'
            : 'feed:empty.filterTitle',
      )}
      actions={
        <>
          {isStopped ? (
            <Button onClick={() => feedSession()?.controller.resumeSearch()}>
              {text('feed:status.searchOn')}
            </Button>
          ) : null}
          {active === '' ? null : (
            <Button look="primary" onClick={() => setFilter('')}>
              {text('feed:empty.clearFilter')}
            </Button>
          )}
          {time.mode === 'range' ? <Button onClick={goLive}>{text('feed:empty.clearRange')}</Button> : null}
        </>
      }
    >
      {active === '' ? null : <code className={styles.code}>{active}</code>}
      {time.mode === 'range' ? (
        <p>
          {text('feed:empty.range', {
            from: formatClock(time.fromMs, zone),
            to: formatClock(time.toMs, zone),
          })}
        </p>
      ) : null}
      <p>{text('feed:empty.stored', { count: storeRows, n: formatCount(storeRows) })}</p>
    </Over>
  );
}

/** Says how to send a first event, with the address that is really listened at. */
function NothingYet(): ReactElement {
  const text = useText();
  const links = useLinks((slice) => slice.links);
  const listener = links?.find((link) => link.source === 'mimo' && link.state === 'up');
  const troubled = links?.find(
    (link) => link.source === 'mimo' && (link.state === 'failed' || link.state === 'down'),
  );
  if (listener !== undefined) return <Listening link={listener} />;
  if (troubled !== undefined) {
    return (
      <Over title={text('feed:empty.notListening', { label: coreText(troubled.label) })}>
        <p>{shownText(coreText(troubled.reason))}</p>
        <p>{shownText(coreText(troubled.fix))}</p>
        <div className={styles.emptyActs}>
          <LinkActions link={troubled} />
        </div>
      </Over>
    );
  }
  return <Over title={text('feed:empty.noListener')}>{text('feed:empty.noListenerWhy')}</Over>;
}

function Listening({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  const age = useNow(({ nowMs }) => formatAge(nowMs - link.sinceMs, text));
  const curl = curlExample(link.address);
  return (
    <Over title={text('feed:empty.listening', { age })} actions={<CopyButton value={() => curl} />}>
      <p>{text('feed:empty.try', { address: link.address })}</p>
      <code className={styles.code}>{curl}</code>
    </Over>
  );
}

function curlExample(address: string): string {
  const base = address.startsWith('http') ? address : `http://${address}`;
  const url = base.endsWith('/mimo/events') ? base : `${base.replace(/\/$/, '')}/mimo/events`;
  const body = '{"event":"bdev_ready","payload":{"name":"nvme0n1","size":1073741824}}';
  return `curl -H 'Content-Type: application/json' -d '${body}' ${url}`;
}
