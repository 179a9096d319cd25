/** CGROUPS_LOOKUP: docs/protocols/netipc.md section 7.5. A response is checked whole when it is decoded. */
import { putU16, u16, u32 } from './bytes.ts';
import { NetipcCodecError } from './errors.ts';
import {
  ItemWriter,
  LOOKUP_LAYOUT,
  badLayout,
  checkDisjoint,
  checkString,
  checkWritableLabels,
  encodeLookup,
  labelsAt,
  lookupGeneration,
  readDirectory,
  readLabels,
  readLookupHeader,
  viewOf,
  type Label,
  type Range,
} from './lookup-layout.ts';

export const CGROUP_LOOKUP_STATUS = {
  KNOWN: 0,
  UNKNOWN_RETRY_LATER: 1,
  UNKNOWN_PERMANENT: 2,
  PAYLOAD_EXCEEDED: 3,
  OVERSIZED_ITEM: 4,
} as const;
export const CGROUP_ITEM_FIXED_BYTES = 28;

export interface CgroupLookupItem {
  readonly status: number;
  readonly orchestrator: number;
  /** The key, echoed; at least one byte. */
  readonly path: Uint8Array;
  readonly name: Uint8Array;
  readonly labels: readonly Label[];
}

/** Keys are paths without NUL, one byte at least; no key at all is a valid probe. */
export function encodeCgroupLookupRequest(paths: readonly Uint8Array[]): Uint8Array {
  const items = paths.map((path) => {
    if (path.length === 0 || path.includes(0)) throw badLayout('a path is empty or holds a NUL');
    const item = new Uint8Array(path.length + 1);
    item.set(path);
    return item;
  });
  return encodeLookup(items, 0n);
}

/** Views of the paths, without their NUL. */
export function decodeCgroupLookupRequest(payload: Uint8Array): Uint8Array[] {
  const itemCount = readLookupHeader(payload, true);
  const ranges = readDirectory(payload, itemCount, (length) => length >= 2);
  return ranges.map(({ start, length }) => {
    if (payload[start + length - 1] !== 0) throw new NetipcCodecError('MISSING_NUL', 'path without its end');
    const path = payload.subarray(start, start + length - 1);
    if (path.includes(0)) throw badLayout('path holds a NUL');
    return path;
  });
}

export function encodeCgroupLookupItem(item: CgroupLookupItem): Uint8Array {
  checkWritableLabels(item.labels);
  const writer = new ItemWriter(CGROUP_ITEM_FIXED_BYTES, [item.path, item.name], item.labels);
  putU16(writer.bytes, 0, LOOKUP_LAYOUT);
  putU16(writer.bytes, 2, item.status);
  putU16(writer.bytes, 4, item.orchestrator);
  writer.text(8, item.path);
  writer.text(16, item.name);
  putU16(writer.bytes, 24, item.labels.length);
  writer.labels(item.labels);
  return writer.bytes;
}

/** An item that only says why it carries nothing. */
export function bareCgroupItem(path: Uint8Array, status: number): Uint8Array {
  return encodeCgroupLookupItem({ status, orchestrator: 0, path, name: new Uint8Array(0), labels: [] });
}

export function encodeCgroupLookupResponse(
  items: readonly CgroupLookupItem[],
  generation: bigint,
): Uint8Array {
  return encodeLookup(items.map(encodeCgroupLookupItem), generation);
}

interface CheckedItem {
  readonly range: Range;
  readonly path: Range;
  readonly name: Range;
  readonly labels: readonly Range[];
}

function checkItem(payload: Uint8Array, range: Range): CheckedItem {
  const at = range.start;
  if (u16(payload, at) !== LOOKUP_LAYOUT || u16(payload, at + 6) !== 0 || u16(payload, at + 26) !== 0) {
    throw badLayout('item layout version or reserved word');
  }
  const status = u16(payload, at + 2);
  const pathBytes = u32(payload, at + 12);
  const nameBytes = u32(payload, at + 20);
  const labelCount = u16(payload, at + 24);
  const isEmpty = u16(payload, at + 4) === 0 && nameBytes === 0 && labelCount === 0;
  if (status > CGROUP_LOOKUP_STATUS.OVERSIZED_ITEM || pathBytes === 0 || (status !== 0 && !isEmpty)) {
    throw badLayout(`item of status ${status}`);
  }
  const path = checkString(payload, range, CGROUP_ITEM_FIXED_BYTES, u32(payload, at + 8), pathBytes);
  const name = checkString(payload, range, CGROUP_ITEM_FIXED_BYTES, u32(payload, at + 16), nameBytes);
  checkDisjoint([path, name]);
  return { range, path, name, labels: readLabels(payload, range, [path, name], labelCount) };
}

/** A checked response. Items are views of the payload: copy what must outlive it. */
export class CgroupLookupView {
  readonly itemCount: number;
  readonly generation: bigint;
  private readonly payload: Uint8Array;
  private readonly items: readonly CheckedItem[];

  constructor(payload: Uint8Array) {
    this.itemCount = readLookupHeader(payload, false);
    this.generation = lookupGeneration(payload);
    this.payload = payload;
    const ranges = readDirectory(payload, this.itemCount, (length) => length >= CGROUP_ITEM_FIXED_BYTES);
    this.items = ranges.map((range) => checkItem(payload, range));
  }

  item(index: number): CgroupLookupItem {
    const item = this.checked(index);
    return {
      status: u16(this.payload, item.range.start + 2),
      orchestrator: u16(this.payload, item.range.start + 4),
      path: viewOf(this.payload, item.path),
      name: viewOf(this.payload, item.name),
      labels: labelsAt(this.payload, item.labels),
    };
  }

  /** The bytes of the item as they stand on the wire. */
  raw(index: number): Uint8Array {
    return viewOf(this.payload, this.checked(index).range);
  }

  private checked(index: number): CheckedItem {
    const item = this.items[index];
    if (item === undefined) throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index} of ${this.itemCount}`);
    return item;
  }
}
