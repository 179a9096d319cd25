/** One netipc snapshot service as a link: refreshes by itself, keeps generations, tells what changed. */
import type { NativeAddon } from '../../../native/index.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { ServiceState, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { backoffMs } from '../../net/backoff.ts';
import { NetipcClient } from '../../protocols/netipc/client.ts';
import { METHOD } from '../../protocols/netipc/envelope.ts';
import { SnapshotCache, type CacheStatus } from '../../protocols/netipc/snapshot-cache.ts';
import type { Link, LinkAction, LinkRegistry } from '../links.ts';
import { confirmGeneration, trackGeneration, type TrackedGeneration } from './generation-tracks.ts';
import { LAMP_OF, addonMissing, stateAfterRefresh, wordsOf, type StateWords } from './service-state.ts';

const CALL_TIMEOUT_MS = 5_000;
const ABSENT_RETRY_MS_MAX = 5_000;
/** States the protocol itself never leaves (section 14, B13): the whole client is made anew, slowly. */
const REFUSED_RETRY_MS = 30_000;

export interface WatcherOptions {
  /** Null = why there is none. */
  readonly native: { readonly addon: NativeAddon } | { readonly reason: string };
  readonly id: string;
  readonly label: string;
  readonly runFolder: string;
  readonly service: string;
  readonly simulated: boolean;
  readonly intervalMs: number;
  /** Read at every connect. Fails with OperatingError: the text becomes the reason. */
  readonly authToken: () => bigint;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange: () => void;
  /** After a refresh that gave another generation than before. */
  readonly onGeneration: (watcher: SnapshotWatcher, now: TrackedGeneration, before: TrackedGeneration) => void;
  readonly onState: (watcher: SnapshotWatcher, state: ServiceState, before: ServiceState) => void;
}

export class SnapshotWatcher {
  readonly options: WatcherOptions;
  private readonly link: Link;
  private client: NetipcClient | null = null;
  private cache: SnapshotCache | null = null;
  private tracks: TrackedGeneration[] = [];
  private words: StateWords = wordsOf('opening', '');
  private intervalMs: number;
  private isPaused = false;
  private isClosed = false;
  private wasServed = false;
  private refreshing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private nextAtMs: number | null = null;
  private lastErrorAtMs: number | null = null;
  private lastError = '';
  private counts = { refreshes: 0, failures: 0, failuresInRow: 0 };

  constructor(options: WatcherOptions) {
    this.options = options;
    this.intervalMs = options.intervalMs;
    this.link = options.links.add({
      id: options.id,
      source: 'netipc',
      label: options.label,
      address: `${options.runFolder}/${options.service}.sock`,
      simulated: options.simulated,
      act: (action) => this.actOnLink(action),
    });
  }

  /** Newest last. */
  get generations(): readonly TrackedGeneration[] {
    return this.tracks;
  }

  get current(): TrackedGeneration | null {
    return this.tracks.at(-1) ?? null;
  }

  /** The first try at once, then by itself. Resolves after the first try. */
  start(): Promise<void> {
    if ('reason' in this.options.native) {
      this.show(addonMissing(this.options.native.reason));
      return Promise.resolve();
    }
    this.show(wordsOf('opening', ''));
    return this.refresh();
  }

  /** Now, whatever the timer says; also while paused. Never rejects for a peer's fault. */
  refresh(): Promise<void> {
    this.stopTimer();
    this.refreshing ??= this.refreshOnce().finally(() => {
      this.refreshing = null;
      this.schedule();
      this.options.onChange();
    });
    return this.refreshing;
  }

  pause(): void {
    this.isPaused = true;
    this.stopTimer();
    this.options.onChange();
  }

  resume(): void {
    this.isPaused = false;
    this.schedule();
    this.options.onChange();
  }

  setInterval(intervalMs: number): void {
    this.intervalMs = intervalMs;
    this.stopTimer();
    this.schedule();
    this.options.onChange();
  }

  /** A new client with the token as it is now; kept generations stay. */
  async reconnect(): Promise<void> {
    this.dropClient();
    await this.refresh();
  }

