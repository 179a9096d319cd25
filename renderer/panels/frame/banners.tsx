import type { ReactElement } from 'react';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useConnection } from '../../state/connection-slice.ts';
import { openSettings } from '../../state/dialogs-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { usePulse } from '../../state/pulse-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './banners.module.css';

/** What the operator must know at once: no core, no store. */
export function Banners(): ReactElement {
  return (
    <div className={styles.banners}>
      <ConnectionBanner />
      <StoreBanner />
    </div>
  );
}

function ConnectionBanner(): ReactElement | null {
  const text = useText();
  const state = useConnection((slice) => slice.state);
  const lastHeardAtMs = useConnection((slice) => slice.lastHeardAtMs);
  const zone = useSettings((slice) => slice.settings.timeZone);
  const failure = useHello((slice) => slice.failure);
  if (state === 'signed_out') return <Banner tone="bad">{text('connection.signedOut')}</Banner>;
  if (state === 'lost') {
    const lost =
      lastHeardAtMs === null
        ? text('connection.lostNoData')
        : text('connection.lost', { time: formatTime(lastHeardAtMs, zone) });
    return (
      <Banner tone="bad">
        {lost} <span className={styles.fix}>{text('connection.lostFix')}</span>
      </Banner>
    );
  }
  if (failure === null || failure.code === 'E_DISCONNECTED') return null;
  return (
    <Banner tone="warn">
      {text('connection.refused', { code: failure.code, message: coreText(failure.message) })}
    </Banner>
  );
}

function StoreBanner(): ReactElement | null {
  const text = useText();
  const state = usePulse((slice) => slice.pulse?.store.state ?? 'ok');
  const reason = usePulse((slice) => slice.pulse?.store.stateReason ?? '');
  if (state === 'ok') return null;
  const actions = <Button onClick={() => openSettings('feed')}>{text('store.openSettings')}</Button>;
  return (
    <Banner tone="bad" actions={actions}>
      {text(`store.${state}`, { reason: coreText(reason) })}{' '}
      <span className={styles.fix}>{text('store.fix')}</span>
    </Banner>
  );
}
