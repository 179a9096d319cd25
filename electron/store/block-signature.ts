/**
 * What a block of events has in it, in a few kilobytes: a Bloom filter over keys (docs/decisions/0012) and the
 * lowest and highest number by member name. Whatever was added is found again; what was not is seldom found.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../../shared/assert.ts';

/** Written with each signature: one of another format is as good as none. Raise it with every change here. */
export const SIGNATURE_FORMAT = 2;
const HASHES = 4;
/**
 * Halved as often as it can be. A block that needs more bits is one whose signature says little. Not a power
 * of two, so that one or two rows of the table fill a page of the database and do not just miss it.
 */
const BITS_MAX = 15 * 2 ** 15;
const BITS_MIN = 15 * 2 ** 6;
/** At this share of the bits set one key in forty is found by accident. */
const FILL_MAX = 0.4;
/** Above it a signature would not rule out enough to be worth its reading. */
const FILL_USELESS = 0.9;
const RANGES_MAX = 64;
/** Member names watched while a block is looked through: not all of them turn out to have numbers only. */
const NAMES_WATCHED_MAX = 512;
const RANGE_BYTES = 20;
const TRIGRAMS = 2 ** 24;
const PAIRS = 2 ** 16;

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);
/** ASCII letters to lower case. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

const MEMBER_SEED = 0x1b87_3593;
const SCALAR_SEED = 0x3c6e_f372;
const COLUMN_SEED = 0x5bd1_e995;
const TRIGRAM_SEED = 0x27d4_eb2f;
const PAIR_SEED = 0x1656_67b1;

/** 32 bits over folded bytes, [start, end). */
export function hashOf(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = 0x811c_9dc5;
  for (let at = start; at < end; at += 1) {
    hash = Math.imul(hash ^ (FOLDED[bytes[at] ?? 0] ?? 0), 0x0100_0193);
  }
  return hash;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

/** So that a key found by accident in one block is not found in all the others that say nearly the same. */
function saltOf(block: number): number {
  return mix(block + 1);
}

function stepOf(place: number): number {
  return mix(place ^ 0x9e37_79b9) | 1;
}

/** Some object of a body has a member of this name. */
export function memberKey(nameHash: number): number {
  return mix(nameHash ^ MEMBER_SEED);
}

/** A scalar of a body; `nameHash` null for elements of arrays. */
export function scalarKey(textHash: number, nameHash: number | null): number {
  return mix(mix(textHash ^ SCALAR_SEED) + (nameHash === null ? 0 : mix(nameHash)));
}

/** The whole text of a column, which `column` numbers. */
export function columnKey(textHash: number, column: number): number {
  return mix(mix(textHash ^ COLUMN_SEED) + column);
}

/** The keys of a text that is inside another one; none for a single byte, which says nothing. */
export function partKeys(bytes: Uint8Array): number[] {
  const { pairs, trigrams } = partsOf(bytes);
  return bytes.length === 2 ? pairs : trigrams;
}

/** The same of a text that is inside the text of a column, which `column` numbers. */
export function columnPartKeys(bytes: Uint8Array, column: number): number[] {
  return partKeys(bytes).map((key) => inColumn(key, column));
}

/** All keys `columnPartKeys` may give for something inside this text of a column. */
export function columnPartsKeys(bytes: Uint8Array, column: number): number[] {
  const { pairs, trigrams } = partsOf(bytes);
  return [...pairs, ...trigrams].map((key) => inColumn(key, column));
}

function partsOf(bytes: Uint8Array): { readonly pairs: number[]; readonly trigrams: number[] } {
  const pairs = new Set<number>();
  const trigrams = new Set<number>();
  let trigram = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    trigram = ((trigram << 8) | (FOLDED[bytes[at] ?? 0] ?? 0)) & 0xff_ffff;
    if (at >= 1) pairs.add(pairKey(trigram & 0xffff));
    if (at >= 2) trigrams.add(trigramKey(trigram));
  }
  return { pairs: [...pairs], trigrams: [...trigrams] };
}

function inColumn(key: number, column: number): number {
  return mix((key ^ COLUMN_SEED) + column);
}

function trigramKey(trigram: number): number {
  return mix(trigram ^ TRIGRAM_SEED);
}

function pairKey(pair: number): number {
  return mix(pair ^ PAIR_SEED);
}

interface NumberRange {
  min: number;
  max: number;
  /** False once the name had anything else: texts are compared otherwise. */
  numbersOnly: boolean;
}

/** As kept in the database. */
export interface SignatureView {
  /** BITS_MAX halved some times; empty when the block holds too much for them to say anything. */
  readonly bits: Uint8Array;
  /** Name hash, lowest, highest: 20 bytes each, little-endian. */
  readonly ranges: Uint8Array;
}

/** One just made: its bytes may change owner. */
export interface SignatureBytes extends SignatureView {
  readonly bits: Uint8Array<ArrayBuffer>;
  readonly ranges: Uint8Array<ArrayBuffer>;
}

/** Binds the bytes to their block: a flipped bit must never hide an event. */
export function signatureChecksum({ bits, ranges }: SignatureView, block: number): number {
  return crc32(ranges, crc32(bits, block >>> 0));
}

export class BlockSignature {
  readonly #bits: Uint8Array;
  readonly #salt: number;
  readonly #ranges: ReadonlyMap<number, { readonly min: number; readonly max: number }>;

