/**
 * The reading end of a subscription in tests: keeps what came, and can be frozen like a window that does not
 * read.
 */
import type { StreamSink } from '../../shared/contract/handlers.ts';
import type { Failure } from '../../shared/failure.ts';

export class CollectingSink<Item> implements StreamSink<Item> {
  readonly items: Item[] = [];
  ended: { readonly failure: Failure | null } | null = null;
  private frozen = false;
  private roomListener: () => void = () => undefined;

  hasRoom(): boolean {
    return !this.frozen;
  }

  onRoom(listener: () => void): void {
    this.roomListener = listener;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  end(failure: Failure | null): void {
    this.ended = { failure };
  }

  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    this.frozen = false;
    this.roomListener();
  }
}
