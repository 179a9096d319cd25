/** Puts the core together: store, feed, links, lab, settings; and gives the hosts what windows may call and subscribe to. */
import { join } from 'node:path';
import type { Settings } from '../../shared/contract/app.ts';
import type { CallHandlers, StreamHandlers } from '../../shared/contract/handlers.ts';
import type { EventStore, StoreStats } from '../store/event-store.ts';
import { openEventStore } from '../store/open-event-store.ts';
import { makeCalls } from './calls.ts';
import type { ConsoleOptions } from './console-options.ts';
import type { ConsoleParts } from './console-parts.ts';
import { LOOP_STALL_MS, LoopMonitor } from './event-loop.ts';
import { Downloads } from './export.ts';
import { Feed } from './feed.ts';
import { Lab } from './lab.ts';
import { LinkRegistry } from './links.ts';
import { openLog } from './log.ts';
import type { Log } from './log.ts';
import { MimoLinks } from './mimo-links.ts';
import { Notices } from './notices.ts';
import { openSettings } from './settings.ts';
import type { SettingsKeeper } from './settings.ts';
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

const LOOP_LOOK_MS = 10_000;

/**
 * Resolves when listeners and lab had their first try; a port that is taken is a link state, not a failure. Fails with
 * E_STORE_LOCKED when another process has the data folder, E_PERMISSION, E_STORE_FULL, E_STORE_FAILED, E_CONFIG.
 */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const { dataFolder, clock } = options;
  const settings = await openSettings(dataFolder);
  let log: Log | null = null;
  const { retentionDays, retentionBytes } = settings.current;
  const store = await openEventStore({
    folder: dataFolder,
    clock,
    retentionDays,
    retentionBytes,
    onStateChange: (stats) => logStoreState(log, stats),
  });
  try {
    // Only the holder of the folder writes its log.
    log = openLog(join(dataFolder, 'logs'));
    return await startConsole(options, store, settings, log);
  } catch (error) {
    await store.close();
    await log?.close();
    throw error;
  }
}

async function startConsole(
  options: ConsoleOptions,
  store: EventStore,
  settings: SettingsKeeper,
  log: Log,
): Promise<Console> {
  const { clock, dataFolder } = options;
  const feed = new Feed(store, clock);
  const links = new LinkRegistry(clock);
  const notices = new Notices(feed, clock, log);
  links.onChange((link, before) => notices.linkChanged(link, before));
  await tellConsoleWasOff(store, notices);
  const lab = new Lab({ dataFolder, feed, links, clock, log, ...emitterOf(options) });
  const startedAtMs = clock.wallMs();
  const loop = new LoopMonitor();
  const parts: ConsoleParts = { options, store, feed, links, settings, lab, log, loop, downloads: new Downloads(), startedAtMs };
  const mimo = openMimo(parts);
  const topics = makeTopics(parts);
  const stopTimers = startTimers(parts, notices, topics);
  await mimo.want(options.mimoPorts ?? settings.current.mimoPorts);
  if (options.lab) await lab.start();
  log.info('console_open', { host: options.host, version: options.version, reason: options.hostReason });

  const close = async (): Promise<void> => {
    stopTimers();
    await lab.close();
    await mimo.close();
    notices.close();
    topics.close();
    feed.close();
    parts.loop.close();
    await settings.settled();
    await store.close();
    log.info('console_closed', {});
    await log.close();
  };
  let closing: Promise<void> | null = null;
  return {
    calls: makeCalls(parts),
    streams: makeStreams(parts, topics),
    close: () => (closing ??= close()),
    takeDownload: (downloadPath) => parts.downloads.take(downloadPath),
  };
}

function emitterOf({ labEmitterPath }: ConsoleOptions): { emitterPath?: string } {
  return labEmitterPath === undefined ? {} : { emitterPath: labEmitterPath };
}

/** The listeners of the settings, or of this run only when the host named the ports. */
function openMimo({ options, settings, feed, links, store, log }: ConsoleParts): MimoLinks {
  const ownPorts = options.mimoPorts === undefined;
  const mimo = new MimoLinks({
    feed,
    links,
    clock: options.clock,
    savePorts: async (ports) => {
      if (ownPorts) await settings.change({ mimoPorts: [...ports] });
      else await mimo.want(ports);
    },
  });
  settings.onChange((next: Settings, before: Settings) => {
    if (ownPorts) void mimo.want(next.mimoPorts);
    if (next.retentionDays === before.retentionDays && next.retentionBytes === before.retentionBytes) return;
    store.setRetention(next.retentionDays, next.retentionBytes).catch((error: unknown) => {
      // The store's OperatingErrors: the new limits hold from the next start on.
      log.error('retention_not_set', { error });
    });
  });
  return mimo;
}

function startTimers(parts: ConsoleParts, notices: Notices, topics: ReturnType<typeof makeTopics>): () => void {
  const second = setInterval(() => {
    parts.links.second();
    topics.links.publish();
    topics.pulse.publish();
  }, 1_000);
  const look = setInterval(() => {
    const { maxMs, p99Ms } = parts.loop.read();
    if (maxMs > LOOP_STALL_MS) {
      parts.log.warn('loop_stalled', { maxMs, p99Ms });
      notices.loopStalled(maxMs);
    }
    parts.loop.reset();
  }, LOOP_LOOK_MS);
  return () => {
    clearInterval(second);
    clearInterval(look);
  };
}

/** An earlier run's last row and now: in between the console was not there to receive anything. */
async function tellConsoleWasOff(store: EventStore, notices: Notices): Promise<void> {
  if (store.stats().rows === 0) return;
  const range = { fromMs: null, toMs: null };
  const page = await store.page({ filter: null, range, direction: 'before', anchorSeq: Number.MAX_SAFE_INTEGER, rowsMax: 1 });
  const [last] = page.rows;
  if (last !== undefined) notices.consoleWasOff(last.receivedAtMs);
}

function logStoreState(log: Log | null, stats: StoreStats): void {
  const { state, stateReason, bytes, rows } = stats;
  if (state === 'ok') log?.info('store_ok', { bytes, rows });
  else log?.error(`store_${state}`, { reason: stateReason, bytes, rows });
}
