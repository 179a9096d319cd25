/** Finds a cached item by (hash, name) in constant time: docs/protocols/netipc.md section 12. Names are compared as bytes. */
import { equalBytes } from './bytes.ts';
import type { SnapshotItem } from './cgroups-snapshot.ts';

const BUCKETS_MIN = 16;

/** djb2 over bytes: h = 5381, h = h * 33 + byte, modulo 2^32. */
export function nameHash(name: Uint8Array): number {
  let hash = 5381;
  for (let index = 0; index < name.length; index += 1) hash = (Math.imul(hash, 33) + (name[index] ?? 0)) | 0;
  return hash >>> 0;
}

/** What an item is filed under. */
export function indexKey(itemHash: number, name: Uint8Array): number {
  return (itemHash ^ nameHash(name)) >>> 0;
}

/** The next power of two of twice the items, at least 16; none for an empty snapshot. */
export function bucketCount(itemCount: number): number {
  if (itemCount === 0) return 0;
  let buckets = BUCKETS_MIN;
  while (buckets < itemCount * 2) buckets *= 2;
  return buckets;
}

/** Open addressing with linear probing; never changed after it is built. The first of two equal items wins. */
export class SnapshotIndex {
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly items: readonly SnapshotItem[];

  constructor(items: readonly SnapshotItem[]) {
    this.items = items;
    this.slots = new Int32Array(bucketCount(items.length)).fill(-1);
    this.mask = this.slots.length - 1;
    for (const [position, item] of items.entries()) {
      const slot = this.slotOf(item.hash, item.name);
      if (this.slots[slot] === -1) this.slots[slot] = position;
    }
  }

  get(hash: number, name: Uint8Array): SnapshotItem | null {
    return this.items[this.position(hash, name)] ?? null;
  }

  /** Where the pair stands in the list; -1 when it does not. */
  position(hash: number, name: Uint8Array): number {
    if (this.slots.length === 0) return -1;
    return this.slots[this.slotOf(hash, name)] ?? -1;
  }

  /** The slot that holds the pair, or the free one where its search ends. Half of the slots stay free, so it ends. */
  private slotOf(hash: number, name: Uint8Array): number {
    let slot = indexKey(hash, name) & this.mask;
    for (;;) {
      const item = this.items[this.slots[slot] ?? -1];
      if (item === undefined || (item.hash === hash && equalBytes(item.name, name))) return slot;
      slot = (slot + 1) & this.mask;
    }
  }
}
