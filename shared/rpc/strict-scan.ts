/**
 * Walks MessagePack bytes without building anything and refuses what a hostile peer could use against the decoder: truncation,
 * depth, too many values, extension types (msgpackr lets a peer define records by them), text that is not UTF-8 (msgpackr would
 * replace it silently) and map keys that are not text. What passes is plain data of bounded size.
 */
import { ProtocolError } from '../failure.ts';

export interface ScanLimits {
  readonly depthMax: number;
  /** Values of all kinds together, map keys included. */
  readonly nodesMax: number;
}

const UTF8_TWO = 0xc2;
const UTF8_THREE = 0xe0;
const UTF8_FOUR = 0xf0;

/**
 * Scans all values that stand back to back in `bytes`.
 * @returns how many there are
 * @throws ProtocolError E_PROTOCOL when the bytes are not what they should be, E_LIMIT when a bound is passed
 */
export function scanValues(bytes: Uint8Array, limits: ScanLimits): number {
  const scan = new Scan(bytes, limits);
  let count = 0;
  while (!scan.isAtEnd()) {
    scan.value(0);
    count += 1;
  }
  return count;
}

class Scan {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly limits: ScanLimits;
  private offset = 0;
  private nodes = 0;

  constructor(bytes: Uint8Array, limits: ScanLimits) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limits = limits;
  }

  isAtEnd(): boolean {
    return this.offset === this.bytes.length;
  }

  value(depth: number): void {
    this.count(depth);
    const head = this.byte();
    if (head < 0x80 || head >= 0xe0) return;
    if (head < 0x90) this.map(head & 0x0f, depth);
    else if (head < 0xa0) this.array(head & 0x0f, depth);
    else if (head < 0xc0) this.text(head & 0x1f);
    else this.tagged(head, depth);
  }

  /** Heads 0xc0 to 0xdf of the MessagePack specification. */
  private tagged(head: number, depth: number): void {
    switch (head) {
      case 0xc0: case 0xc2: case 0xc3: return;
      case 0xc4: return this.skip(this.length(1));
      case 0xc5: return this.skip(this.length(2));
      case 0xc6: return this.skip(this.length(4));
      case 0xca: case 0xce: case 0xd2: return this.skip(4);
      case 0xcb: case 0xcf: case 0xd3: return this.skip(8);
      case 0xcc: case 0xd0: return this.skip(1);
      case 0xcd: case 0xd1: return this.skip(2);
      case 0xd4: return this.undefinedValue();
      case 0xd9: return this.text(this.length(1));
      case 0xda: return this.text(this.length(2));
      case 0xdb: return this.text(this.length(4));
      case 0xdc: return this.array(this.length(2), depth);
      case 0xdd: return this.array(this.length(4), depth);
      case 0xde: return this.map(this.length(2), depth);
      case 0xdf: return this.map(this.length(4), depth);
      default: throw new ProtocolError('E_PROTOCOL', `message has a value of type 0x${head.toString(16)}`);
    }
  }

  /** The one extension allowed: msgpackr writes `undefined` as fixext 1 of type 0 with one zero byte. */
  private undefinedValue(): void {
    if (this.byte() !== 0 || this.byte() !== 0) throw new ProtocolError('E_PROTOCOL', 'message has an extension value');
  }

  private array(items: number, depth: number): void {
    // Each item takes a byte at least, so a count that lies ends at the end of the bytes, not after 2^32 rounds.
    for (let index = 0; index < items; index += 1) this.value(depth + 1);
  }

  private map(entries: number, depth: number): void {
    for (let index = 0; index < entries; index += 1) {
      this.key(depth + 1);
      this.value(depth + 1);
    }
  }

  private key(depth: number): void {
    this.count(depth);
    const head = this.byte();
    if (head >= 0xa0 && head < 0xc0) this.text(head & 0x1f);
    else if (head >= 0xd9 && head <= 0xdb) this.text(this.length(2 ** (head - 0xd9)));
    else throw new ProtocolError('E_PROTOCOL', 'message has a map key that is not text');
  }

  private count(depth: number): void {
    if (depth > this.limits.depthMax) throw new ProtocolError('E_LIMIT', `message is nested deeper than ${this.limits.depthMax}`);
    this.nodes += 1;
    if (this.nodes > this.limits.nodesMax) throw new ProtocolError('E_LIMIT', `message has more than ${this.limits.nodesMax} values`);
  }

  private byte(): number {
    const at = this.offset;
    this.skip(1);
    return this.view.getUint8(at);
  }

  private length(bytes: number): number {
    const at = this.offset;
    this.skip(bytes);
    if (bytes === 1) return this.view.getUint8(at);
    return bytes === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  private skip(bytes: number): void {
    if (this.offset + bytes > this.bytes.length) throw new ProtocolError('E_PROTOCOL', 'message is cut short');
    this.offset += bytes;
  }

  private text(length: number): void {
    const start = this.offset;
    this.skip(length);
    if (!isUtf8(this.bytes, start, this.offset)) throw new ProtocolError('E_ENCODING', 'message has text that is not UTF-8');
  }
}

/** Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. `end` is exclusive. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const step = characterBytes(bytes, at, end);
    if (step === 0) return false;
    at += step;
  }
  return true;
}

/** Length of the character at `at`, 0 when it is malformed. */
function characterBytes(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0xff;
  if (lead < 0x80) return 1;
  if (lead < UTF8_TWO || lead > 0xf4) return 0;
  const length = lead < UTF8_THREE ? 2 : lead < UTF8_FOUR ? 3 : 4;
  if (at + length > end) return 0;
  const second = bytes[at + 1] ?? 0;
  const lowest = lead === UTF8_THREE ? 0xa0 : lead === UTF8_FOUR ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let index = 2; index < length; index += 1) {
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
