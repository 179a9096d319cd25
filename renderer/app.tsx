import { useEffect } from 'react';
import type { ReactElement } from 'react';
import { FeedPanel } from './panels/feed/feed-panel.tsx';
import { TimeControl } from './panels/feed/time-control.tsx';
import { applyLook } from './panels/frame/apply-look.ts';
import { ErrorBoundary } from './panels/frame/error-boundary.tsx';
import { registerFrameCommands } from './panels/frame/frame-commands.ts';
import { Frame } from './panels/frame/frame.tsx';
import { useApi } from './state/api.ts';
import { listenForKeys } from './state/key-handler.ts';
import { useSettings } from './state/settings-slice.ts';
import { watchCore } from './state/watch-core.ts';

export function App(): ReactElement {
  const api = useApi();
  const settings = useSettings((slice) => slice.settings);
  useEffect(() => watchCore(api), [api]);
  useEffect(() => registerFrameCommands(api), [api]);
  useEffect(() => listenForKeys(), []);
  useEffect(() => applyLook(settings), [settings]);
  return (
    <ErrorBoundary>
      <Frame timeControl={<TimeControl />}>
        <FeedPanel />
      </Frame>
    </ErrorBoundary>
  );
}
