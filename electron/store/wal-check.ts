/**
 * Looks at a write-ahead log left by a process that did not close it, before SQLite does: SQLite cuts the log
 * at the first frame that does not verify and says nothing. Format:
 * https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { readFileSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC_LITTLE_ENDIAN = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;
const PAGE_BYTES_MIN = 512;
const PAGE_BYTES_MAX = 65_536;

export interface LogState {
  /** `none` no log or an empty one; `whole` every frame of this log verifies; `cut` frames were lost. */
  readonly state: 'none' | 'whole' | 'cut';
  readonly framesWhole: number;
  /** Frames of the same log after the first that does not verify, that one included. */
  readonly framesLost: number;
}

const NONE: LogState = { state: 'none', framesWhole: 0, framesLost: 0 };

/** Never throws: a log that cannot be read counts as none, and SQLite will speak of it. */
export function checkLog(walPath: string): LogState {
  let bytes: Buffer;
  try {
    bytes = readFileSync(walPath);
  } catch {
    // Absent, which is the usual case, or not readable.
    return NONE;
  }
  return bytes.length === 0 ? NONE : checkLogBytes(bytes);
}

export function checkLogBytes(bytes: Uint8Array): LogState {
  if (bytes.length < HEADER_BYTES) return { state: 'cut', framesWhole: 0, framesLost: 1 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0);
  const littleEndian = magic === MAGIC_LITTLE_ENDIAN;
  const pageBytes = view.getUint32(8);
  const sane =
    (littleEndian || magic === MAGIC_BIG_ENDIAN) &&
    pageBytes >= PAGE_BYTES_MIN &&
    pageBytes <= PAGE_BYTES_MAX;
  const sum = new Checksum(littleEndian);
  if (sane) sum.add(view, 0, 24);
  if (!sane || !sum.equals(view, 24)) return { state: 'cut', framesWhole: 0, framesLost: 1 };
  return walkFrames(view, pageBytes, sum);
}

function walkFrames(view: DataView, pageBytes: number, sum: Checksum): LogState {
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  let framesWhole = 0;
  let framesLost = 0;
  for (let at = HEADER_BYTES; at < view.byteLength; at += frameBytes) {
    const ours = at + 16 <= view.byteLength && view.getBigUint64(at + 8) === view.getBigUint64(16);
    if (framesLost > 0) {
      if (ours) framesLost += 1;
      continue;
    }
    const whole = ours && at + frameBytes <= view.byteLength && sum.verifies(view, at, pageBytes);
    if (whole) framesWhole += 1;
    // Frames of an older round of the log carry other salts: the log ends here in good order.
    else if (ours) framesLost = 1;
    else break;
  }
  return { state: framesLost > 0 ? 'cut' : 'whole', framesWhole, framesLost };
}

class Checksum {
  readonly #littleEndian: boolean;
  #first = 0;
  #second = 0;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  add(view: DataView, start: number, bytes: number): void {
    let first = this.#first;
    let second = this.#second;
    for (let at = start; at < start + bytes; at += 8) {
      first = (first + view.getUint32(at, this.#littleEndian) + second) >>> 0;
      second = (second + view.getUint32(at + 4, this.#littleEndian) + first) >>> 0;
    }
    this.#first = first;
    this.#second = second;
  }

  equals(view: DataView, at: number): boolean {
    return view.getUint32(at) === this.#first && view.getUint32(at + 4) === this.#second;
  }

  verifies(view: DataView, at: number, pageBytes: number): boolean {
    this.add(view, at, 8);
    this.add(view, at + FRAME_HEADER_BYTES, pageBytes);
    return this.equals(view, at + 16);
  }
}
