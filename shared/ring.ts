/**
 * A list of fixed capacity that forgets its oldest member when a new one comes in. Constant cost per push, no
 * allocation after the first filling. Used for the newest rows of the feed, for queues with `drop_oldest` and
 * for sparklines.
 */
import { assert } from './assert.ts';

export class Ring<T> {
  readonly capacity: number;
  private readonly slots: T[] = [];
  /** Slot of the oldest member. */
  private start = 0;
  private used = 0;

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, 'a ring holds at least one item');
    this.capacity = capacity;
  }

  get length(): number {
    return this.used;
  }

  /** 0 is the oldest; undefined outside. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.used) return undefined;
    return this.slots[(this.start + index) % this.capacity];
  }

  newest(): T | undefined {
    return this.at(this.used - 1);
  }

  /** True when the oldest member had to go. */
  push(item: T): boolean {
    if (this.used < this.capacity) {
      this.slots[(this.start + this.used) % this.capacity] = item;
      this.used += 1;
      return false;
    }
    this.slots[this.start] = item;
    this.start = (this.start + 1) % this.capacity;
    return true;
  }

  /** Removes and gives up to `countMax` of the oldest members, oldest first. */
  take(countMax: number): T[] {
    const count = Math.min(countMax, this.used);
    const taken: T[] = [];
    for (let index = 0; index < count; index += 1)
      taken.push(this.slots[(this.start + index) % this.capacity] as T);
    this.start = (this.start + count) % this.capacity;
    this.used -= count;
    return taken;
  }

  /** Forgets all members, and lets the garbage collector have them. */
  clear(): void {
    this.slots.length = 0;
    this.start = 0;
    this.used = 0;
  }

  /**
   * First index whose member is not below `target`, for rings whose members ascend by `keyOf`; `length` when
   * there is none.
   */
  lowerBound(target: number, keyOf: (item: T) => number): number {
    let low = 0;
    let high = this.used;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keyOf(this.slots[(this.start + middle) % this.capacity] as T) < target) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
