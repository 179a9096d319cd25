/**
 * Looks through JSON bytes before anything parses them (docs/THREATS.md B8): strict RFC 8259, bounded depth,
 * bounded number of values, without recursion, in one pass. Bytes that are not UTF-8 are let through inside
 * strings only, since a MIMO sender passes them on unchanged (docs/protocols/mimo.md section 2).
 */

/** `depth` counts nested containers, `nodes` counts values and member names. */
export interface JsonLimits {
  readonly depthMax: number;
  readonly nodesMax: number;
}

/** `syntax` not RFC 8259 · `depth` too many nested containers · `nodes` too many values. */
export type JsonScan =
  | { readonly ok: true; readonly nodes: number }
  | { readonly ok: false; readonly reason: 'syntax' | 'depth' | 'nodes'; readonly offset: number };

/** What may come next. */
const VALUE = 0;
const VALUE_OR_CLOSE = 1;
const NAME = 2;
const NAME_OR_CLOSE = 3;
const COMMA_OR_CLOSE = 4;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Per byte: 1 = ends the plain run of a string (quote, backslash, control). */
const STRING_STOP = new Uint8Array(256);
STRING_STOP.fill(1, 0, 0x20);
STRING_STOP[QUOTE] = 1;
STRING_STOP[BACKSLASH] = 1;

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;
const ESCAPE = new Uint8Array(256);
for (const letter of '"\\/bfnrt') ESCAPE[letter.charCodeAt(0)] = 1;

const TRUE = [0x74, 0x72, 0x75, 0x65] as const;
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65] as const;
const NULL = [0x6e, 0x75, 0x6c, 0x6c] as const;

/**
 * One entry per open container: 1 = object, 0 = array. Shared, because a scan runs to its end without giving
 * way.
 */
let sharedStack = new Uint8Array(64);

function stackOf(depthMax: number): Uint8Array {
  if (sharedStack.length < depthMax) sharedStack = new Uint8Array(depthMax);
  return sharedStack;
}

/**
 * Scans one whole JSON text; white space around it is allowed, a byte order mark and anything behind it are
 * not.
 */
