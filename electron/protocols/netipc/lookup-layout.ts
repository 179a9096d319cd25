/** What both lookup methods share on the wire: headers, directory, strings, labels. docs/protocols/netipc.md section 7.4. */
import { align8, hasNul, putU16, putU32, putU64, u16, u32, u64 } from './bytes.ts';
import { NetipcCodecError } from './errors.ts';

export const LOOKUP_LAYOUT = 1;
export const LOOKUP_HEADER_BYTES = 16;
export const LOOKUP_ENTRY_BYTES = 8;
const LABEL_BYTES = 16;
const NO_RANGES: readonly Range[] = [];

/** Orchestrators of section 7.4; other numbers pass through. */
export const ORCHESTRATORS = [
  'unknown',
  'systemd',
  'docker',
  'k8s',
  'kvm',
  'lxc',
  'podman',
  'nspawn',
] as const;

export interface Label {
  /** At least one byte, no NUL. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface Range {
  readonly start: number;
  readonly length: number;
}

export function badLayout(message: string): NetipcCodecError {
  return new NetipcCodecError('BAD_LAYOUT', message);
}

/** Both headers begin alike; `isRequest` also wants the eight reserved bytes to be zero. Returns the item count. */
export function readLookupHeader(payload: Uint8Array, isRequest: boolean): number {
  if (payload.length < LOOKUP_HEADER_BYTES)
    throw new NetipcCodecError('TRUNCATED', `${payload.length} of 16 bytes`);
  if (u16(payload, 0) !== LOOKUP_LAYOUT || u16(payload, 2) !== 0) throw badLayout('layout version or flags');
  if (isRequest && (u32(payload, 8) !== 0 || u32(payload, 12) !== 0)) throw badLayout('reserved words set');
  const itemCount = u32(payload, 4);
  if (LOOKUP_HEADER_BYTES + itemCount * LOOKUP_ENTRY_BYTES > payload.length) {
    throw new NetipcCodecError('TRUNCATED', `directory of ${itemCount} items cut`);
  }
  return itemCount;
}

export function lookupGeneration(payload: Uint8Array): bigint {
  return u64(payload, 8);
}

/** Entries are ascending and disjoint; gaps are allowed. `isLengthRight` judges the length of one entry. */
export function readDirectory(
  payload: Uint8Array,
  itemCount: number,
  isLengthRight: (length: number) => boolean,
): Range[] {
  const areaStart = LOOKUP_HEADER_BYTES + itemCount * LOOKUP_ENTRY_BYTES;
  const areaBytes = payload.length - areaStart;
  const ranges: Range[] = [];
  let previousEnd = 0;
  for (let index = 0; index < itemCount; index += 1) {
    const at = LOOKUP_HEADER_BYTES + index * LOOKUP_ENTRY_BYTES;
    const offset = u32(payload, at);
    const length = u32(payload, at + 4);
    if (offset % 8 !== 0) throw new NetipcCodecError('BAD_ALIGNMENT', `item ${index} at ${offset}`);
    if (!isLengthRight(length)) throw badLayout(`item ${index} of ${length} bytes`);
    if (offset + length > areaBytes)
      throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index} ends past the payload`);
    if (offset < previousEnd) throw badLayout(`item ${index} begins before its predecessor ends`);
    previousEnd = offset + length;
    ranges.push({ start: areaStart + offset, length });
  }
  return ranges;
}

/** Joins items behind a header and a directory; each item at a multiple of 8, nothing after the last one. */
export function encodeLookup(items: readonly Uint8Array[], generation: bigint): Uint8Array {
  const areaStart = LOOKUP_HEADER_BYTES + items.length * LOOKUP_ENTRY_BYTES;
  let area = 0;
  for (const item of items) area = align8(area) + item.length;
  const payload = new Uint8Array(areaStart + area);
  putU16(payload, 0, LOOKUP_LAYOUT);
  putU32(payload, 4, items.length);
  putU64(payload, 8, generation);
  let offset = 0;
  for (const [index, item] of items.entries()) {
    offset = align8(offset);
    putU32(payload, LOOKUP_HEADER_BYTES + index * LOOKUP_ENTRY_BYTES, offset);
    putU32(payload, LOOKUP_HEADER_BYTES + index * LOOKUP_ENTRY_BYTES + 4, item.length);
    payload.set(item, areaStart + offset);
    offset += item.length;
  }
  return payload;
}

/** Size of `encodeLookup` for items of these sizes. */
export function lookupBytes(itemSizes: readonly number[]): number {
  let area = 0;
  for (const size of itemSizes) area = align8(area) + size;
  return LOOKUP_HEADER_BYTES + itemSizes.length * LOOKUP_ENTRY_BYTES + area;
}

/** One string of a response item; `offset` and `length` are relative to the item at `item.start`. */
export function checkString(
  payload: Uint8Array,
  item: Range,
  fixedBytes: number,
  offset: number,
  length: number,
): Range {
  if (offset < fixedBytes || offset + length + 1 > item.length) {
    throw new NetipcCodecError(
      'OUT_OF_BOUNDS',
      `string at ${offset}+${length} of an item of ${item.length} bytes`,
    );
  }
  const start = item.start + offset;
  if (payload[start + length] !== 0)
    throw new NetipcCodecError('MISSING_NUL', `string at ${offset} without its end`);
  if (hasNul(payload, start, length)) throw badLayout(`string at ${offset} holds a NUL`);
  return { start, length };
}

/** Ranges count with their NUL. */
export function checkDisjoint(strings: readonly Range[]): void {
  for (let first = 0; first < strings.length; first += 1) {
    const left = strings[first];
    for (let second = first + 1; second < strings.length; second += 1) {
      const right = strings[second];
      if (left === undefined || right === undefined) continue;
      if (left.start <= right.start + right.length && right.start <= left.start + left.length) {
        throw badLayout('strings overlap');
      }
    }
  }
}

/** Checks the label table and its strings to the last byte of the item; returns where each key and value stands. */
export function readLabels(
  payload: Uint8Array,
  item: Range,
  strings: readonly Range[],
  labelCount: number,
): readonly Range[] {
  let fixedEnd = 0;
  for (const text of strings) fixedEnd = Math.max(fixedEnd, text.start - item.start + text.length + 1);
  if (labelCount === 0) {
    if (item.length !== fixedEnd) throw badLayout(`item of ${item.length} bytes ends at ${fixedEnd}`);
    return NO_RANGES;
  }
  const tableAt = align8(fixedEnd);
  if (tableAt > item.length) throw new NetipcCodecError('OUT_OF_BOUNDS', 'label table past the item');
  for (let at = fixedEnd; at < tableAt; at += 1) {
    if (payload[item.start + at] !== 0) throw badLayout('padding before the label table is not zero');
  }
  const tableEnd = tableAt + labelCount * LABEL_BYTES;
  if (tableEnd > item.length)
    throw new NetipcCodecError('OUT_OF_BOUNDS', `table of ${labelCount} labels cut`);
  const found: Range[] = [];
  let next = tableEnd;
  for (let index = 0; index < labelCount * 2; index += 1) {
    const at = item.start + tableAt + index * LOOKUP_ENTRY_BYTES;
    const offset = u32(payload, at);
    const length = u32(payload, at + 4);
    if (index % 2 === 0 && length === 0) throw badLayout('label without a key');
    if (offset !== next) throw badLayout(`label string at ${offset}, expected at ${next}`);
    found.push(checkString(payload, item, tableEnd, offset, length));
    next = offset + length + 1;
  }
  if (next !== item.length) throw badLayout(`item of ${item.length} bytes ends at ${next}`);
  return found;
}

/** Lays the strings after the fixed header, then the label table and its strings. */
export class ItemWriter {
  readonly bytes: Uint8Array;
  private at: number;

  constructor(fixedBytes: number, strings: readonly Uint8Array[], labels: readonly Label[]) {
    this.bytes = new Uint8Array(itemBytes(fixedBytes, strings, labels));
    this.at = fixedBytes;
  }

  /** Writes one string and its { offset, length } at `field`. */
  text(field: number, value: Uint8Array): void {
    putU32(this.bytes, field, this.at);
    putU32(this.bytes, field + 4, value.length);
    this.bytes.set(value, this.at);
    this.at += value.length + 1;
  }

  labels(labels: readonly Label[]): void {
    if (labels.length === 0) return;
    let field = align8(this.at);
    this.at = field + labels.length * LABEL_BYTES;
    for (const label of labels) {
      this.text(field, label.key);
      this.text(field + LOOKUP_ENTRY_BYTES, label.value);
      field += LABEL_BYTES;
    }
  }
}

/** Exact size of a response item. */
export function itemBytes(
  fixedBytes: number,
  strings: readonly Uint8Array[],
  labels: readonly Label[],
): number {
  const fixedEnd = strings.reduce((end, text) => end + text.length + 1, fixedBytes);
  if (labels.length === 0) return fixedEnd;
  return labels.reduce(
    (end, label) => end + label.key.length + label.value.length + 2,
    align8(fixedEnd) + labels.length * LABEL_BYTES,
  );
}

/** Refuses to write what no decoder accepts. */
export function checkWritableLabels(labels: readonly Label[]): void {
  if (labels.length > 0xffff) throw badLayout(`${labels.length} labels`);
  for (const { key, value } of labels) {
    if (key.length === 0 || key.includes(0) || value.includes(0))
      throw badLayout('label with an empty key or a NUL');
  }
}

export function labelsAt(payload: Uint8Array, ranges: readonly Range[]): Label[] {
  const labels: Label[] = [];
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    labels.push({ key: viewOf(payload, ranges[index]), value: viewOf(payload, ranges[index + 1]) });
  }
  return labels;
}

export function viewOf(payload: Uint8Array, range: Range | undefined): Uint8Array {
  return range === undefined ? new Uint8Array(0) : payload.subarray(range.start, range.start + range.length);
}
