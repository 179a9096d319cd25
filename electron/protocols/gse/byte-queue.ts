/** Bytes that came and were not yet taken, in one piece of memory. */

const BUFFER_BYTES_MIN = 4_096;
/** A larger buffer is given back once it has run empty: one 10 MiB frame must not be paid for ever. */
const BUFFER_BYTES_KEPT = 256 * 1_024;

/**
 * Doubling keeps the cost per byte constant however small the pieces are; at most the unfinished frame and
 * one chunk are held (docs/THREATS.md E3).
 */
export class ByteQueue {
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES_MIN);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.length;
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(needed);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #makeRoom(needed: number): void {
    const isLargeEnough = needed <= this.#buffer.length / 2;
    if (isLargeEnough) this.#buffer.copyWithin(0, this.#start, this.#end);
    else {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, this.#start, this.#end);
      this.#buffer = larger;
    }
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** Big-endian, at `offset` from the first byte held; the caller has looked at `length`. */
  u16(offset: number): number {
    return this.#buffer.readUInt16BE(this.#start + offset);
  }

  u32(offset: number): number {
    return this.#buffer.readUInt32BE(this.#start + offset);
  }

  u64(offset: number): bigint {
    return this.#buffer.readBigUInt64BE(this.#start + offset);
  }

  /** A copy of the bytes from `from` to `to`, counted from the first byte held; nothing is taken. */
  copy(from: number, to: number): Buffer {
    return Buffer.from(this.#buffer.subarray(this.#start + from, Math.min(this.#start + to, this.#end)));
  }

  skip(bytes: number): void {
    this.#start += bytes;
    if (this.#start < this.#end) return;
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > BUFFER_BYTES_KEPT) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES_MIN);
  }
}
