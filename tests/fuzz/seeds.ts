/** The corpus to begin with: every text and every row of hex digits in the vector files of a protocol. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { INPUT_BYTES_MAX } from './mutate.ts';

const VECTORS = join(import.meta.dirname, '../vectors');
const SEEDS_MAX = 600;
const HEX = /^(?:[0-9a-f]{2}){2,}$/i;

function textsIn(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) textsIn(member, found);
}

/** At most SEEDS_MAX inputs, spread over all files; `only` looks at a text before its hex digits become bytes. */
export function vectorSeeds(protocol: string, only: (text: string) => boolean): Uint8Array[] {
  const texts = new Set<string>();
  const folder = join(VECTORS, protocol);
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.json')) textsIn(JSON.parse(readFileSync(join(folder, name), 'utf8')), texts);
  }
  const seeds = [...texts]
    .filter(only)
    .map((text) => Uint8Array.from(Buffer.from(text, HEX.test(text) ? 'hex' : 'utf8')))
    .filter((bytes) => bytes.length <= INPUT_BYTES_MAX);
  const step = Math.max(1, Math.ceil(seeds.length / SEEDS_MAX));
  return seeds.filter((_, index) => index % step === 0);
}

export const isHex = (text: string): boolean => HEX.test(text);
export const isJsonLike = (text: string): boolean => /^\s*[[{"]/.test(text);
export const bytesOfText = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
