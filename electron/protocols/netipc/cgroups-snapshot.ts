/** CGROUPS_SNAPSHOT: docs/protocols/netipc.md section 7.3. The directory is checked once, items lazily on access. */
import { align8, putU16, putU32, putU64, u16, u32, u64 } from './bytes.ts';
import { NetipcCodecError } from './errors.ts';

const LAYOUT = 1;
const REQUEST_BYTES = 4;
const RESPONSE_HEADER_BYTES = 24;
const ENTRY_BYTES = 8;
const ITEM_HEADER_BYTES = 32;

export function encodeSnapshotRequest(): Uint8Array {
  const payload = new Uint8Array(REQUEST_BYTES);
  putU16(payload, 0, LAYOUT);
  return payload;
}

/** Fails TRUNCATED or BAD_LAYOUT; extra bytes are ignored. */
export function decodeSnapshotRequest(payload: Uint8Array): void {
  if (payload.length < REQUEST_BYTES) throw new NetipcCodecError('TRUNCATED', `${payload.length} of 4 bytes`);
  if (u16(payload, 0) !== LAYOUT || u16(payload, 2) !== 0)
    throw new NetipcCodecError('BAD_LAYOUT', 'snapshot request');
}

/** One cgroup. Strings are bytes: the producer decides the encoding. */
export interface SnapshotItem {
  /** Opaque to the protocol. */
  readonly hash: number;
  readonly options: number;
  /** Raw u32. */
  readonly enabled: number;
  readonly name: Uint8Array;
  readonly path: Uint8Array;
}

export interface SnapshotHead {
  /** Raw u32. */
  readonly systemdEnabled: number;
  readonly generation: bigint;
}

function itemBytes(item: SnapshotItem): number {
  return ITEM_HEADER_BYTES + item.name.length + 1 + item.path.length + 1;
}

/** Exact size of the encoded response. */
export function snapshotBytes(items: readonly SnapshotItem[]): number {
  let area = 0;
  for (const item of items) area = align8(area) + itemBytes(item);
  return RESPONSE_HEADER_BYTES + items.length * ENTRY_BYTES + area;
}

function writeItem(target: Uint8Array, at: number, item: SnapshotItem): void {
  const pathAt = ITEM_HEADER_BYTES + item.name.length + 1;
  putU16(target, at, LAYOUT);
  putU32(target, at + 4, item.hash);
  putU32(target, at + 8, item.options);
  putU32(target, at + 12, item.enabled);
  putU32(target, at + 16, ITEM_HEADER_BYTES);
  putU32(target, at + 20, item.name.length);
  putU32(target, at + 24, pathAt);
  putU32(target, at + 28, item.path.length);
  target.set(item.name, at + ITEM_HEADER_BYTES);
  target.set(item.path, at + pathAt);
}

/** Fails OVERFLOW when the result would be larger than `bytesMax`: a snapshot is never cut. */
export function encodeSnapshot(
  head: SnapshotHead,
  items: readonly SnapshotItem[],
  bytesMax = 0xffff_ffff,
): Uint8Array {
  const total = snapshotBytes(items);
  if (total > bytesMax)
    throw new NetipcCodecError('OVERFLOW', `snapshot of ${total} bytes, ${bytesMax} allowed`);
  const payload = new Uint8Array(total);
  putU16(payload, 0, LAYOUT);
  putU32(payload, 4, items.length);
  putU32(payload, 8, head.systemdEnabled);
  putU64(payload, 16, head.generation);
  const areaStart = RESPONSE_HEADER_BYTES + items.length * ENTRY_BYTES;
  let offset = 0;
  for (const [index, item] of items.entries()) {
    offset = align8(offset);
    const length = itemBytes(item);
    putU32(payload, RESPONSE_HEADER_BYTES + index * ENTRY_BYTES, offset);
    putU32(payload, RESPONSE_HEADER_BYTES + index * ENTRY_BYTES + 4, length);
    writeItem(payload, areaStart + offset, item);
    offset += length;
  }
  return payload;
}

/** An item that was checked, read where it lies: a list of thousands is made again at every refresh, and few paths of it are ever read. */
class ItemView implements SnapshotItem {
  private readonly payload: Uint8Array;
  private readonly start: number;
  private nameView: Uint8Array | null = null;
  private pathView: Uint8Array | null = null;

  constructor(payload: Uint8Array, start: number) {
    this.payload = payload;
    this.start = start;
  }

