/**
 * JSON into a known shape as Go reads it: docs/protocols/gse.md section 3, "Reading". Works on the bytes,
 * because bad UTF-8 counts byte by byte and integers have 64 bits. Nothing is built for members nobody asked
 * for.
 */
import { isUtf8 } from 'node:buffer';
import { scanJson, type JsonLimits } from '../../../shared/json-scan.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { decodeGoUtf8 } from '../../net/go-utf8.ts';
import { GseJsonError } from './errors.ts';

/**
 * Text, 64-bit integer, list of texts, list of objects (an entry may be null), or an object of named members.
 */
export type GoType =
  | 'string'
  | 'integer'
  | 'strings'
  | { readonly listOf: GoMembers }
  | { readonly members: GoMembers };
export interface GoMembers {
  readonly [name: string]: GoType;
}

/** `undefined` where the member was absent or null: the caller names the zero value. */
export type GoValue<T extends GoType> = T extends 'string'
  ? string
  : T extends 'integer'
    ? bigint
    : T extends 'strings'
      ? string[]
      : T extends { readonly listOf: infer M extends GoMembers }
        ? (GoObject<M> | null)[]
        : T extends { readonly members: infer M extends GoMembers }
          ? GoObject<M>
          : never;
export type GoObject<M extends GoMembers> = { -readonly [K in keyof M]?: GoValue<M[K]> };

/** What the original's decoder bears; doors that others can reach pass the stricter bounds of promise B8. */
export const GO_JSON_LIMITS: JsonLimits = {
  depthMax: LIMITS.gseJsonDepthMax,
  nodesMax: LIMITS.gseJsonNodesMax,
};

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/**
 * Null when the top-level value is `null`. Throws GseJsonError when the bytes are no JSON within `limits`, or
 * a member has another type than asked for; there is never a partial result.
 */
export function readGoJson<M extends GoMembers>(
  json: Uint8Array,
  members: M,
  limits: JsonLimits = GO_JSON_LIMITS,
): GoObject<M> | null {
  const scan = scanJson(json, limits);
  if (!scan.ok)
    throw new GseJsonError(`${SCAN_TEXT[scan.reason]} at byte ${scan.offset}`, SCAN_CODE[scan.reason]);
  const cursor = new JsonCursor(Buffer.from(json.buffer, json.byteOffset, json.byteLength));
  // The cursor fills an object of exactly these members.
  return cursor.object(members, 'the value') as GoObject<M> | null;
}

const SCAN_TEXT = { syntax: 'no valid JSON', depth: 'nested too deeply', nodes: 'too many values' } as const;
const SCAN_CODE = { syntax: 'E_JSON', depth: 'E_JSON_DEPTH', nodes: 'E_JSON_NODES' } as const;

type Loose = Record<string, unknown>;

/** Walks a text that scanJson has found valid. */
class JsonCursor {
  readonly #json: Buffer;
  #offset = 0;

  constructor(json: Buffer) {
    this.#json = json;
  }

  /** `earlier` is what an earlier occurrence has left here: its members stay unless they come again. */
  object(members: GoMembers, what: string, earlier?: Loose | null): Loose | null {
    this.#skipSpace();
    if (this.#isNull()) return null;
    if (this.#json[this.#offset] !== OPEN_BRACE) throw mismatch(what, 'an object');
    const found = earlier ?? (Object.create(null) as Loose);
    this.#fill(found, members);
    return found;
  }

  #fill(found: Loose, members: GoMembers): void {
    this.#offset += 1;
    this.#skipSpace();
    while (this.#json[this.#offset] === QUOTE) {
      const written = this.#text();
      // Over the colon.
      this.#skipSpace();
      this.#offset += 1;
      this.#skipSpace();
      const name = memberNamed(members, written);
      const type = name === null ? undefined : members[name];
      if (name === null || type === undefined) this.#skipValue();
      else this.#member(found, name, type);
      this.#skipSpace();
      if (this.#json[this.#offset] === 0x2c) this.#offset += 1;
      this.#skipSpace();
    }
    // Over the closing brace.
    this.#offset += 1;
  }

  /**
   * A later occurrence replaces an earlier one, except that null changes nothing but a list, and that objects,
   * those in a list too, are filled further.
   */
  #member(found: Loose, name: string, type: GoType): void {
    if (this.#isNull()) {
      if (type === 'strings' || (typeof type === 'object' && 'listOf' in type)) delete found[name];
      return;
    }
    if (type === 'string') found[name] = this.#string(name);
    else if (type === 'integer') found[name] = this.#integer(name);
    else if (type === 'strings') found[name] = this.#list(name, () => this.#stringOrNull(name));
    else if ('listOf' in type) {
      const { listOf } = type;
      const earlier = found[name] as (Loose | null)[] | undefined;
      found[name] = this.#list(name, (index) => this.object(listOf, `an entry of ${name}`, earlier?.[index]));
    } else found[name] = this.object(type.members, name, found[name] as Loose | undefined);
  }

