import { Keyboard, Lock, Search, Settings as SettingsIcon, Stethoscope } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import type { Hello } from '../../../shared/contract/app.ts';
import { Badge } from '../../components/badge.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { ToastRegion } from '../../components/toast-region.tsx';
import { useText } from '../../i18n/i18n.ts';
import { openDialog } from '../../state/dialogs-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { Banners } from './banners.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { FrameDialogs } from './frame-dialogs.tsx';
import styles from './frame.module.css';
import { LabControl } from './lab-control.tsx';
import { LinkDrawer } from './link-drawer.tsx';
import { LinkStrip } from './link-strip.tsx';
import { StatusBar } from './status-bar.tsx';
import { ViewRail } from './view-rail.tsx';

export interface FrameProps {
  readonly timeControl: ReactNode;
  /** The one view that is shown. */
  readonly children: ReactNode;
}

/**
 * What is always visible, around the view. Banners come in at the bottom, so that nothing above them moves.
 */
export function Frame({ timeControl, children }: FrameProps): ReactElement {
  const text = useText();
  const isProduction = useHello((slice) => slice.hello?.profile.production === true);
  return (
    <div className={styles.frame} data-production={isProduction}>
      <header className={styles.header} aria-label={text('header.landmark')}>
        <div className={styles.identity}>
          <h1 className={styles.product}>{text('product')}</h1>
          <ProfileBadge />
        </div>
        <LinkStrip />
        {timeControl}
        <LabControl />
        <HeaderButtons />
      </header>
      <div className={styles.middle}>
        <ViewRail />
        <main className={styles.main} aria-label={text('header.main')}>
          <ErrorBoundary>{children}</ErrorBoundary>
          <LinkDrawer />
        </main>
      </div>
      <Banners />
      <StatusBar />
      <FrameDialogs />
      <ToastRegion />
    </div>
  );
}

function ProfileBadge(): ReactElement | null {
  const text = useText();
  const profile = useHello((slice) => slice.hello?.profile ?? null);
  if (profile === null) return null;
  return (
    <span className={styles.profile}>
      <Badge
        tone={profile.production ? 'production' : 'neutral'}
        title={text('header.profile', { name: profile.name })}
      >
        {badgeText(profile, text('header.production'))}
      </Badge>
      {profile.readOnly ? (
        <Badge tone="warn" title={text('header.readOnlyWhy')}>
          <Lock aria-hidden size="0.875em" />
          {text('header.readOnly')}
        </Badge>
      ) : null}
    </span>
  );
}

/** A profile that is called production need not say it twice. */
function badgeText(profile: Hello['profile'], production: string): string {
  if (!profile.production) return profile.name;
  return profile.name === 'production' ? production : `${production} · ${profile.name}`;
}

function HeaderButtons(): ReactElement {
  const text = useText();
  return (
    <div className={styles.buttons}>
      <IconButton
        icon={Search}
        label={text('command.palette')}
        keys="Ctrl+K"
        onClick={() => openDialog('palette')}
      />
      <IconButton icon={Keyboard} label={text('command.keys')} keys="?" onClick={() => openDialog('keys')} />
      <IconButton
        icon={Stethoscope}
        label={text('command.diagnostics')}
        onClick={() => openDialog('diagnostics')}
      />
      <IconButton
        icon={SettingsIcon}
        label={text('command.settings')}
        keys="Ctrl+,"
        onClick={() => openDialog('settings')}
      />
    </div>
  );
}
