/** Chance with a seed, and the changes a fuzzer makes to bytes. */
export type Chance = (below: number) => number;

/** The same numbers for the same seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const NUMBERS = [0, 1, 7, 8, 27, 28, 64, 127, 128, 255, 256, 4_096, 32_767, 65_535, 65_536, 0x7fffffff, 0xffffffff];
export const INPUT_BYTES_MAX = 8_192;

type Change = (bytes: Buffer, chance: Chance, other: Uint8Array) => Buffer;

const slice = (bytes: Uint8Array, chance: Chance): Uint8Array => {
  const start = chance(bytes.length + 1);
  return bytes.subarray(start, start + chance(Math.min(64, bytes.length - start + 1)));
};
const insert = (bytes: Buffer, at: number, more: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);

const CHANGES: readonly Change[] = [
  (bytes, chance) => {
    const at = chance(bytes.length);
    if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance(8));
    return bytes;
  },
  (bytes, chance) => {
    if (bytes.length > 0) bytes[chance(bytes.length)] = chance(256);
    return bytes;
  },
  (bytes, chance) => {
    const number = NUMBERS[chance(NUMBERS.length)] ?? 0;
    const width = [1, 2, 4][chance(3)] ?? 1;
    if (bytes.length < width) return bytes;
    const at = chance(bytes.length - width + 1);
    const value = number % 2 ** (8 * width);
    if (chance(2) === 0) bytes.writeUIntBE(value, at, width);
    else bytes.writeUIntLE(value, at, width);
    return bytes;
  },
  (bytes, chance) => insert(bytes, chance(bytes.length + 1), Uint8Array.of(chance(256))),
  (bytes, chance) => {
    const start = chance(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + chance(16))]);
  },
  (bytes, chance) => bytes.subarray(0, chance(bytes.length + 1)),
  (bytes, chance) => insert(bytes, chance(bytes.length + 1), slice(bytes, chance)),
  (bytes, chance, other) => insert(bytes, chance(bytes.length + 1), slice(other, chance)),
  (bytes, chance, other) =>
    Buffer.concat([bytes.subarray(0, chance(bytes.length + 1)), other.subarray(chance(other.length + 1))]),
];

/** A changed copy of at most INPUT_BYTES_MAX bytes. `other` lends its parts. */
export function mutate(bytes: Uint8Array, other: Uint8Array, chance: Chance): Uint8Array {
  let changed: Buffer = Buffer.from(bytes);
  for (let count = 1 + chance(4); count > 0; count -= 1) {
    changed = (CHANGES[chance(CHANGES.length)] ?? ((same) => same))(changed, chance, other);
  }
  return Uint8Array.from(changed.subarray(0, INPUT_BYTES_MAX));
}
