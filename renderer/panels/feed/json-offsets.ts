/**
 * A JSON reader that keeps where each value stands in the bytes. Two views need it: Wire (member ↔ bytes)
 * and the tree, which shows numbers by their own spelling, because a JavaScript number would round what a
 * sender wrote. Works on bytes, since bodies may hold invalid UTF-8 (docs/protocols/mimo.md section 2).
 */
import { jsonValueOf } from '../../../shared/json-text.ts';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null';

export interface JsonNode {
  readonly kind: JsonKind;
  /** [start, end) in the bytes that were read. */
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  /** Decoded name in an object; null in an array. */
  readonly name: string | null;
  /** Where the member begins: its name in an object, its value in an array. */
  readonly start: number;
  readonly value: JsonNode;
}

export interface JsonBounds {
  readonly depthMax: number;
  readonly nodesMax: number;
}

/** More than the listener accepts (LIMITS.jsonDepthMax), as refused bodies are shown too. */
const BOUNDS: JsonBounds = { depthMax: 256, nodesMax: 50_000 };
const NO_MEMBERS: readonly JsonMember[] = [];
const LITERALS: readonly (readonly [JsonKind, string])[] = [
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
];

class NotJson extends Error {}

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Text of a byte range; what is not UTF-8 becomes U+FFFD. */
export function sliceText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** Value of a JSON string token given with its quotes; the raw text when an escape in it is wrong. */
export function unquote(token: string): string {
  const value = jsonValueOf(token);
  return typeof value === 'string' ? value : token;
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly bounds: JsonBounds;
  private at: number;
  private nodes = 0;

  constructor(bytes: Uint8Array, start: number, bounds: JsonBounds) {
    this.bytes = bytes;
    this.at = start;
    this.bounds = bounds;
  }

  document(): JsonNode {
    const node = this.value(0);
    this.space();
    if (this.at !== this.bytes.length) throw new NotJson();
    return node;
  }

  private space(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return;
      this.at += 1;
    }
  }

  private value(depth: number): JsonNode {
    this.nodes += 1;
    if (depth > this.bounds.depthMax || this.nodes > this.bounds.nodesMax) throw new NotJson();
    this.space();
    const byte = this.bytes[this.at];
    if (byte === 0x7b) return this.container('object', 0x7d, depth);
    if (byte === 0x5b) return this.container('array', 0x5d, depth);
    const start = this.at;
    if (byte === 0x22) {
      this.string();
      return { kind: 'string', start, end: this.at, members: NO_MEMBERS };
    }
    return this.literal(start) ?? this.number(start);
  }

  private container(kind: 'object' | 'array', close: number, depth: number): JsonNode {
    const start = this.at;
    const members: JsonMember[] = [];
    this.at += 1;
    this.space();
    if (this.bytes[this.at] === close) {
      this.at += 1;
      return { kind, start, end: this.at, members };
    }
    for (;;) {
      members.push(this.member(kind, depth));
      this.space();
      const byte = this.bytes[this.at];
      this.at += 1;
      if (byte === close) return { kind, start, end: this.at, members };
      if (byte !== 0x2c) throw new NotJson();
    }
  }

  private member(kind: 'object' | 'array', depth: number): JsonMember {
    this.space();
    const start = this.at;
    if (kind === 'array') return { name: null, start, value: this.value(depth + 1) };
    if (this.bytes[this.at] !== 0x22) throw new NotJson();
    this.string();
    const name = unquote(sliceText(this.bytes, start, this.at));
    this.space();
    if (this.bytes[this.at] !== 0x3a) throw new NotJson();
    this.at += 1;
    return { name, start, value: this.value(depth + 1) };
  }

  private string(): void {
    this.at += 1;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined || byte < 0x20) throw new NotJson();
      this.at += byte === 0x5c ? 2 : 1;
      if (byte === 0x22) return;
    }
  }

  private literal(start: number): JsonNode | null {
    for (const [kind, word] of LITERALS) {
      if (sliceText(this.bytes, start, start + word.length) !== word) continue;
      this.at = start + word.length;
      return { kind, start, end: this.at, members: NO_MEMBERS };
    }
    return null;
  }

  private number(start: number): JsonNode {
    while (isNumberByte(this.bytes[this.at])) this.at += 1;
    const text = sliceText(this.bytes, start, this.at);
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) throw new NotJson();
    return { kind: 'number', start, end: this.at, members: NO_MEMBERS };
  }
}

function isNumberByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].includes(byte);
}

/** The whole of `bytes` from `start` as one JSON value, or null when it is none or passes the bounds. */
export function readJson(bytes: Uint8Array, start = 0, bounds: JsonBounds = BOUNDS): JsonNode | null {
  try {
    return new Reader(bytes, start, bounds).document();
  } catch (error) {
    if (error instanceof NotJson) return null;
    throw error;
  }
}

/** The member that counts: the last of that name. */
export function memberOf(node: JsonNode | null, name: string): JsonMember | null {
  if (node === null || node.kind !== 'object') return null;
  return node.members.findLast((member) => member.name === name) ?? null;
}
