import { useEffect, useLayoutEffect } from 'react';
import type { ReactElement } from 'react';
import { Banner } from '../../components/banner.tsx';
import { formatAge } from '../../i18n/format-age.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import { useNow } from '../../state/now.ts';
import { loadPlaces, openPlugins } from '../../state/plugin-session.ts';
import { shownPlugin, usePlugin } from '../../state/plugin-slice.ts';
import { ConnectionDialog } from './connection-dialog.tsx';
import { ConnectionHead } from './connection-head.tsx';
import { ConnectionList } from './connection-list.tsx';
import { FramePane } from './frame-pane.tsx';
import { NoConnection } from './no-connection.tsx';
import { registerPluginCommands } from './plugin-commands.ts';
import styles from './plugin-panel.module.css';
import { SendPane } from './send-pane.tsx';
import { TrafficList } from './traffic-list.tsx';

/** The plugin's side: connections at the left, what comes over the shown one, and what is sent over it. */
export function PluginPanel(): ReactElement {
  const text = useText();
  const api = useApi();
  const profiles = useDispatch((slice) => slice.profiles);
  useEffect(() => openPlugins(api), [api]);
  useLayoutEffect(() => registerPluginCommands(api, text), [api, text]);
  // The lab's sockets come and go with its profile.
  useEffect(() => void loadPlaces(api), [api, profiles]);
  return (
    <div className={styles.panel}>
      <ConnectionList />
      <div className={styles.main}>
        <Shown />
        <Stale />
      </div>
      <ConnectionDialog />
    </div>
  );
}

function Shown(): ReactElement {
  const view = usePlugin(shownPlugin);
  const isOpen = usePlugin((slice) => slice.chosen !== null);
  if (view === null) return <NoConnection />;
  return (
    <section className={styles.connection}>
      <ConnectionHead view={view} />
      <div className={styles.work}>
        <div className={styles.lines} data-split={isOpen}>
          <TrafficList view={view} />
          {isOpen ? <FramePane /> : null}
        </div>
        <SendPane view={view} />
      </div>
    </section>
  );
}

function Stale(): ReactElement | null {
  const text = useText();
  const sinceMs = usePlugin((slice) => slice.staleSinceMs);
  const nowMs = useNow((slice) => slice.nowMs);
  if (sinceMs === null) return null;
  return <Banner tone="warn">{text('plugin:stale', { age: formatAge(nowMs - sinceMs, text) })}</Banner>;
}
