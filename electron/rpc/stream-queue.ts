/** What waits for one reader of a stream, bounded by the stream's policy. */
import type { StreamPolicy } from '../../shared/contract/contract.ts';

/** Pure: no timer, no transport. */
export class StreamQueue {
  private readonly policy: StreamPolicy;
  private items: unknown[] = [];
  private lost = 0;

  constructor(policy: StreamPolicy) {
    this.policy = policy;
  }

  get length(): number {
    return this.items.length;
  }

  hasRoom(): boolean {
    return this.items.length < this.policy.queueItemsMax;
  }

  /**
   * `latest` replaces (what was replaced is not lost, it is out of date); the other policies drop the oldest item and count it.
   * A source of policy `wait` that pushes without room breaks its word, and its reader is told by the count.
   */
  push(item: unknown): void {
    if (this.policy.onFull === 'latest') {
      this.items = [item];
      return;
    }
    if (!this.hasRoom()) {
      this.items.shift();
      this.lost += 1;
    }
    this.items.push(item);
  }

  /** What would be sent next; stays queued until `taken`. */
  peek(itemsMax: number): readonly unknown[] {
    return this.items.length <= itemsMax ? this.items : this.items.slice(0, itemsMax);
  }

  lostSoFar(): number {
    return this.lost;
  }

  /** The first `count` items and the lost count have been sent. */
  taken(count: number): void {
    this.items = this.items.slice(count);
    this.lost = 0;
  }
}
