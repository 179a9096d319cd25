/** Which bytes of a snapshot answer mean what: docs/protocols/netipc.md section 7.3. For views that show bytes. */
import type { SnapshotRaw } from '../../../shared/contract/snapshots.ts';
import type { TrackedGeneration } from './generation-tracks.ts';

type Field = SnapshotRaw['fields'][number];

const HEADER_BYTES = 24;
const ENTRY_BYTES = 8;

class FieldReader {
  readonly fields: Field[] = [];
  private readonly view: DataView;
  private readonly payload: Uint8Array;

  constructor(payload: Uint8Array) {
    this.payload = payload;
    this.view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  u16(name: string, at: number): number {
    return this.add(name, at, at + 2, this.view.getUint16(at, true));
  }
  u32(name: string, at: number): number {
    return this.add(name, at, at + 4, this.view.getUint32(at, true));
  }
  u64(name: string, at: number): void {
    this.fields.push({ name, start: at, end: at + 8, value: String(this.view.getBigUint64(at, true)) });
  }
  text(name: string, at: number, bytes: number): void {
    const value = Buffer.from(this.payload.subarray(at, at + bytes)).toString('utf8');
    this.fields.push({ name, start: at, end: at + bytes, value });
    this.add(`${name} NUL`, at + bytes, at + bytes + 1, this.payload[at + bytes] ?? 0);
  }
  private add(name: string, start: number, end: number, value: number): number {
    this.fields.push({ name, start, end, value: String(value) });
    return value;
  }
}

function readHeader(reader: FieldReader): void {
  reader.u16('layout_version', 0);
  reader.u16('flags', 2);
  reader.u32('item_count', 4);
  reader.u32('systemd_enabled', 8);
  reader.u32('reserved', 12);
  reader.u64('generation', 16);
}

function readItem(reader: FieldReader, index: number, itemCount: number): void {
  const entry = HEADER_BYTES + index * ENTRY_BYTES;
  const offset = reader.u32(`directory[${index}].offset`, entry);
  reader.u32(`directory[${index}].length`, entry + 4);
  const start = HEADER_BYTES + itemCount * ENTRY_BYTES + offset;
  reader.u16('layout_version', start);
  reader.u16('flags', start + 2);
  reader.u32('hash', start + 4);
  reader.u32('options', start + 8);
  reader.u32('enabled', start + 12);
  const nameAt = reader.u32('name_offset', start + 16);
  const nameBytes = reader.u32('name_length', start + 20);
  const pathAt = reader.u32('path_offset', start + 24);
  const pathBytes = reader.u32('path_length', start + 28);
  reader.text('name', start + nameAt, nameBytes);
  reader.text('path', start + pathAt, pathBytes);
}

/** The payload of a generation that was decoded: every offset has been checked. `index` null = the header's fields. */
export function wireOf(tracked: TrackedGeneration, index: number | null): SnapshotRaw {
  const { payload, items } = tracked.generation;
  const reader = new FieldReader(payload);
  if (index === null) readHeader(reader);
  else readItem(reader, index, items.length);
  return { payload: Uint8Array.from(payload), fields: reader.fields };
}
