/**
 * Puts the core together: store, feed, links, lab, settings; and gives the hosts what windows may call and
 * subscribe to.
 */
import { join } from 'node:path';
import type { Settings } from '../../shared/contract/app.ts';
import type { CallHandlers, StreamHandlers } from '../../shared/contract/handlers.ts';
import type { EventStore, StoreStats } from '../store/event-store.ts';
import { openEventStore } from '../store/open-event-store.ts';
import { SettingsFile } from '../store/settings-file.ts';
import { makeCalls } from './calls.ts';
import type { ConsoleOptions } from './console-options.ts';
import type { ConsoleParts } from './console-parts.ts';
import { LOOP_STALL_MS, LoopMonitor } from './event-loop.ts';
import { Downloads } from './export.ts';
import { Feed } from './feed.ts';
import { CallbackLinks } from './gse/callback-links.ts';
import { Gse } from './gse/gse.ts';
import { openSecrets } from './gse/open-secrets.ts';
import { PluginLinks } from './gse/plugin-links.ts';
import { Lab } from './lab.ts';
import { LinkRegistry } from './links.ts';
import { openLog } from './log.ts';
import type { Log } from './log.ts';
import { MimoLinks } from './mimo-links.ts';
import { netipcRunFolder } from './netipc/run-folder.ts';
import { Snapshots } from './netipc/snapshots.ts';
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

const LOOP_LOOK_MS = 10_000;
/** The most the settings allow. */
const RETENTION_DAYS_MAX = 3_650;

/**
 * Resolves when listeners and lab had their first try; a port that is taken is a link state, not a failure.
 * Fails with E_STORE_LOCKED when another process has the data folder, E_PERMISSION, E_STORE_FULL,
 * E_STORE_FAILED, E_CONFIG.
 */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const { dataFolder, clock } = options;
  let log: Log | null = null;
  // Nothing is freed before the operator's limits are read; and they are read, as the log is written, by the
  // folder's holder only.
  const store = await openEventStore({
    folder: dataFolder,
    clock,
    retentionDays: RETENTION_DAYS_MAX,
    retentionBytes: Number.MAX_SAFE_INTEGER,
    onStateChange: (stats) => logStoreState(log, stats),
  });
  try {
    const file = new SettingsFile(dataFolder, clock);
    const { settings, notice } = await file.load();
    await store.setRetention(settings.retentionDays, settings.retentionBytes);
    log = openLog(join(dataFolder, 'logs'));
    return await startConsole(options, store, new SettingsKeeper(file, settings), log, notice);
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
  settingsNotice: string | null,
): Promise<Console> {
  const { clock, dataFolder } = options;
  const feed = new Feed(store, clock);
  const links = new LinkRegistry(clock);
  const notices = new Notices(feed, clock, log);
  links.onChange((link, before) => notices.linkChanged(link, before));
  await tellConsoleWasOff(store, notices);
  if (settingsNotice !== null) notices.tell('settings_damaged', settingsNotice);
  const lab = new Lab({ dataFolder, feed, links, clock, log, ...emitterOf(options) });
  const snapshots = new Snapshots({ dataFolder, feed, links, clock, log });
  const trouble = (text: string): void => notices.tell('gse_file_damaged', text);
  const secrets = await openSecrets(dataFolder, options.keychain ?? null, trouble);
  const gse = await Gse.open({ dataFolder, clock, log, secrets }, trouble);
  const runFolder = netipcRunFolder(dataFolder);
  const callbacks = new CallbackLinks({ gse, runFolder, feed, links, clock, log });
  const labPlaces = callbacks.labPlaces.bind(callbacks);
  const { labFolder } = callbacks;
  const plugins = await PluginLinks.open(
    { gse, dataFolder, labFolder, labPlaces, feed, links, clock },
    trouble,
  );
  const startedAtMs = clock.wallMs();
  const loop = new LoopMonitor();
  const parts: ConsoleParts = {
    options,
    store,
    feed,
    links,
    settings,
    lab,
    snapshots,
    gse,
    callbacks,
    plugins,
    log,
    loop,
    downloads: new Downloads(),
    startedAtMs,
  };
  const mimo = openMimo(parts);
  const topics = makeTopics(parts);
  const stopTimers = startTimers(parts, notices, topics);
  await mimo.want(options.mimoPorts ?? settings.current.mimoPorts);
  if (options.lab) await lab.start();
  await openNetipc(parts);
  await openGse(parts);
  // Reading and opening things at the start stalls the loop, and nobody waited for it yet.
  loop.reset();
  log.info('console_open', { host: options.host, version: options.version, reason: options.hostReason });

  const close = async (): Promise<void> => {
    stopTimers();
    await lab.close();
    await plugins.close();
    await callbacks.close();
    await gse.close();
    await snapshots.close();
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

/** The services of the settings always; this host's own and the lab's where the host of the console asks for them. */
async function openNetipc({ options, settings, snapshots, lab }: ConsoleParts): Promise<void> {
  settings.onChange((next, before) => {
    if (next.netipcServices !== before.netipcServices) void snapshots.want(next.netipcServices);
  });
  await snapshots.want(settings.current.netipcServices);
  if (options.netipc !== true) return;
  lab.onChange(() => void snapshots.wantLab(lab.state().running));
  await snapshots.serveHost();
  await snapshots.wantLab(lab.state().running);
}

/** Listeners of the profiles, and the lab's peers, where the host of the console asks for them. */
async function openGse({ options, callbacks, lab }: ConsoleParts): Promise<void> {
  if (options.gse !== true) return;
  await callbacks.reconcile();
  lab.onChange(() => void callbacks.wantLab(lab.state().running));
  await callbacks.wantLab(lab.state().running);
}

function startTimers(
  parts: ConsoleParts,
  notices: Notices,
  topics: ReturnType<typeof makeTopics>,
): () => void {
  const second = setInterval(() => {
    parts.links.second();
    topics.links.publish();
    topics.pulse.publish();
  }, 1_000);
  const look = setInterval(() => {
    const { maxMs } = parts.loop.read();
    if (maxMs > LOOP_STALL_MS) notices.loopStalled(maxMs);
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
  const page = await store.page({
    filter: null,
    range,
    direction: 'before',
    anchorSeq: Number.MAX_SAFE_INTEGER,
    rowsMax: 1,
  });
  const [last] = page.rows;
  if (last !== undefined) notices.consoleWasOff(last.receivedAtMs);
}

function logStoreState(log: Log | null, stats: StoreStats): void {
  const { state, stateReason, bytes, rows } = stats;
  if (state === 'ok') log?.info('store_ok', { bytes, rows });
  else log?.error(`store_${state}`, { reason: stateReason, bytes, rows });
}
