import type { ReactElement } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { LinkState } from '../../../shared/contract/app.ts';
import { Lamp } from '../../components/lamp.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { formatRate } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useConnection } from '../../state/connection-slice.ts';
import { openLink, useDialogs } from '../../state/dialogs-slice.ts';
import { useLinks } from '../../state/links-slice.ts';
import styles from './link-strip.module.css';

/** More links than this get a line of their own on a screen of usual width. */
const LINKS_BESIDE_MAX = 2;

/** One lamp a link, in the order of the core. */
export function LinkStrip(): ReactElement {
  const text = useText();
  const linkIds = useLinks(useShallow((slice) => slice.links?.map(({ id }) => id) ?? null));
  return (
    <nav
      className={styles.strip}
      data-crowded={(linkIds?.length ?? 0) > LINKS_BESIDE_MAX}
      aria-label={text('links.strip')}
    >
      {linkIds?.length === 0 ? <span className={styles.none}>{text('links.none')}</span> : null}
      {linkIds?.map((id) => (
        <LinkLamp key={id} linkId={id} />
      ))}
    </nav>
  );
}

function LinkLamp({ linkId }: { readonly linkId: string }): ReactElement | null {
  const link = useLinks((slice) => slice.links?.find(({ id }) => id === linkId));
  return link === undefined ? null : <LinkButton link={link} />;
}

function LinkButton({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  const isOpen = useDialogs((slice) => slice.linkId === link.id);
  // Without a line to the core nobody knows how a link is now.
  const isKnown = useConnection((slice) => slice.state !== 'lost' && slice.state !== 'signed_out');
  const state = text(isKnown ? `links.state.${link.state}` : 'links.unknown');
  const label = coreText(link.label);
  const rate = isKnown ? formatRate(link.ratePerSecond) : '–';
  return (
    <button
      type="button"
      className={styles.link}
      data-state={isKnown ? link.state : 'unknown'}
      aria-expanded={isOpen}
      title={link.reason === '' ? label : `${label}: ${coreText(link.reason)}`}
      onClick={() => openLink(isOpen ? null : link.id)}
    >
      <Lamp state={isKnown ? link.state : 'off'} />
      <span className={styles.label}>{label}</span>
      <span className={styles.state}>{state}</span>
      <span className={styles.rate}>{text('links.rate', { rate })}</span>
      <span className={styles.spark}>
        <Sparkline values={link.sparkline} width={48} height={14} />
      </span>
    </button>
  );
}
