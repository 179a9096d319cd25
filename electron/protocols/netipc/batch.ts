/** Batch payload: a directory of { u32 offset, u32 length } and a packed area, docs/protocols/netipc.md section 4. */
import { align8, putU32, u32 } from './bytes.ts';
import { NetipcCodecError } from './errors.ts';

const ENTRY_BYTES = 8;

/** Items in order, each at a multiple of 8, the end padded to 8 with zeros. */
export function encodeBatch(items: readonly Uint8Array[]): Uint8Array {
  const areaStart = align8(items.length * ENTRY_BYTES);
  const areaBytes = items.reduce((sum, item) => sum + align8(item.length), 0);
  const payload = new Uint8Array(areaStart + areaBytes);
  let offset = 0;
  for (const [index, item] of items.entries()) {
    putU32(payload, index * ENTRY_BYTES, offset);
    putU32(payload, index * ENTRY_BYTES + 4, item.length);
    payload.set(item, areaStart + offset);
    offset += align8(item.length);
  }
  return payload;
}

function checkEntry(
  directory: Uint8Array,
  index: number,
  areaBytes: number,
): { offset: number; length: number } {
  const offset = u32(directory, index * ENTRY_BYTES);
  const length = u32(directory, index * ENTRY_BYTES + 4);
  if (offset % 8 !== 0) throw new NetipcCodecError('BAD_ALIGNMENT', `item ${index} at ${offset}`);
  if (offset + length > areaBytes)
    throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index} ends past the packed area`);
  return { offset, length };
}

/** Checks a directory against the size of its packed area: TRUNCATED, BAD_ALIGNMENT, OUT_OF_BOUNDS. Overlaps are allowed. */
export function checkBatchDirectory(directory: Uint8Array, itemCount: number, areaBytes: number): void {
  if (directory.length < itemCount * ENTRY_BYTES) throw new NetipcCodecError('TRUNCATED', 'directory cut');
  for (let index = 0; index < itemCount; index += 1) checkEntry(directory, index, areaBytes);
}

/** The check the transport makes of a whole payload (only when flagged as batch and item_count > 1). */
export function checkBatchPayload(payload: Uint8Array, itemCount: number): void {
  const areaStart = align8(itemCount * ENTRY_BYTES);
  checkBatchDirectory(payload, itemCount, Math.max(0, payload.length - areaStart));
}

/** Item `index` as a view of the payload; looks at that entry only. */
export function batchItem(payload: Uint8Array, itemCount: number, index: number): Uint8Array {
  if (index >= itemCount) throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index} of ${itemCount}`);
  const areaStart = align8(itemCount * ENTRY_BYTES);
  if (payload.length < areaStart) throw new NetipcCodecError('TRUNCATED', 'directory cut');
  const { offset, length } = checkEntry(payload, index, payload.length - areaStart);
  return payload.subarray(areaStart + offset, areaStart + offset + length);
}