export function scanJson(bytes: Uint8Array, limits: JsonLimits): JsonScan {
  return new Scanner(bytes, limits).run();
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #limits: JsonLimits;
  readonly #isObject: Uint8Array;
  #depth = 0;
  #nodes = 0;
  #offset = 0;

  constructor(bytes: Uint8Array, limits: JsonLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#isObject = stackOf(limits.depthMax);
  }

  run(): JsonScan {
    const bytes = this.#bytes;
    let expected = VALUE;
    for (;;) {
      this.#skipSpace();
      const byte = bytes[this.#offset];
      if (byte === undefined) return this.#stop('syntax');
      if (expected === COMMA_OR_CLOSE) {
        if (byte === 0x2c) {
          this.#offset += 1;
          expected = this.#isObject[this.#depth - 1] === 1 ? NAME : VALUE;
          continue;
        }
        if (!this.#close(byte)) return this.#stop('syntax');
      } else if ((expected === VALUE_OR_CLOSE || expected === NAME_OR_CLOSE) && this.#close(byte)) {
        // An empty container; it was counted when it opened.
      } else if (expected === NAME || expected === NAME_OR_CLOSE) {
        if (++this.#nodes > this.#limits.nodesMax) return this.#stop('nodes');
        if (byte !== QUOTE || !this.#string() || !this.#colon()) return this.#stop('syntax');
        expected = VALUE;
        continue;
      } else {
        if (++this.#nodes > this.#limits.nodesMax) return this.#stop('nodes');
        if (byte === 0x7b || byte === 0x5b) {
          if (this.#depth >= this.#limits.depthMax) return this.#stop('depth');
          this.#isObject[this.#depth++] = byte === 0x7b ? 1 : 0;
          this.#offset += 1;
          expected = byte === 0x7b ? NAME_OR_CLOSE : VALUE_OR_CLOSE;
          continue;
        }
        if (!this.#scalar(byte)) return this.#stop('syntax');
      }
      // A value has ended here.
      if (this.#depth === 0) return this.#end();
      expected = COMMA_OR_CLOSE;
    }
  }

  #stop(reason: 'syntax' | 'depth' | 'nodes'): JsonScan {
    return { ok: false, reason, offset: this.#offset };
  }

  #end(): JsonScan {
    this.#skipSpace();
    if (this.#offset < this.#bytes.length) return this.#stop('syntax');
    return { ok: true, nodes: this.#nodes };
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    let offset = this.#offset;
    for (;;) {
      const byte = bytes[offset];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
      offset += 1;
    }
    this.#offset = offset;
  }

  /** True when `byte` closes the innermost container, which is then left. */
  #close(byte: number): boolean {
    if (byte !== (this.#isObject[this.#depth - 1] === 1 ? 0x7d : 0x5d)) return false;
    this.#depth -= 1;
    this.#offset += 1;
    return true;
  }

  #colon(): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#offset] !== 0x3a) return false;
    this.#offset += 1;
    return true;
  }

  #scalar(byte: number): boolean {
    if (byte === QUOTE) return this.#string();
    if (byte === 0x2d || isDigit(byte)) return this.#number(byte);
    if (byte === 0x74) return this.#literal(TRUE);
    if (byte === 0x66) return this.#literal(FALSE);
    return byte === 0x6e && this.#literal(NULL);
  }

  /** From the opening quote to behind the closing one. */
  #string(): boolean {
    const bytes = this.#bytes;
    let offset = this.#offset + 1;
    for (;;) {
      let byte = bytes[offset];
      while (byte !== undefined && STRING_STOP[byte] === 0) byte = bytes[++offset];
      if (byte === QUOTE) {
        this.#offset = offset + 1;
        return true;
      }
      const step = byte === BACKSLASH ? escapeLength(bytes, offset) : 0;
      if (step === 0) {
        this.#offset = offset;
        return false;
      }
      offset += step;
    }
  }

  #number(first: number): boolean {
    const bytes = this.#bytes;
    let offset = this.#offset;
    if (first === 0x2d) offset += 1;
    const integerStart = offset;
    offset = skipDigits(bytes, offset);
    const hasLeadingZero = bytes[integerStart] === 0x30 && offset > integerStart + 1;
    let ok = offset > integerStart && !hasLeadingZero;
    if (ok && bytes[offset] === 0x2e) {
      const fractionStart = offset + 1;
      offset = skipDigits(bytes, fractionStart);
      ok = offset > fractionStart;
    }
    if (ok && (bytes[offset] === 0x65 || bytes[offset] === 0x45)) {
      offset += 1;
      if (bytes[offset] === 0x2b || bytes[offset] === 0x2d) offset += 1;
      const exponentStart = offset;
      offset = skipDigits(bytes, exponentStart);
      ok = offset > exponentStart;
    }
    this.#offset = hasLeadingZero ? integerStart + 1 : offset;
    return ok;
  }

  #literal(letters: readonly number[]): boolean {
    for (const letter of letters) {
      if (this.#bytes[this.#offset] !== letter) return false;
      this.#offset += 1;
    }
    return true;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let offset = start;
  while (isDigit(bytes[offset])) offset += 1;
  return offset;
}

/**
 * Length of the escape at `offset`, which holds a backslash; 0 when it is none. Lone surrogates are allowed.
 */
function escapeLength(bytes: Uint8Array, offset: number): number {
  const letter = bytes[offset + 1];
  if (letter === undefined) return 0;
  if (ESCAPE[letter] === 1) return 2;
  if (letter !== 0x75) return 0;
  for (let index = offset + 2; index < offset + 6; index += 1) {
    const digit = bytes[index];
    if (digit === undefined || HEX[digit] !== 1) return 0;
  }
  return 6;
}
