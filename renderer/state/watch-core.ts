/** Opens everything the frame listens to. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { checkSilence, useConnection } from './connection-slice.ts';
import { askHello } from './hello-slice.ts';
import { watchLab } from './lab-slice.ts';
import { watchLinks } from './links-slice.ts';
import { startNow, useNow } from './now.ts';
import { watchPulse } from './pulse-slice.ts';
import { watchSettings } from './settings-slice.ts';

/** Returns the function that closes all of it. */
export function watchCore(api: SignalboxApi): () => void {
  void askHello(api);
  const stops = [
    startNow(),
    useNow.subscribe(({ nowMs }) => checkSilence(nowMs)),
    useConnection.subscribe((now, before) => {
      if (now.state === 'up' && before.state !== 'up' && before.lastHeardAtMs !== null) void askHello(api);
    }),
    watchSettings(api),
    watchPulse(api),
    watchLinks(api),
    watchLab(api),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
