/** Little-endian numbers in byte arrays. All offsets are checked by the callers, who know which error a short buffer is. */

/** Alignment of batch, snapshot and lookup items (section 2). */
export function align8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8; // not bit operations: sums may pass 2^32
}

export function u16(buffer: Uint8Array, at: number): number {
  return (buffer[at] ?? 0) | ((buffer[at + 1] ?? 0) << 8);
}

export function u32(buffer: Uint8Array, at: number): number {
  const low = (buffer[at] ?? 0) | ((buffer[at + 1] ?? 0) << 8);
  return (low | ((buffer[at + 2] ?? 0) << 16) | ((buffer[at + 3] ?? 0) << 24)) >>> 0;
}

/**
 * Where big numbers and their halves are turned into each other: compiled code does it here with two moves, while `BigInt(…)` and `Number(…)`
 * call into the runtime each time.
 */
const both = new DataView(new ArrayBuffer(8));

/** From two halves of 32 bits. */
function bigOf(low: number, high: number): bigint {
  both.setUint32(0, low, true);
  both.setUint32(4, high, true);
  return both.getBigUint64(0, true);
}

/** As `BigInt(value)`; whole numbers from 0 to 2^53 - 1. */
export function bigOfNumber(value: number): bigint {
  return bigOf(value, value / 0x1_0000_0000);
}

/** As `Number(value)` of the lowest 64 bits: what does not fit 53 bits is rounded, but never to a number that does. */
export function numberOfBig(value: bigint): number {
  both.setBigUint64(0, value, true);
  return both.getUint32(4, true) * 0x1_0000_0000 + both.getUint32(0, true);
}

/** The whole 64-bit range: never through a double. */
export function u64(buffer: Uint8Array, at: number): bigint {
  return bigOf(u32(buffer, at), u32(buffer, at + 4));
}

export function putU16(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value & 0xff;
  buffer[at + 1] = (value >>> 8) & 0xff;
}

export function putU32(buffer: Uint8Array, at: number, value: number): void {
  putU16(buffer, at, value & 0xffff);
  putU16(buffer, at + 2, value >>> 16);
}

export function putU64(buffer: Uint8Array, at: number, value: bigint): void {
  both.setBigUint64(0, value, true);
  putU32(buffer, at, both.getUint32(0, true));
  putU32(buffer, at + 4, both.getUint32(4, true));
}

/** Below this a loop is quicker than a call into the runtime. */
const SHORT_BYTES = 48;

/** As `target.set(source, at)`. */
export function copyInto(target: Uint8Array, source: Uint8Array, at: number): void {
  const { length } = source;
  if (length > SHORT_BYTES) target.set(source, at);
  else for (let index = 0; index < length; index += 1) target[at + index] = source[index] ?? 0;
}

/** As `source.slice(start)`. */
export function copyFrom(source: Uint8Array, start: number): Uint8Array {
  const length = source.length - start;
  if (length > SHORT_BYTES) return source.slice(start);
  const copy = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) copy[index] = source[start + index] ?? 0;
  return copy;
}

/** True when [start, start + bytes) holds a NUL. */
export function hasNul(buffer: Uint8Array, start: number, bytes: number): boolean {
  if (bytes <= SHORT_BYTES) {
    for (let at = start; at < start + bytes; at += 1) if (buffer[at] === 0) return true;
    return false;
  }
  const at = buffer.indexOf(0, start);
  return at !== -1 && at < start + bytes;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  const { length } = left;
  if (length !== right.length) return false;
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