  /** Idempotent. */
  async close(reason: string): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopTimer();
    this.client?.abort();
    await this.refreshing;
    this.dropClient();
    this.link.set({ state: 'off', reason, actions: [] });
  }

  snapshot(): SnapshotService {
    const { id, label, runFolder, service, simulated, clock } = this.options;
    const current = this.current;
    return {
      id,
      label,
      runFolder,
      service,
      simulated,
      ...this.words,
      transport: this.client?.status().transport ?? null,
      paused: this.isPaused,
      refreshing: this.refreshing !== null,
      intervalMs: this.intervalMs,
      current: current?.head ?? null,
      ageMs: current === null ? null : Math.max(0, clock.monotonicMs() - current.generation.takenAtMs),
      nextRefreshAtMs: this.nextAtMs,
      ...this.counts,
      lastError: this.lastError,
      lastErrorAtMs: this.lastErrorAtMs,
      generations: this.tracks.map(({ head }) => head),
    };
  }

  private async refreshOnce(): Promise<void> {
    if ('reason' in this.options.native || this.isClosed) return;
    const isRefused = this.words.state === 'auth_failed' || this.words.state === 'incompatible';
    if (isRefused) this.dropClient();
    let cache: SnapshotCache;
    try {
      cache = this.cache ?? this.open(this.options.native.addon);
    } catch (error) {
      // Bad names and unreadable token files: the operator's matter.
      this.fail(wordsOf('failed', error instanceof Error ? error.message : String(error)));
      return;
    }
    const startMs = performance.now();
    const isFresh = await cache.refresh();
    if (this.isClosed) return;
    const words = stateAfterRefresh(isFresh, cache.status(), this.wasServed);
    if (!isFresh) {
      this.fail(words, cache.status());
      return;
    }
    this.counts.refreshes += 1;
    this.counts.failuresInRow = 0;
    this.wasServed = true;
    this.link.count(1);
    this.take(cache, performance.now() - startMs);
    this.show(words);
  }

  private open(native: NativeAddon): SnapshotCache {
    const { runFolder, service, authToken, clock } = this.options;
    this.client = new NetipcClient({
      native,
      runFolder,
      service,
      method: METHOD.CGROUPS_SNAPSHOT,
      authToken: authToken(),
      callTimeoutMs: CALL_TIMEOUT_MS,
    });
    this.cache = new SnapshotCache(this.client, clock, 1);
    return this.cache;
  }

  private dropClient(): void {
    this.cache?.close();
    this.client?.close();
    this.cache = null;
    this.client = null;
  }

  private take(cache: SnapshotCache, refreshMs: number): void {
    const generation = cache.current;
    if (generation === null) return;
    const before = this.current;
    const isSame =
      before !== null && Buffer.compare(before.generation.payload, generation.payload) === 0;
    if (isSame) {
      // A new client counts from 1 again; the console's numbers go on.
      const again = { ...generation, number: before.generation.number };
      this.tracks[this.tracks.length - 1] = confirmGeneration(before, again);
      return;
    }
    const number = (before?.generation.number ?? 0) + 1;
    const tracked = trackGeneration({ ...generation, number }, before, refreshMs);
    this.tracks.push(tracked);
    this.forgetOldest();
    if (before !== null) this.options.onGeneration(this, tracked, before);
  }

  private forgetOldest(): void {
    let bytes = this.tracks.reduce((sum, { head }) => sum + head.payloadBytes, 0);
    const isOver = (): boolean =>
      this.tracks.length > LIMITS.netipcGenerationsKept || bytes > LIMITS.netipcGenerationsKeptBytesMax;
    while (this.tracks.length > 1 && isOver()) bytes -= this.tracks.shift()?.head.payloadBytes ?? 0;
  }

  private fail(words: StateWords, status?: CacheStatus): void {
    this.counts.failures += 1;
    this.counts.failuresInRow += 1;
    this.lastError = words.reason === '' ? (status?.lastError ?? '') : words.reason;
    this.lastErrorAtMs = this.options.clock.wallMs();
    this.show(words);
  }

  private show(words: StateWords): void {
    const before = this.words.state;
    this.words = words;
    this.link.set({
      state: LAMP_OF[words.state],
      reason: words.reason,
      fix: words.fix,
      actions: words.state === 'addon_missing' ? [] : ['retry'],
    });
    if (words.state !== before) this.options.onState(this, words.state, before);
    this.options.onChange();
  }

  private schedule(): void {
    if (this.isPaused || this.isClosed || this.timer !== null || this.words.state === 'addon_missing') return;
    if (this.refreshing !== null) return;
    const waitMs = this.waitMs();
    this.nextAtMs = this.options.clock.wallMs() + waitMs;
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.refresh();
    }, waitMs);
  }

  private waitMs(): number {
    const { state } = this.words;
    if (state === 'auth_failed' || state === 'incompatible') return REFUSED_RETRY_MS;
    if (this.counts.failuresInRow === 0) return this.intervalMs;
    const maxMs = Math.max(ABSENT_RETRY_MS_MAX, this.intervalMs);
    const shape = { firstMs: this.intervalMs, factor: 1.5, maxMs, jitterShare: 0.2 };
    return backoffMs(this.counts.failuresInRow, this.options.random(), shape);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.nextAtMs = null;
  }

  private actOnLink(action: LinkAction): Promise<void> {
    return action === 'retry' ? this.reconnect() : Promise.resolve();
  }
}
