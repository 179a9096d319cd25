import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { goLive, useTime } from '../../state/time-slice.ts';
import styles from './feed-panel.module.css';

/** "+n (e errors) · End to resume": what came in while the view stands still. */
export function Pill(): ReactElement | null {
  const text = useText();
  const mode = useTime(({ time }) => time.mode);
  const rows = useFeed(({ waiting }) => waiting.rows);
  const errors = useFeed(({ waiting }) => waiting.errors);
  if (mode !== 'paused') return null;
  return (
    <Button look="plain" className={styles.pill} data-testid="pill" onClick={goLive}>
      {rows === 0 ? null : <span>+{formatCount(rows)}</span>}
      {errors === 0 ? null : (
        <span className={styles.pillErrors}>
          {text('feed:pill.errors', { count: errors, n: formatCount(errors) })}
        </span>
      )}
      <span>
        {rows === 0 ? null : '· '}
        {text('feed:pill.resume')}
      </span>
    </Button>
  );
}
