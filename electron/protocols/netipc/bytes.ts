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

/** The whole 64-bit range: never through a double. */
export function u64(buffer: Uint8Array, at: number): bigint {
  const high = u32(buffer, at + 4);
  const low = BigInt(u32(buffer, at));
  return high === 0 ? low : (BigInt(high) << 32n) | low;
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
  // Message ids and most generations: no arithmetic on big numbers. What does not fit 53 bits is rounded, but never into this range.
  const small = Number(value);
  if (small >= 0 && small <= 0xffff_ffff) {
    putU32(buffer, at, small);
    putU32(buffer, at + 4, 0);
    return;
  }
  putU32(buffer, at, Number(value & 0xffff_ffffn));
  putU32(buffer, at + 4, Number((value >> 32n) & 0xffff_ffffn));
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
