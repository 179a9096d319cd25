/**
 * Finds what conditions on members can see in the JSON of a body, in one pass over its bytes that builds
 * nothing. It does not check the JSON: of a body that is none it finds something, and no condition holds
 * there anyway.
 */
import { isUtf8 } from 'node:buffer';
import { jsonValueOf } from '../../shared/json-text.ts';
import { hashOf, memberKey, scalarKey } from './block-signature.ts';
import type { SignatureCollector } from './block-signature.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const DIGITS_PLAIN_MAX = 15;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** All that text search and conditions on members may look for in this body. */
export function addBody(collector: SignatureCollector, body: Uint8Array): void {
  // The filter sees wrong bytes as U+FFFD, so that is what it may look for.
  const bytes = isUtf8(body) ? body : Buffer.from(decoder.decode(body));
  collector.addParts(bytes);
  new BodyScan(collector, bytes).run();
}

class BodyScan {
  readonly #collector: SignatureCollector;
  readonly #bytes: Uint8Array;
  #at = 0;
  /** The name whose value comes next, or null. */
  #nameHash: number | null = null;

  constructor(collector: SignatureCollector, bytes: Uint8Array) {
    this.#collector = collector;
    this.#bytes = bytes;
  }

  run(): void {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at] ?? 0;
      if (byte === QUOTE) this.#string();
      else if (byte === MINUS || (byte >= DIGIT_0 && byte <= DIGIT_9)) this.#number();
      else if (byte >= 0x61 && byte <= 0x7a) this.#word();
      else {
        // An object or array is no scalar: the name before it has no value of ours.
        if (byte === 0x7b || byte === 0x5b) this.#nameHash = null;
        this.#at += 1;
      }
    }
  }

  #string(): void {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let end = start;
    let isEscaped = false;
    for (; end < bytes.length && bytes[end] !== QUOTE; end += 1) {
      if (bytes[end] !== BACKSLASH) continue;
      isEscaped = true;
      end += 1;
    }
    const hash = isEscaped ? this.#escapedHash(start, end) : hashOf(bytes, start, end);
    this.#at = end + 1;
    while (isSpace(bytes[this.#at])) this.#at += 1;
    if (bytes[this.#at] !== COLON) {
      this.#scalar(hash, null);
      return;
    }
    this.#at += 1;
    this.#nameHash = hash;
    this.#collector.add(memberKey(hash));
  }

  /** What is searched for is the text after its escapes were taken out. */
  #escapedHash(start: number, end: number): number {
    const text = stringOf(decoder.decode(this.#bytes.subarray(start - 1, end + 1)));
    const bytes = Buffer.from(text);
    this.#collector.addParts(bytes);
    return hashOf(bytes);
  }

  #number(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    let isPlain = bytes[start] !== MINUS;
    let value = 0;
    for (; isOfNumber(bytes[this.#at]); this.#at += 1) {
      const byte = bytes[this.#at] ?? 0;
      if (byte < DIGIT_0 || byte > DIGIT_9) isPlain = false;
      value = value * 10 + byte - DIGIT_0;
    }
    // Whole numbers of few digits are compared as they are written.
    if (isPlain && this.#at - start <= DIGITS_PLAIN_MAX) {
      this.#scalar(hashOf(bytes, start, this.#at), value);
      return;
    }
    value = Number(decoder.decode(bytes.subarray(start, this.#at)));
    // Not JSON, then.
    if (Number.isNaN(value)) return;
    const shortest = Buffer.from(String(value));
    this.#collector.addParts(shortest);
    this.#scalar(hashOf(shortest), value);
  }

  /** `true`, `false`, `null`. */
  #word(): void {
    const start = this.#at;
    for (let byte = this.#bytes[start] ?? 0; byte >= 0x61 && byte <= 0x7a; byte = this.#bytes[this.#at] ?? 0)
      this.#at += 1;
    this.#scalar(hashOf(this.#bytes, start, this.#at), null);
  }

  #scalar(textHash: number, value: number | null): void {
    this.#collector.add(scalarKey(textHash, this.#nameHash));
    if (this.#nameHash !== null) this.#collector.addMemberValue(this.#nameHash, value);
    this.#nameHash = null;
  }
}

/** A string with its quotes; of one that is no JSON anything may be said. */
function stringOf(quoted: string): string {
  const text = jsonValueOf(quoted);
  return typeof text === 'string' ? text : '';
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isOfNumber(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  if (byte >= DIGIT_0 && byte <= DIGIT_9) return true;
  return byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === MINUS;
}
