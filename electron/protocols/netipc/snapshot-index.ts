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

/**
 * Spreads items with few bytes of the name: hashing all of it costs more than the one comparison that decides in the end. The reference
 * files items under indexKey(); the answers are the same.
 */
function spread(hash: number, name: Uint8Array): number {
  const { length } = name;
  const last =
    length === 0 ? 0 : ((name[length - 1] ?? 0) | ((name[length >> 1] ?? 0) << 8)) ^ (length << 16);
  const mixed = Math.imul(hash ^ last, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}

/** Open addressing with linear probing; never changed after it is built. The first of two equal items wins. */
export class SnapshotIndex {
  private readonly slots: Int32Array;
  /** The item's hash beside its slot: most strangers are told apart without touching the item. */
  private readonly hashes: Uint32Array;
  private readonly mask: number;
  private readonly items: readonly SnapshotItem[];

  constructor(items: readonly SnapshotItem[]) {
    this.items = items;
    this.slots = new Int32Array(bucketCount(items.length)).fill(-1);
    this.hashes = new Uint32Array(this.slots.length);
    this.mask = this.slots.length - 1;
    for (const [position, item] of items.entries()) {
      const slot = this.slotOf(item.hash, item.name);
      if (this.slots[slot] !== -1) continue;
      this.slots[slot] = position;
      this.hashes[slot] = item.hash;
    }
  }

  get(hash: number, name: Uint8Array): SnapshotItem | null {
    const position = this.position(hash, name);
    return position < 0 ? null : (this.items[position] ?? null);
  }

  /** Where the pair stands in the list; -1 when it does not. */
  position(hash: number, name: Uint8Array): number {
    if (this.mask < 0) return -1;
    return this.slots[this.slotOf(hash, name)] ?? -1;
  }

  /** The slot that holds the pair, or the free one where its search ends. Half of the slots stay free, so it ends. */
  private slotOf(hash: number, name: Uint8Array): number {
    const { slots, hashes, mask, items } = this;
    let slot = spread(hash, name) & mask;
    for (;;) {
      const position = slots[slot] ?? -1;
      if (position < 0) return slot;
      if (hashes[slot] === hash) {
        const item = items[position];
        if (item !== undefined && equalBytes(item.name, name)) return slot;
      }
      slot = (slot + 1) & mask;
    }
  }
}
