/**
 * The answer of a cgroups-snapshot service cut into named byte ranges: the header, the directory entry of
 * one item and the fields of that item (docs/protocols/netipc.md section 7.3). Never fails: what is not
 * there gives no field.
 */
import type { WireField, WireGroup } from '../../components/wire-field.ts';

const HEADER_BYTES = 24;
const ENTRY_BYTES = 8;
const ITEM_BYTES = 32;
const VALUE_CHARACTERS_MAX = 200;
/** Wrong bytes become U+FFFD: this is for looking at. */
const DECODER = new TextDecoder();

type Spec = readonly [name: string, at: number, bytes: 2 | 4 | 8];

const HEADER: readonly Spec[] = [
  ['layout_version', 0, 2],
  ['flags', 2, 2],
  ['item_count', 4, 4],
  ['systemd_enabled', 8, 4],
  ['reserved', 12, 4],
  ['generation', 16, 8],
];
const ENTRY: readonly Spec[] = [
  ['offset', 0, 4],
  ['length', 4, 4],
];
const ITEM: readonly Spec[] = [
  ['layout_version', 0, 2],
  ['flags', 2, 2],
  ['hash', 4, 4],
  ['options', 8, 4],
  ['enabled', 12, 4],
  ['name_offset', 16, 4],
  ['name_length', 20, 4],
  ['path_offset', 24, 4],
  ['path_length', 28, 4],
];

interface Item {
  readonly index: number;
  /** Places in the payload. */
  readonly entryStart: number;
  readonly start: number;
  readonly end: number;
}

export interface ItemIdentity {
  readonly hash: number;
  readonly name: string;
  /** The name's bytes when they are no UTF-8, else ''. */
  readonly nameHex: string;
}

function viewOf(payload: Uint8Array): DataView {
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** The count the header claims, or 0 when its directory would not fit: a claim must not cost a long search. */
function itemCount(payload: Uint8Array): number {
  if (payload.length < HEADER_BYTES) return 0;
  const count = viewOf(payload).getUint32(4, true);
  return HEADER_BYTES + count * ENTRY_BYTES <= payload.length ? count : 0;
}

function itemAt(payload: Uint8Array, index: number): Item | null {
  const count = itemCount(payload);
  const view = viewOf(payload);
  const entryStart = HEADER_BYTES + index * ENTRY_BYTES;
  const packed = HEADER_BYTES + count * ENTRY_BYTES;
  if (index < 0 || index >= count) return null;
  const start = packed + view.getUint32(entryStart, true);
  const end = start + view.getUint32(entryStart + 4, true);
  return end > payload.length ? null : { index, entryStart, start, end };
}

/** The row's place in this payload, or -1: rows move from one generation to the next. */
export function findItem(payload: Uint8Array, identity: ItemIdentity): number {
  const count = itemCount(payload);
  const view = viewOf(payload);
  const name =
    identity.nameHex === '' ? new TextEncoder().encode(identity.name) : bytesOfHex(identity.nameHex);
  for (let index = 0; index < count; index += 1) {
    const item = itemAt(payload, index);
    if (item === null || item.end - item.start < ITEM_BYTES) continue;
    if (view.getUint32(item.start + 4, true) !== identity.hash) continue;
    const nameStart = item.start + view.getUint32(item.start + 16, true);
    const nameEnd = nameStart + view.getUint32(item.start + 20, true);
    if (nameEnd <= item.end && isEqual(payload.subarray(nameStart, nameEnd), name)) return index;
  }
  return -1;
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function snapshotWireFields(payload: Uint8Array, index: number | null): readonly WireField[] {
  if (payload.length < HEADER_BYTES) return [rawField(payload)];
  const header = numbers(payload, 'header', 'header', 'header.', 0, HEADER);
  const item = index === null ? null : itemAt(payload, index);
  return item === null ? header : [...header, ...itemFields(payload, item)];
}

/** Where the bytes of the item begin, to show them first. */
export function itemStart(payload: Uint8Array, index: number): number {
  return itemAt(payload, index)?.start ?? 0;
}

/** Id of the field that is shown first. */
export const FIRST_ITEM_FIELD = 'item:name';

function itemFields(payload: Uint8Array, item: Item): WireField[] {
  const entry = numbers(payload, 'line', 'entry', `directory[${item.index}].`, item.entryStart, ENTRY);
  if (item.end - item.start < ITEM_BYTES) return entry;
  const fields = numbers(payload, 'body', 'item', 'item.', item.start, ITEM);
  return [...entry, ...fields, ...texts(payload, item)];
}

function texts(payload: Uint8Array, item: Item): WireField[] {
  const view = viewOf(payload);
  const fields: WireField[] = [];
  for (const [name, at] of [
    ['name', 16],
    ['path', 24],
  ] as const) {
    const start = item.start + view.getUint32(item.start + at, true);
    const end = start + view.getUint32(item.start + at + 4, true);
    if (end >= item.end) continue;
    fields.push({
      id: `item:${name}`,
      group: 'body',
      name: `item.${name}`,
      start,
      end: end + 1,
      value: shorten(DECODER.decode(payload.subarray(start, end))),
    });
  }
  return fields;
}

function numbers(
  payload: Uint8Array,
  group: WireGroup,
  prefix: string,
  label: string,
  base: number,
  specs: readonly Spec[],
): WireField[] {
  const view = viewOf(payload);
  return specs.map(([name, at, bytes]) => ({
    id: `${prefix}:${name}`,
    group,
    name: label + name,
    start: base + at,
    end: base + at + bytes,
    value: numberText(view, base + at, bytes),
  }));
}

function numberText(view: DataView, at: number, bytes: 2 | 4 | 8): string {
  if (bytes === 8) return view.getBigUint64(at, true).toString();
  return String(bytes === 4 ? view.getUint32(at, true) : view.getUint16(at, true));
}

function rawField(payload: Uint8Array): WireField {
  return { id: 'raw', group: 'raw', name: 'bytes', start: 0, end: payload.length, value: '' };
}

function shorten(text: string): string {
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text;
}
