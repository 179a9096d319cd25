/**
 * The L3 cache of one provider's snapshot, with a bounded history of generations. docs/protocols/netipc.md section 12.
 * Generations are immutable: readers keep whatever they hold while a refresh replaces it.
 */
import { SnapshotView, encodeSnapshotRequest, type SnapshotItem } from './cgroups-snapshot.ts';
import type { ClientStatus, NetipcClient } from './client.ts';
import { NetipcCodecError } from './errors.ts';
import { SnapshotIndex } from './snapshot-index.ts';

export interface Generation {
  /** Counts the versions this cache saw, from 1; the provider's own number may repeat or fall. */
  readonly number: number;
  readonly generation: bigint;
  readonly systemdEnabled: number;
  /** Monotonic milliseconds of the last refresh that gave it: the same bytes again are the same generation. */
  readonly takenAtMs: number;
  /** Wall clock of that refresh. */
  readonly takenAtWallMs: number;
  readonly items: readonly SnapshotItem[];
  readonly index: SnapshotIndex;
  /** The answer as it came. */
  readonly payload: Uint8Array;
}

export interface SnapshotDiff {
  readonly added: readonly SnapshotItem[];
  readonly removed: readonly SnapshotItem[];
  readonly changed: readonly { readonly before: SnapshotItem; readonly after: SnapshotItem }[];
}

export interface CacheStatus {
  readonly isPopulated: boolean;
  readonly itemCount: number;
  readonly successCount: number;
  readonly failureCount: number;
  /** Failures since the last success. */
  readonly failuresInRow: number;
  readonly lastError: string;
  readonly client: ClientStatus;
}

export interface CacheClock {
  wallMs(): number;
  monotonicMs(): number;
}

function isSame(left: SnapshotItem, right: SnapshotItem): boolean {
  return (
    left.options === right.options &&
    left.enabled === right.enabled &&
    Buffer.compare(left.path, right.path) === 0
  );
}

/** What changed from `before` to `after`, keyed by (hash, name); of items with the same key the first counts. */
export function diffGenerations(before: Generation, after: Generation): SnapshotDiff {
  const added: SnapshotItem[] = [];
  const changed: { before: SnapshotItem; after: SnapshotItem }[] = [];
  for (const item of after.items) {
    if (after.index.get(item.hash, item.name) !== item) continue;
    const old = before.index.get(item.hash, item.name);
    if (old === null) added.push(item);
    else if (!isSame(old, item)) changed.push({ before: old, after: item });
  }
  const removed = before.items.filter(
    (item) =>
      before.index.get(item.hash, item.name) === item && after.index.get(item.hash, item.name) === null,
  );
  return { added, removed, changed };
}

/** Header and directory; a broken item is found when it is read, and leaves the connection as it is (section 14, A17). */
function checkSnapshot(payload: Uint8Array): void {
  void new SnapshotView(payload);
}

export class SnapshotCache {
  private readonly client: NetipcClient;
  private readonly clock: CacheClock;
  private readonly generationsMax: number;
  private readonly payloadBytesMax: number;
  private readonly kept: Generation[] = [];
  private readonly counts = { success: 0, failure: 0, failuresInRow: 0 };
  private lastError = '';
  private refreshing: Promise<boolean> | null = null;

  /**
   * `generationsMax`: how many generations stay for comparison, at least 1; fewer when together they would hold more than
   * `payloadBytesMax`.
   */
  constructor(
    client: NetipcClient,
    clock: CacheClock,
    generationsMax: number,
    payloadBytesMax = Number.POSITIVE_INFINITY,
  ) {
    this.client = client;
    this.clock = clock;
    this.generationsMax = Math.max(1, generationsMax);
    this.payloadBytesMax = payloadBytesMax;
  }

  /** The newest generation, or null before the first success. */
  get current(): Generation | null {
    return this.kept.at(-1) ?? null;
  }
  /** Oldest first; the last is the current one. */
  get generations(): readonly Generation[] {
    return this.kept;
  }

  /** O(1), no I/O, no allocation. */
  get(hash: number, name: Uint8Array): SnapshotItem | null {
    return this.current?.index.get(hash, name) ?? null;
  }

  status(): CacheStatus {
    return {
      isPopulated: this.current !== null,
      itemCount: this.current?.items.length ?? 0,
      successCount: this.counts.success,
      failureCount: this.counts.failure,
      failuresInRow: this.counts.failuresInRow,
      lastError: this.lastError,
      client: this.client.status(),
    };
  }

  /** Connects if needed, asks, publishes. False = failed, and the old generation stays. Calls under way are shared. */
  refresh(): Promise<boolean> {
    this.refreshing ??= this.refreshOnce().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  close(): void {
    this.kept.length = 0;
    this.client.close();
  }

  private async refreshOnce(): Promise<boolean> {
    await this.client.refresh();
    try {
      const payload = await this.client.call(encodeSnapshotRequest(), { check: checkSnapshot });
      this.publish(payload);
      return true;
    } catch (error) {
      if (!(error instanceof NetipcCodecError)) throw error;
      this.counts.failure += 1;
      this.counts.failuresInRow += 1;
      this.lastError = error.message;
      return false;
    }
  }

  private publish(payload: Uint8Array): void {
    const taken = { takenAtMs: this.clock.monotonicMs(), takenAtWallMs: this.clock.wallMs() };
    const last = this.kept.at(-1);
    if (last !== undefined && Buffer.compare(last.payload, payload) === 0) {
      this.kept[this.kept.length - 1] = { ...last, ...taken };
    } else {
      const view = new SnapshotView(payload);
      const items = Array.from({ length: view.itemCount }, (_, index) => view.item(index));
      const { generation, systemdEnabled } = view;
      const number = (last?.number ?? 0) + 1;
      const index = new SnapshotIndex(items);
      this.kept.push({ number, generation, systemdEnabled, ...taken, items, index, payload });
      this.forgetOldest();
    }
    this.counts.success += 1;
    this.counts.failuresInRow = 0;
    this.lastError = '';
  }

  private forgetOldest(): void {
    let bytes = this.kept.reduce((sum, { payload }) => sum + payload.length, 0);
    while (this.kept.length > this.generationsMax || (this.kept.length > 1 && bytes > this.payloadBytesMax)) {
      bytes -= this.kept.shift()?.payload.length ?? 0;
    }
  }
}
