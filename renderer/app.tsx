import { Suspense, lazy, useEffect, useLayoutEffect } from 'react';
import type { ReactElement } from 'react';
import { FeedPanel } from './panels/feed/feed-panel.tsx';
import { TimeControl } from './panels/feed/time-control.tsx';
import { applyLook } from './panels/frame/apply-look.ts';
import { ErrorBoundary } from './panels/frame/error-boundary.tsx';
import { registerFrameCommands } from './panels/frame/frame-commands.ts';
import { Frame } from './panels/frame/frame.tsx';
import { EmptyState } from './components/empty-state.tsx';
import { useText } from './i18n/i18n.ts';
import { useApi } from './state/api.ts';
import { listenForKeys } from './state/key-handler.ts';
import { useSettings } from './state/settings-slice.ts';
import { useViewId } from './state/view-slice.ts';
import { watchCore } from './state/watch-core.ts';

/** Fetched when they are first shown: the feed must not wait for them. */
const CachePanel = lazy(async () => {
  const { CachePanel: panel } = await import('./panels/cache/cache-panel.tsx');
  return { default: panel };
});

const DispatchPanel = lazy(async () => {
  const { DispatchPanel: panel } = await import('./panels/dispatch/dispatch-panel.tsx');
  return { default: panel };
});

export function App(): ReactElement {
  const api = useApi();
  const settings = useSettings((slice) => slice.settings);
  useEffect(() => watchCore(api), [api]);
  // Before the first picture: a key pressed on what is seen is never lost.
  useLayoutEffect(() => registerFrameCommands(api), [api]);
  useLayoutEffect(() => listenForKeys(), []);
  useEffect(() => applyLook(settings), [settings]);
  return (
    <ErrorBoundary>
      <Frame timeControl={<TimeControl />}>
        <View />
      </Frame>
    </ErrorBoundary>
  );
}

function View(): ReactElement {
  const text = useText();
  const view = useViewId((slice) => slice.view);
  if (view === 'feed') return <FeedPanel />;
  return (
    <Suspense fallback={<EmptyState title={text('loading')} />}>
      {view === 'cache' ? <CachePanel /> : <DispatchPanel />}
    </Suspense>
  );
}
