/**
 * A value many readers want the latest of: changes are coalesced, each reader gets one item a change at most.
 */
import type { StreamSink } from '../../shared/contract/handlers.ts';

const COALESCE_MS = 50;

export class Topic<Item> {
  private readonly read: () => Item;
  private readonly sinks = new Set<StreamSink<Item>>();
  private readonly coalesceMs: number;
  private timer: NodeJS.Timeout | null = null;

  constructor(read: () => Item, coalesceMs = COALESCE_MS) {
    this.read = read;
    this.coalesceMs = coalesceMs;
  }

  /** The first item comes at once; the returned function ends the subscription. */
  subscribe(sink: StreamSink<Item>): () => void {
    this.sinks.add(sink);
    this.changed();
    return () => {
      this.sinks.delete(sink);
    };
  }

  changed(): void {
    if (this.sinks.size === 0) return;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.publish();
    }, this.coalesceMs);
  }

  /** For changes that come at their own slow pace. */
  publish(): void {
    if (this.sinks.size === 0) return;
    const item = this.read();
    for (const sink of this.sinks) sink.push(item);
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const sink of this.sinks) sink.end(null);
    this.sinks.clear();
  }
}
