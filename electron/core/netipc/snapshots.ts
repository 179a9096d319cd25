/**
 * All snapshot services the console watches: this host's own (served here too), those of the settings, the lab's. Answers the
 * Cache view.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { loadNative, type NativeLoad } from '../../../native/index.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { CallInput, StreamItem } from '../../../shared/contract/contract.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { OperatingError } from '../../../shared/failure.ts';
import type { NetipcService } from '../../../shared/contract/snapshots.ts';
import { NetipcLab } from '../../lab/netipc-lab.ts';
import type { Feed } from '../feed.ts';
import type { LinkRegistry } from '../links.ts';
import type { Log } from '../log.ts';
import type { TrackedGeneration } from './generation-tracks.ts';
import { HostProvider, SERVICE_SNAPSHOT } from './host-provider.ts';
import type { LookupPlace } from './lookups.ts';
import { netipcRunFolder, prepareRunFolder } from './run-folder.ts';
import { SnapshotEvents } from './snapshot-events.ts';
import { SnapshotWatcher, type WatcherOptions } from './snapshot-watcher.ts';
import { readTokenFile } from './token-file.ts';

export const HOST_SERVICE_ID = 'netipc-host';
export const LAB_SERVICE_ID = 'netipc-lab';

export interface SnapshotsOptions {
  readonly dataFolder: string;
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** Another loader, for tests of the missing addon. */
  readonly load?: () => NativeLoad;
}

interface Watched extends Pick<
  WatcherOptions,
  'id' | 'label' | 'runFolder' | 'service' | 'simulated' | 'intervalMs'
> {
  readonly tokenFile: string;
}

interface Entry {
  readonly wish: Watched;
  readonly watcher: SnapshotWatcher;
}