  #list<T>(name: string, readItem: (index: number) => T): T[] {
    if (this.#json[this.#offset] !== OPEN_BRACKET) throw mismatch(name, 'an array');
    this.#offset += 1;
    const items: T[] = [];
    this.#skipSpace();
    while (this.#json[this.#offset] !== 0x5d) {
      items.push(readItem(items.length));
      this.#skipSpace();
      if (this.#json[this.#offset] === 0x2c) this.#offset += 1;
      this.#skipSpace();
    }
    this.#offset += 1;
    return items;
  }

  /** In a list of texts null stands for the empty one. */
  #stringOrNull(name: string): string {
    return this.#isNull() ? '' : this.#string(`an entry of ${name}`);
  }

  #string(name: string): string {
    if (this.#json[this.#offset] !== QUOTE) throw mismatch(name, 'a string');
    return this.#text();
  }

  #integer(name: string): bigint {
    const start = this.#offset;
    this.#skipValue();
    const literal = this.#json.toString('latin1', start, this.#offset);
    if (!/^-?\d{1,19}$/.test(literal)) throw mismatch(name, 'an integer of 64 bits');
    const value = BigInt(literal);
    if (value > INT64_MAX || value < INT64_MIN) throw mismatch(name, 'an integer of 64 bits');
    return value;
  }

  /** The string at the cursor, which stands on its opening quote. */
  #text(): string {
    const start = this.#offset;
    const hasEscape = this.#skipString();
    const text = readText(this.#json.subarray(start + 1, this.#offset - 1));
    if (!hasEscape) return text;
    // The scan has seen that this is one JSON string; a lone surrogate escape becomes U+FFFD.
    return String(JSON.parse(`"${text}"`)).toWellFormed();
  }

  /** True when the string holds an escape. */
  #skipString(): boolean {
    const json = this.#json;
    let offset = this.#offset + 1;
    let hasEscape = false;
    for (;;) {
      const byte = json[offset];
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        hasEscape = true;
        offset += 1;
      }
      offset += 1;
    }
    this.#offset = offset + 1;
    return hasEscape;
  }

  #skipValue(): void {
    const json = this.#json;
    let depth = 0;
    for (;;) {
      const byte = json[this.#offset];
      if (byte === undefined) return;
      if (byte === QUOTE) {
        this.#skipString();
        if (depth === 0) return;
        continue;
      }
      const closes = byte === 0x7d || byte === 0x5d;
      if (depth === 0 && (closes || byte === 0x2c || isSpace(byte))) return;
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
      if (closes) depth -= 1;
      this.#offset += 1;
      if (closes && depth === 0) return;
    }
  }

  /** Steps over `null`; false when something else stands here. */
  #isNull(): boolean {
    if (this.#json[this.#offset] !== 0x6e) return false;
    this.#offset += 4;
    return true;
  }

  #skipSpace(): void {
    while (isSpace(this.#json[this.#offset])) this.#offset += 1;
  }
}

/** Bytes as text, one U+FFFD for each bad byte. */
export function readText(bytes: Uint8Array): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(view)) return view.toString('utf8');
  return decodeGoUtf8(view);
}

/** The exact name, else the one equal but for case. */
function memberNamed(members: GoMembers, written: string): string | null {
  if (Object.hasOwn(members, written)) return written;
  const folded = fold(written);
  for (const name of Object.keys(members)) if (fold(name) === folded) return name;
  return null;
}

/** Go's folding: beside the ASCII letters the long s and the Kelvin sign are letters of another case. */
function fold(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k');
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function mismatch(what: string, wanted: string): GseJsonError {
  return new GseJsonError(`${what} is not ${wanted}`);
}
