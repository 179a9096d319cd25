import { useEffect } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { applyLook } from './panels/frame/apply-look.ts';
import { Frame } from './panels/frame/frame.tsx';
import { useApi } from './state/api.ts';
import { listenForKeys } from './state/key-handler.ts';
import { useSettings, watchSettings } from './state/settings-slice.ts';

export interface AppProps {
  /** Sits in the header; the feed supplies it. */
  readonly timeControl: ReactNode;
  readonly children: ReactNode;
}

export function App({ timeControl, children }: AppProps): ReactElement {
  const api = useApi();
  const settings = useSettings((slice) => slice.settings);
  useEffect(() => watchSettings(api), [api]);
  useEffect(() => listenForKeys(), []);
  useEffect(() => applyLook(settings), [settings]);
  return <Frame timeControl={timeControl}>{children}</Frame>;
}
