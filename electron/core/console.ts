/** Puts the core together: store, feed, links, lab, settings; and gives the hosts what windows may call and subscribe to. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallHandlers, StreamHandlers } from '../../shared/contract/handlers.ts';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';
import { makeCalls } from './calls.ts';
import type { ConsoleOptions } from './console-options.ts';
import type { ConsoleParts } from './console-parts.ts';
import { LoopMonitor } from './event-loop.ts';
import { Downloads } from './export.ts';
import { Feed } from './feed.ts';
import { InterimStore } from './interim-store.ts';
import { noLab } from './lab-control.ts';
import { LinkRegistry } from './links.ts';
import { openLog } from './log.ts';
import { Notices } from './notices.ts';
import { SettingsKeeper } from './settings.ts';
import { makeStreams, makeTopics } from './streams.ts';

export type { ConsoleOptions } from './console-options.ts';

export interface Console {
  readonly calls: CallHandlers;
  readonly streams: StreamHandlers;
  /** Stops listening, commits what is pending, lets the data folder go. Idempotent. */
  close(): Promise<void>;
  /** The file behind a one-use download path, once; null when there is none. */
  takeDownload(downloadPath: string): { path: string; name: string } | null;
}

/** Fails with E_STORE_LOCKED when another process has the data folder, E_PERMISSION, E_STORE_FAILED, E_CONFIG. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  await mkdir(options.dataFolder, { recursive: true, mode: 0o700 });
  const log = openLog(join(options.dataFolder, 'logs'));
  const store = new InterimStore();
  const settings = new SettingsKeeper({ write: () => Promise.resolve() }, SETTINGS_DEFAULT);
  const feed = new Feed(store, options.clock);
  const links = new LinkRegistry(options.clock);
  const notices = new Notices(feed, options.clock, log);
  links.onChange((link, before) => notices.linkChanged(link, before));
  const parts: ConsoleParts = {
    options,
    store,
    feed,
    links,
    settings,
    lab: noLab('not built yet'),
    log,
    loop: new LoopMonitor(),
    downloads: new Downloads(),
    startedAtMs: options.clock.wallMs(),
  };
  const topics = makeTopics(parts);
  const second = setInterval(() => {
    links.second();
    topics.links.publish();
    topics.pulse.publish();
  }, 1_000);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    clearInterval(second);
    notices.close();
    topics.close();
    feed.close();
    parts.loop.close();
    await store.close();
    await log.close();
  };
  log.info('console_open', { host: options.host, version: options.version });
  return {
    calls: makeCalls(parts),
    streams: makeStreams(parts, topics),
    close: () => (closing ??= close()),
    takeDownload: (downloadPath) => parts.downloads.take(downloadPath),
  };
}