  get hash(): number {
    return u32(this.payload, this.start + 4);
  }
  get options(): number {
    return u32(this.payload, this.start + 8);
  }
  get enabled(): number {
    return u32(this.payload, this.start + 12);
  }
  get name(): Uint8Array {
    return (this.nameView ??= this.bytesAt(16));
  }
  get path(): Uint8Array {
    return (this.pathView ??= this.bytesAt(24));
  }

  /** The string whose { offset, length } stand at `field`. */
  private bytesAt(field: number): Uint8Array {
    const from = this.start + u32(this.payload, this.start + field);
    return this.payload.subarray(from, from + u32(this.payload, this.start + field + 4));
  }
}

/** A checked response; items are decoded when asked for, as views of the payload: copy what must outlive it. */
export class SnapshotView implements SnapshotHead {
  readonly itemCount: number;
  readonly systemdEnabled: number;
  readonly generation: bigint;
  private readonly payload: Uint8Array;
  private readonly areaStart: number;

  /** Fails TRUNCATED, BAD_LAYOUT, BAD_ALIGNMENT, OUT_OF_BOUNDS in the order of section 7.3. */
  constructor(payload: Uint8Array) {
    if (payload.length < RESPONSE_HEADER_BYTES)
      throw new NetipcCodecError('TRUNCATED', `${payload.length} of 24 bytes`);
    if (u16(payload, 0) !== LAYOUT) throw new NetipcCodecError('BAD_LAYOUT', `layout ${u16(payload, 0)}`);
    if (u16(payload, 2) !== 0) throw new NetipcCodecError('BAD_LAYOUT', 'flags set');
    if (u32(payload, 12) !== 0) throw new NetipcCodecError('BAD_LAYOUT', 'reserved word set');
    this.payload = payload;
    this.itemCount = u32(payload, 4);
    this.systemdEnabled = u32(payload, 8);
    this.generation = u64(payload, 16);
    this.areaStart = RESPONSE_HEADER_BYTES + this.itemCount * ENTRY_BYTES;
    if (this.areaStart > payload.length) throw new NetipcCodecError('TRUNCATED', 'directory cut');
    for (let index = 0; index < this.itemCount; index += 1) this.entry(index);
  }

  /** Fails as section 7.3 says for one item. */
  item(index: number): SnapshotItem {
    if (index >= this.itemCount)
      throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index} of ${this.itemCount}`);
    const { start, length } = this.entry(index);
    const bytes = this.payload;
    if (u16(bytes, start) !== LAYOUT || u16(bytes, start + 2) !== 0) {
      throw new NetipcCodecError('BAD_LAYOUT', `item ${index}: layout or flags`);
    }
    const nameAt = this.stringStart(index, start, length, 16);
    const pathAt = this.stringStart(index, start, length, 24);
    const nameBytes = u32(bytes, start + 20);
    const pathBytes = u32(bytes, start + 28);
    if (nameAt <= pathAt + pathBytes && pathAt <= nameAt + nameBytes) {
      throw new NetipcCodecError('BAD_LAYOUT', `item ${index}: name and path overlap`);
    }
    return new ItemView(bytes, start);
  }

  private entry(index: number): { start: number; length: number } {
    const at = RESPONSE_HEADER_BYTES + index * ENTRY_BYTES;
    const offset = u32(this.payload, at);
    const length = u32(this.payload, at + 4);
    if (offset % 8 !== 0) throw new NetipcCodecError('BAD_ALIGNMENT', `item ${index} at ${offset}`);
    if (offset + length > this.payload.length - this.areaStart) {
      throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index} ends past the payload`);
    }
    if (length < ITEM_HEADER_BYTES)
      throw new NetipcCodecError('TRUNCATED', `item ${index} of ${length} bytes`);
    return { start: this.areaStart + offset, length };
  }

  /** Absolute start of the string whose { offset, length } stand at `field` of the item. */
  private stringStart(index: number, start: number, itemLength: number, field: number): number {
    const offset = u32(this.payload, start + field);
    const length = u32(this.payload, start + field + 4);
    if (offset < ITEM_HEADER_BYTES || offset + length + 1 > itemLength) {
      throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index}: string at ${offset}+${length}`);
    }
    if (this.payload[start + offset + length] !== 0) {
      throw new NetipcCodecError('MISSING_NUL', `item ${index}: string without its end`);
    }
    return start + offset;
  }
}
