import { useEffect, useLayoutEffect } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { Banner } from '../../components/banner.tsx';
import { formatAge } from '../../i18n/format-age.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openDispatch } from '../../state/dispatch-session.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import { useNow } from '../../state/now.ts';
import { usePluginShown } from '../../state/plugin-shown.ts';
import { PluginPanel } from '../plugin/plugin-panel.tsx';
import { AuditDialog } from './audit-dialog.tsx';
import { DispatchForm } from './dispatch-form.tsx';
import { registerDispatchCommands } from './dispatch-commands.ts';
import styles from './dispatch-panel.module.css';
import { ImportDialog } from './import-dialog.tsx';
import { JobView } from './job-view.tsx';
import { Library } from './library.tsx';
import { NoProfiles } from './no-profiles.tsx';
import { PreviewPane } from './preview-pane.tsx';
import { ProfilesDialog } from './profiles-dialog.tsx';
import { SendersDialog } from './senders-dialog.tsx';
import { SendBar } from './send-bar.tsx';
import { WrittenDialog } from './written-dialog.tsx';
import { trySend } from './try-send.ts';

/** The Dispatch view: templates, target lists and jobs at the left; the form with its preview, or a job. Or the plugin's side. */
export function DispatchPanel(): ReactElement {
  const api = useApi();
  const isPlugin = usePluginShown((slice) => slice.isShown);
  useEffect(() => openDispatch(api), [api]);
  return isPlugin ? <PluginPanel /> : <SenderSide />;
}

function SenderSide(): ReactElement {
  const text = useText();
  const api = useApi();
  const jobId = useDispatch((slice) => slice.jobId);
  useLayoutEffect(() => registerDispatchCommands(api, text), [api, text]);
  return (
    <div className={styles.panel}>
      <Library />
      <div className={styles.main}>
        {jobId === null ? <Compose /> : <JobView key={jobId} jobId={jobId} />}
        <Stale />
      </div>
      <ProfilesDialog />
      <ImportDialog />
      <SendersDialog />
      <AuditDialog />
      <WrittenDialog />
    </div>
  );
}

function Compose(): ReactElement {
  const api = useApi();
  const text = useText();
  const hasNone = useDispatch((slice) => slice.profiles?.length === 0);
  if (hasNone) return <NoProfiles />;
  /** Also while typing, where page commands rest. */
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    trySend(api, text);
  };
  return (
    <div className={styles.compose} onKeyDown={onKeyDown}>
      <DispatchForm />
      <PreviewPane />
      <SendBar />
    </div>
  );
}

function Stale(): ReactElement | null {
  const text = useText();
  const sinceMs = useDispatch((slice) => slice.staleSinceMs);
  const nowMs = useNow((slice) => slice.nowMs);
  if (sinceMs === null) return null;
  return <Banner tone="warn">{text('dispatch:stale', { age: formatAge(nowMs - sinceMs, text) })}</Banner>;
}
