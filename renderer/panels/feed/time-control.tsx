import { Pause, Play, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock, formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { togglePause } from '../../state/feed-session.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { goLive, useTime } from '../../state/time-slice.ts';
import { useViewId } from '../../state/view-slice.ts';
import styles from './time-control.module.css';

/** LIVE · PAUSED at t (+n waiting) · RANGE from–to: the one clock of all views, for the frame's header. */
export function TimeControl(): ReactElement {
  const text = useText();
  const mode = useTime(({ time }) => time.mode);
  const isStale = useFeed(({ staleSinceMs }) => staleSinceMs !== null);
  return (
    <div
      className={styles.control}
      data-mode={mode}
      data-stale={isStale}
      role="group"
      aria-label={text('feed:time.label')}
    >
      <span className={styles.mark} aria-hidden />
      <Reading />
      {mode === 'range' ? (
        <IconButton icon={X} label={text('feed:time.clear')} keys="End" onClick={goLive} />
      ) : (
        <IconButton
          icon={mode === 'live' ? Pause : Play}
          label={text(mode === 'live' ? 'feed:time.pause' : 'feed:time.resume')}
          keys="Space"
          onClick={togglePause}
        />
      )}
    </div>
  );
}

function Reading(): ReactElement {
  const text = useText();
  const time = useTime((slice) => slice.time);
  const zone = useSettings(({ settings }) => settings.timeZone);
  const isStale = useFeed(({ staleSinceMs }) => staleSinceMs !== null);
  const waitingRows = useFeed(({ waiting }) => waiting.rows);
  // Only the feed counts what waits, and only while it is open.
  const isFeed = useViewId(({ view }) => view === 'feed');
  switch (time.mode) {
    case 'live':
      return <strong className={styles.word}>{text(isStale ? 'feed:time.stale' : 'feed:time.live')}</strong>;
    case 'paused':
      return (
        <>
          <strong className={styles.word}>{text('feed:time.paused')}</strong>
          <span title={formatTime(time.atMs, zone)}>{formatClock(time.atMs, zone)}</span>
          {isFeed ? (
            <Button look="quiet" className={styles.waiting} onClick={goLive}>
              {text('feed:time.waiting', { n: formatCount(waitingRows) })}
            </Button>
          ) : null}
        </>
      );
    case 'range':
      return (
        <>
          <strong className={styles.word}>{text('feed:time.range')}</strong>
          <span title={`${formatTime(time.fromMs, zone)} – ${formatTime(time.toMs, zone)}`}>
            {formatClock(time.fromMs, zone)} – {formatClock(time.toMs, zone)}
          </span>
        </>
      );
  }
}