export class Snapshots {
  private readonly options: SnapshotsOptions;
  private readonly native: NativeLoad;
  private readonly runFolder: string;
  private readonly events: SnapshotEvents;
  private readonly entries = new Map<string, Entry>();
  private readonly listeners = new Set<() => void>();
  private provider: HostProvider | null = null;
  private lab: NetipcLab | null = null;
  private isServing = false;
  private isLabWanted = false;
  private wanted: readonly NetipcService[] = [];
  private turn: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(options: SnapshotsOptions) {
    this.options = options;
    this.native = (options.load ?? loadNative)();
    this.runFolder = netipcRunFolder(options.dataFolder);
    this.events = new SnapshotEvents(options.feed, options.clock, options.log);
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  list(): StreamItem<'snapshots.services'> {
    const services = [...this.entries.values()].map(({ watcher }) => watcher.snapshot());
    return { atMs: this.options.clock.wallMs(), services };
  }

  /** Serves this host and watches it. Without Linux there is nothing to serve and nothing is shown. */
  async serveHost(): Promise<void> {
    if (process.platform !== 'linux') return;
    this.isServing = true;
    this.openProvider();
    await this.reconcile();
  }

  /** Keeps the watched services equal to the settings. */
  async want(services: readonly NetipcService[]): Promise<void> {
    this.wanted = services;
    await this.reconcile();
  }

  async wantLab(isOn: boolean): Promise<void> {
    if (this.isLabWanted === isOn) return;
    this.isLabWanted = isOn;
    await this.reconcile();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.turn;
    await Promise.all([...this.entries.values()].map(({ watcher }) => watcher.close('the console stops')));
    await this.provider?.drain(500);
    this.provider?.close();
    this.lab?.close();
    this.listeners.clear();
  }

  /** Fails E_NOT_FOUND. */
  watcher(id: string): SnapshotWatcher {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new OperatingError('E_NOT_FOUND', `no netipc service ${id} is watched`);
    return entry.watcher;
  }

  /** Null = the newest. Fails E_NOT_FOUND. */
  generation(id: string, number: number | null): TrackedGeneration {
    const { generations, current } = this.watcher(id);
    const found = number === null ? current : generations.find(({ head }) => head.number === number);
    if (found !== undefined && found !== null) return found;
    const kept = generations.map(({ head }) => head.number);
    const range = kept.length === 0 ? 'none is kept yet' : `${kept[0]} to ${kept.at(-1)} are kept`;
    throw new OperatingError('E_NOT_FOUND', `generation ${number ?? '(newest)'} of ${id}: ${range}`);
  }

  /** Where the look-up services beside this one are. Fails E_NOT_FOUND, E_NATIVE_MISSING, E_CONFIG. */
  lookupPlace(id: string): LookupPlace {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new OperatingError('E_NOT_FOUND', `no netipc service ${id} is watched`);
    if (this.native.native === null) {
      throw new OperatingError('E_NATIVE_MISSING', `the native addon is not there: ${this.native.reason}`, {
        fix: 'Install a C compiler and run: npm run setup.',
      });
    }
    const { runFolder, tokenFile } = entry.wish;
    return { native: this.native.native, runFolder, authToken: readTokenFile(tokenFile) };
  }

  async act(input: CallInput<'snapshots.act'>): Promise<void> {
    const watcher = this.watcher(input.serviceId);
    switch (input.action) {
      case 'refresh':
        return watcher.refresh();
      case 'pause':
        return watcher.pause();
      case 'resume':
        return watcher.resume();
      case 'reconnect':
        return watcher.reconnect();
      default:
        if (input.intervalMs === null) throw new OperatingError('E_INPUT', 'interval needs intervalMs');
        return watcher.setInterval(input.intervalMs);
    }
  }

  private openProvider(): void {
    if (this.native.native === null) return;
    const { clock, log } = this.options;
    try {
      prepareRunFolder(this.runFolder);
      this.provider = new HostProvider({
        native: this.native.native,
        runFolder: this.runFolder,
        clock,
        authToken: 0n,
        onHandlerBug: (error) => log.error('netipc_handler_bug', { error }),
      });
    } catch (error) {
      // A folder that is not ours, or a name in use: the watcher then shows who answers there, or nobody.
      if (!(error instanceof OperatingError)) throw error;
      log.error('netipc_provider_failed', { reason: error.message });
    }
  }

  private openLab(): void {
    if (this.native.native === null || this.lab !== null) return;
    const { log } = this.options;
    try {
      prepareRunFolder(this.runFolder);
      this.lab = new NetipcLab({
        native: this.native.native,
        runFolder: join(this.runFolder, 'lab'),
        random: Math.random,
        onHandlerBug: (error) => log.error('netipc_lab_bug', { error }),
      });
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      log.error('netipc_lab_failed', { reason: error.message });
    }
  }

  private wishes(): Watched[] {
    const common = { service: SERVICE_SNAPSHOT, intervalMs: LIMITS.netipcRefreshMsDefault, tokenFile: '' };
    const wishes: Watched[] = [];
    if (this.isServing) {
      const label = "This host's cgroups";
      wishes.push({ ...common, id: HOST_SERVICE_ID, label, runFolder: this.runFolder, simulated: false });
    }
    for (const { runFolder, service, intervalMs, tokenFile } of this.wanted) {
      const key = createHash('sha256').update(`${runFolder}\n${service}`).digest('hex').slice(0, 8);
      const label = `${service} in ${runFolder}`;
      const id = `netipc-${key}`;
      wishes.push({ id, label, runFolder, service, simulated: false, intervalMs, tokenFile });
    }
    if (this.isLabWanted) {
      const runFolder = join(this.runFolder, 'lab');
      wishes.push({
        ...common,
        id: LAB_SERVICE_ID,
        label: 'netipc lab (simulated)',
        runFolder,
        simulated: true,
      });
    }
    return wishes;
  }

  /** One change after the other. */
  private reconcile(): Promise<void> {
    this.turn = this.turn.then(() => this.reconcileNow());
    return this.turn;
  }

  private async reconcileNow(): Promise<void> {
    if (this.isClosed) return;
    if (this.isLabWanted) this.openLab();
    const wishes = new Map(this.wishes().map((wish) => [wish.id, wish]));
    for (const [id, { wish, watcher }] of this.entries) {
      if (JSON.stringify(wishes.get(id)) === JSON.stringify(wish)) continue;
      await watcher.close('no longer wanted');
      this.entries.delete(id);
      this.options.links.remove(id);
    }
    if (!this.isLabWanted) {
      this.lab?.close();
      this.lab = null;
    }
    const fresh = [...wishes.values()].filter(({ id }) => !this.entries.has(id));
    await Promise.all(fresh.map((wish) => this.watch(wish)));
    this.changed();
  }

  private watch(wish: Watched): Promise<void> {
    const { links, clock } = this.options;
    const { id, label, runFolder, service, simulated, intervalMs, tokenFile } = wish;
    const watcher = new SnapshotWatcher({
      native: this.native.native === null ? { reason: this.native.reason } : { addon: this.native.native },
      id,
      label,
      runFolder,
      service,
      simulated,
      intervalMs,
      authToken: () => readTokenFile(tokenFile),
      links,
      clock,
      random: Math.random,
      onChange: () => this.changed(),
      onGeneration: (...change) => this.events.generation(...change),
      onState: (...change) => this.events.state(...change),
    });
    this.entries.set(id, { wish, watcher });
    return watcher.start();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
