import { TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import type { FeedPulse } from '../../../shared/contract/feed.ts';
import { Button } from '../../components/button.tsx';
import { Popover } from '../../components/popover.tsx';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatBytes, formatCount } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useNow } from '../../state/now.ts';
import { usePulse } from '../../state/pulse-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './store-use.module.css';
import { usedPercent } from './used-percent.ts';

type StoreState = FeedPulse['store'];

export function StoreUse(): ReactElement | null {
  const text = useText();
  const pulse = usePulse((slice) => slice.pulse);
  if (pulse === null) return null;
  return (
    <Popover title={text('store.title')} align="end" trigger={<StoreButton store={pulse.store} />}>
      <StoreFacts store={pulse.store} atMs={pulse.atMs} />
      <p className={styles.quiet}>{text('store.retention')}</p>
    </Popover>
  );
}

function StoreButton({ store, ...rest }: { readonly store: StoreState }): ReactElement {
  const text = useText();
  const percent = usedPercent(store);
  const used = formatBytes(store.bytes);
  const limit = formatBytes(store.bytesMax);
  return (
    <Button {...rest} look="quiet">
      {store.state === 'ok' ? null : <TriangleAlert className={styles.alert} aria-hidden size="1em" />}
      <span className={styles.word}>{text('store.title')}</span>
      <Meter percent={percent} isBad={store.state !== 'ok'} />
      <span className={styles.used}>
        {used} / {limit}
      </span>
    </Button>
  );
}

function Meter({ percent, isBad }: { readonly percent: number; readonly isBad: boolean }): ReactElement {
  return (
    <svg
      className={styles.meter}
      data-bad={isBad}
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      aria-hidden
    >
      <rect className={styles.filled} width={percent} height="10" />
    </svg>
  );
}

function StoreFacts({ store, atMs }: { readonly store: StoreState; readonly atMs: number }): ReactElement {
  const text = useText();
  const nowMs = useNow((slice) => slice.nowMs);
  const zone = useSettings((slice) => slice.settings.timeZone);
  const folder = useHello((slice) => slice.hello?.dataFolder);
  const percent = String(usedPercent(store));
  const { oldestAtMs } = store;
  return (
    <dl className={styles.facts}>
      <dt>{text('store.used')}</dt>
      <dd>
        {text('store.usedOf', {
          used: formatBytes(store.bytes),
          limit: formatBytes(store.bytesMax),
          percent,
        })}
      </dd>
      <dt>{text('store.reserve')}</dt>
      <dd>{formatBytes(store.reserveBytes)}</dd>
      <dt>{text('store.rows')}</dt>
      <dd>{formatCount(store.rows)}</dd>
      <dt>{text('store.oldest')}</dt>
      <dd>
        {oldestAtMs === null
          ? text('noData')
          : `${formatTime(oldestAtMs, zone)} · ${formatAgo(nowMs - oldestAtMs, text)}`}
      </dd>
      <dt>{text('store.commit')}</dt>
      <dd>
        {store.commitMsP99.toFixed(1)} ms · {formatAgo(nowMs - atMs, text)}
      </dd>
      {folder === undefined ? null : (
        <>
          <dt>{text('store.folder')}</dt>
          <dd className={styles.data}>{folder}</dd>
        </>
      )}
    </dl>
  );
}
