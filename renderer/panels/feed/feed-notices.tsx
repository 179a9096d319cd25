import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { failureText } from '../../i18n/core-text.ts';
import { formatAge } from '../../i18n/format-age.ts';
import { formatCount, formatRate } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { feedSession } from '../../state/feed-session.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { useNow } from '../../state/now.ts';
import styles from './feed-panel.module.css';
import { Pill } from './pill.tsx';

/**
 * One line below the list with what is true of it now; read out politely, at most when its wording changes.
 */
export function FeedStatus(): ReactElement {
  const text = useText();
  const rate = useFeed((slice) => slice.ratePerSecond);
  const rowCount = useFeed((slice) => slice.rowCount);
  const isSampled = useFeed((slice) => slice.sampled && slice.following);
  const isStale = useFeed((slice) => slice.staleSinceMs !== null);
  const following = useFeed((slice) => slice.following);
  return (
    <div className={styles.status}>
      <span role="status" className={styles.statusWord}>
        {isStale ? text('feed:status.broken') : null}
        {isStale
          ? null
          : text(
              isSampled ? 'feed:status.sampled' : following ? 'feed:status.following' : 'feed:status.still',
            )}
      </span>
      <Pill />
      <Stale />
      <Search />
      <Trouble />
      <span className={styles.spring} />
      <span>{text('feed:status.rate', { count: rate, rate: formatRate(rate) })}</span>
      <span>{text('feed:status.loaded', { count: rowCount, n: formatCount(rowCount) })}</span>
    </div>
  );
}

function Search(): ReactElement | null {
  const text = useText();
  const search = useFeed((slice) => slice.search);
  const isStopped = useFeed((slice) => slice.isSearchStopped);
  if (search === null) return isStopped ? <Stopped /> : null;
  const values = { scanned: formatCount(search.scannedRows), total: formatCount(search.totalRows) };
  return (
    <span className={styles.search}>
      <progress
        aria-label={text('feed:status.searchLabel')}
        max={Math.max(1, search.totalRows)}
        value={search.scannedRows}
      />
      {text('feed:status.search', values)}
      <Button className={styles.smallButton} onClick={() => feedSession()?.controller.cancelSearch()}>
        {text('cancel')}
      </Button>
    </span>
  );
}

function Stopped(): ReactElement {
  const text = useText();
  return (
    <span className={styles.search}>
      {text('feed:status.stopped')}
      <Button className={styles.smallButton} onClick={() => feedSession()?.controller.resumeSearch()}>
        {text('feed:status.searchOn')}
      </Button>
    </span>
  );
}

/** A page that could not be read while rows are shown: the rows stay, the trouble is told here. */
function Trouble(): ReactElement | null {
  const text = useText();
  const failure = useFeed((slice) => (slice.status === 'ready' ? slice.failure : null));
  if (failure === null) return null;
  return (
    <span className={styles.search} role="alert">
      <span className={styles.stale}>{failureText(failure)}</span>
      <Button className={styles.smallButton} onClick={() => feedSession()?.controller.retry()}>
        {text('retry')}
      </Button>
    </span>
  );
}

function Stale(): ReactElement | null {
  const text = useText();
  const staleSinceMs = useFeed((slice) => slice.staleSinceMs);
  const nowMs = useNow((slice) => slice.nowMs);
  if (staleSinceMs === null) return null;
  return (
    <span className={styles.stale}>
      {text('feed:status.stale', { age: formatAge(nowMs - staleSinceMs, text) })}
    </span>
  );
}
