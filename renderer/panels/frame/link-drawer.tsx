import { X } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { LinkState } from '../../../shared/contract/app.ts';
import { Badge } from '../../components/badge.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Lamp } from '../../components/lamp.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { formatAge, formatAgo } from '../../i18n/format-age.ts';
import { formatCount, formatRate } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { openLink, useDialogs } from '../../state/dialogs-slice.ts';
import { useLinks } from '../../state/links-slice.ts';
import { useNow } from '../../state/now.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { LinkActions } from './link-actions.tsx';
import styles from './link-drawer.module.css';

/** Lies over the right edge of the view and moves nothing; the page stays usable beside it. */
export function LinkDrawer(): ReactElement | null {
  const linkId = useDialogs((slice) => slice.linkId);
  const link = useLinks((slice) => slice.links?.find(({ id }) => id === linkId));
  return link === undefined ? null : <Drawer key={link.id} link={link} />;
}

function Drawer({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  const titleId = useId();
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    place.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    openLink(null);
  };
  return (
    <aside
      ref={place}
      className={styles.drawer}
      aria-labelledby={titleId}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div className={styles.head}>
        <Lamp state={link.state} />
        <h2 id={titleId} className={styles.title}>
          {coreText(link.label)}
        </h2>
        {link.simulated ? (
          <Badge tone="accent" title={text('links.simulatedWhy')}>
            {text('simulated')}
          </Badge>
        ) : null}
        <IconButton icon={X} label={text('close')} onClick={() => openLink(null)} />
      </div>
      <div className={styles.body}>
        <State link={link} />
        <LinkActions link={link} />
        <Traffic link={link} />
        <History link={link} />
      </div>
    </aside>
  );
}

function State({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  const nowMs = useNow((slice) => slice.nowMs);
  return (
    <dl className={styles.facts}>
      <dt>{text('links.address')}</dt>
      <dd className={styles.data}>{coreText(link.address)}</dd>
      <dt>{text('links.stateName')}</dt>
      <dd>
        {text(`links.state.${link.state}`)}{' '}
        {text('links.since', { age: formatAge(nowMs - link.sinceMs, text) })}
      </dd>
      {link.reason === '' ? null : (
        <>
          <dt>{text('links.reason')}</dt>
          <dd>{coreText(link.reason)}</dd>
        </>
      )}
      {link.fix === '' ? null : (
        <>
          <dt>{text('links.fix')}</dt>
          <dd className={styles.fix}>{coreText(link.fix)}</dd>
        </>
      )}
    </dl>
  );
}

function Traffic({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  const nowMs = useNow((slice) => slice.nowMs);
  const { lastMessageAtMs } = link;
  const peak = text('links.lastMinutePeak', { peak: formatRate(Math.max(0, ...link.sparkline)) });
  return (
    <section>
      <dl className={styles.facts}>
        <dt>{text('links.messages')}</dt>
        <dd>{formatCount(link.messages)}</dd>
        <dt>{text('links.lastMessage')}</dt>
        <dd>{lastMessageAtMs === null ? text('age.never') : formatAgo(nowMs - lastMessageAtMs, text)}</dd>
      </dl>
      <div className={styles.chartHead}>
        <h3 className={styles.heading}>{text('links.lastMinute')}</h3>
        <span>{peak}</span>
      </div>
      <div className={styles.chart}>
        <Sparkline
          values={link.sparkline}
          width={340}
          height={40}
          label={`${text('links.lastMinute')}: ${peak}`}
        />
      </div>
    </section>
  );
}

function History({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  const zone = useSettings((slice) => slice.settings.timeZone);
  return (
    <section>
      <h3 className={styles.heading}>{text('links.history')}</h3>
      {link.history.length === 0 ? <p className={styles.quiet}>{text('links.historyEmpty')}</p> : null}
      <ol className={styles.history}>
        {link.history.map((change) => (
          <li key={`${change.atMs} ${change.state} ${change.reason}`} className={styles.change}>
            <span className={styles.changeHead}>
              <Lamp state={change.state} />
              <span>{text(`links.state.${change.state}`)}</span>
              <time className={styles.data}>{formatTime(change.atMs, zone)}</time>
            </span>
            <span className={styles.quiet}>{coreText(change.reason)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