  constructor({ bits, ranges }: SignatureView, block: number) {
    this.#bits = bits;
    this.#salt = saltOf(block);
    const view = new DataView(ranges.buffer, ranges.byteOffset, ranges.length);
    const map = new Map<number, { min: number; max: number }>();
    for (let at = 0; at + RANGE_BYTES <= ranges.length; at += RANGE_BYTES) {
      const range = { min: view.getFloat64(at + 4, true), max: view.getFloat64(at + 12, true) };
      map.set(view.getInt32(at, true), range);
    }
    this.#ranges = map;
  }

  /** False only when the key was never added. */
  mayHave(key: number): boolean {
    if (this.#bits.length === 0) return true;
    const size = this.#bits.length * 8;
    let at = mix(key ^ this.#salt);
    const step = stepOf(at);
    for (let hash = 0; hash < HASHES; hash += 1) {
      const bit = (at >>> 0) % size;
      if (((this.#bits[bit >>> 3] ?? 0xff) & (1 << (bit & 7))) === 0) return false;
      at = (at + step) | 0;
    }
    return true;
  }

  /** The numbers of all members of this name, or null when that is not known. */
  rangeOf(nameHash: number): { readonly min: number; readonly max: number } | null {
    return this.#ranges.get(nameHash) ?? null;
  }
}

/** Collects the keys of one block after another; holds some 2 MB for as long as it lives. */
export class SignatureCollector {
  /** Every signature is made at full size and folded down: a place stays the same modulo the size. */
  readonly #bits = new Uint8Array(BITS_MAX / 8);
  readonly #trigramsSeen = new Uint8Array(TRIGRAMS / 8);
  readonly #pairsSeen = new Uint8Array(PAIRS);
  readonly #ranges = new Map<number, NumberRange>();
  #salt = 0;

  /** Forgets what was added to a block before. */
  begin(block: number): void {
    this.#salt = saltOf(block);
    this.#bits.fill(0);
    this.#trigramsSeen.fill(0);
    this.#pairsSeen.fill(0);
    this.#ranges.clear();
  }

  add(key: number): void {
    let at = mix(key ^ this.#salt);
    const step = stepOf(at);
    for (let hash = 0; hash < HASHES; hash += 1) {
      const bit = (at >>> 0) % BITS_MAX;
      this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
      at = (at + step) | 0;
    }
  }

  /** Whatever is inside these bytes may be searched for. */
  addParts(bytes: Uint8Array): void {
    const seen = this.#trigramsSeen;
    if (bytes.length < 2) return;
    let trigram = ((FOLDED[bytes[0] ?? 0] ?? 0) << 8) | (FOLDED[bytes[1] ?? 0] ?? 0);
    this.#addPair(trigram);
    for (let at = 2; at < bytes.length; at += 1) {
      trigram = ((trigram << 8) | (FOLDED[bytes[at] ?? 0] ?? 0)) & 0xff_ffff;
      const bit = 1 << (trigram & 7);
      const known = seen[trigram >>> 3] ?? 0;
      if ((known & bit) !== 0) continue;
      seen[trigram >>> 3] = known | bit;
      this.add(trigramKey(trigram));
      // A pair that is new makes a trigram that is new.
      this.#addPair(trigram & 0xffff);
    }
  }

  #addPair(pair: number): void {
    if (this.#pairsSeen[pair] === 1) return;
    this.#pairsSeen[pair] = 1;
    this.add(pairKey(pair));
  }

  /** `value` null for anything that is not a number. */
  addMemberValue(nameHash: number, value: number | null): void {
    const range = this.#ranges.get(nameHash);
    if (range === undefined) {
      if (this.#ranges.size >= NAMES_WATCHED_MAX) return;
      const first = value ?? 0;
      this.#ranges.set(nameHash, { min: first, max: first, numbersOnly: value !== null });
    } else if (value === null) range.numbersOnly = false;
    else if (value < range.min) range.min = value;
    else if (value > range.max) range.max = value;
  }

  /** The signature of what was added since `begin`. */
  finish(): SignatureBytes {
    return { bits: this.#foldedBits(), ranges: this.#rangeBytes() };
  }

  #foldedBits(): Uint8Array<ArrayBuffer> {
    let bits = this.#bits.slice();
    if (fillOf(bits) > FILL_USELESS) return new Uint8Array();
    while (bits.length * 8 > BITS_MIN) {
      const half = bits.length / 2;
      const folded = bits.slice(0, half);
      for (let at = 0; at < half; at += 1) folded[at] = (folded[at] ?? 0) | (bits[half + at] ?? 0);
      if (fillOf(folded) > FILL_MAX) break;
      bits = folded;
    }
    return bits;
  }

  #rangeBytes(): Uint8Array<ArrayBuffer> {
    const useful = [...this.#ranges].filter(([, range]) => range.numbersOnly).slice(0, RANGES_MAX);
    const bytes = new Uint8Array(useful.length * RANGE_BYTES);
    const view = new DataView(bytes.buffer);
    useful.forEach(([nameHash, { min, max }], index) => {
      assert(min <= max, 'a range holds at least one number');
      view.setInt32(index * RANGE_BYTES, nameHash, true);
      view.setFloat64(index * RANGE_BYTES + 4, min, true);
      view.setFloat64(index * RANGE_BYTES + 12, max, true);
    });
    return bytes;
  }
}

function fillOf(bits: Uint8Array): number {
  let set = 0;
  for (const byte of bits) set += ONES[byte] ?? 0;
  return set / (bits.length * 8);
}
