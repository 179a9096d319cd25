/**
 * How events travel to the writer thread. Thousands of small objects are dear to clone, so one tick's events
 * become one joined string, one array of numbers and one block of bytes; the two arrays are transferred, the
 * string is one copy.
 */
import { assert } from '../../shared/assert.ts';
import { KINDS, SEVERITIES, SOURCES } from '../../shared/model/event.ts';
import type { NewEvent } from './event-store.ts';

/**
 * receivedAtMs, source, kind, severity, sentAtS (NaN = null), simulated, five text lengths, head bytes, body
 * bytes.
 */
const NUMBERS_PER_EVENT = 13;

export interface AppendBatch {
  /** Events of each append call, in call order: a call is committed whole or not at all. */
  readonly callSizes: Uint32Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One event as the writer inserts it. The bytes are views into the batch. */
export interface PackedEvent {
  readonly receivedAtMs: number;
  readonly source: string;
  readonly kind: string;
  readonly severity: number;
  readonly type: string;
  readonly host: string;
  readonly link: string;
  readonly peer: string;
  readonly id: string;
  readonly sentAtS: number | null;
  readonly simulated: number;
  readonly head: Buffer;
  readonly body: Buffer;
  /** Head and body in one piece, as the checksum takes them. */
  readonly bytes: Buffer;
}

export function packBatch(calls: readonly (readonly NewEvent[])[]): AppendBatch {
  const callSizes = Uint32Array.from(calls, (call) => call.length);
  const events = calls.length === 1 ? (calls[0] ?? []) : calls.flat();
  const numbers = new Float64Array(events.length * NUMBERS_PER_EVENT);
  const texts: string[] = [];
  let bytesTotal = 0;
  let at = 0;
  for (const event of events) {
    numbers[at] = event.receivedAtMs;
    numbers[at + 1] = SOURCES.indexOf(event.source);
    numbers[at + 2] = KINDS.indexOf(event.kind);
    numbers[at + 3] = SEVERITIES.indexOf(event.severity);
    numbers[at + 4] = event.sentAtS ?? Number.NaN;
    numbers[at + 5] = event.simulated ? 1 : 0;
    numbers[at + 6] = event.type.length;
    numbers[at + 7] = event.host.length;
    numbers[at + 8] = event.link.length;
    numbers[at + 9] = event.peer.length;
    numbers[at + 10] = event.id.length;
    numbers[at + 11] = event.head.length;
    numbers[at + 12] = event.body.length;
    texts.push(event.type, event.host, event.link, event.peer, event.id);
    bytesTotal += event.head.length + event.body.length;
    at += NUMBERS_PER_EVENT;
  }
  return { callSizes, numbers, text: texts.join(''), bytes: joinBytes(events, bytesTotal) };
}

function joinBytes(events: readonly NewEvent[], bytesTotal: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bytesTotal);
  let at = 0;
  for (const event of events) {
    bytes.set(event.head, at);
    at += event.head.length;
    bytes.set(event.body, at);
    at += event.body.length;
  }
  return bytes;
}

/** What postMessage may take over instead of copying. */
export function transferList(batch: AppendBatch): ArrayBuffer[] {
  return [batch.callSizes.buffer, batch.numbers.buffer, batch.bytes.buffer];
}

/** Gives the events of a batch in order. Never holds more than one: the bytes are views into the batch. */
export class BatchReader {
  readonly #batch: AppendBatch;
  readonly #bytes: Buffer;
  #number = 0;
  #text = 0;
  #byte = 0;

  constructor(batch: AppendBatch) {
    assert(batch.numbers.length % NUMBERS_PER_EVENT === 0, 'a batch holds whole events');
    this.#batch = batch;
    this.#bytes = Buffer.from(batch.bytes.buffer);
  }

  next(): PackedEvent {
    const at = this.#number;
    this.#number += NUMBERS_PER_EVENT;
    const sentAtS = this.#numberAt(at + 4);
    const headBytes = this.#numberAt(at + 11);
    const start = this.#byte;
    this.#byte += headBytes + this.#numberAt(at + 12);
    assert(this.#byte <= this.#batch.bytes.length, 'a batch must hold the bytes it speaks of');
    return {
      receivedAtMs: this.#numberAt(at),
      source: nameAt(SOURCES, this.#numberAt(at + 1)),
      kind: nameAt(KINDS, this.#numberAt(at + 2)),
      severity: this.#numberAt(at + 3),
      type: this.#nextText(at + 6),
      host: this.#nextText(at + 7),
      link: this.#nextText(at + 8),
      peer: this.#nextText(at + 9),
      id: this.#nextText(at + 10),
      sentAtS: Number.isNaN(sentAtS) ? null : sentAtS,
      simulated: this.#numberAt(at + 5),
      head: this.#bytes.subarray(start, start + headBytes),
      body: this.#bytes.subarray(start + headBytes, this.#byte),
      bytes: this.#bytes.subarray(start, this.#byte),
    };
  }

  #numberAt(index: number): number {
    const value = this.#batch.numbers[index];
    assert(value !== undefined, 'a batch must hold the numbers of every event it counts');
    return value;
  }

  #nextText(lengthIndex: number): string {
    const start = this.#text;
    this.#text += this.#numberAt(lengthIndex);
    return this.#batch.text.slice(start, this.#text);
  }
}

function nameAt(names: readonly string[], index: number): string {
  const name = names[index];
  assert(name !== undefined, 'an event has a known source, kind and severity');
  return name;
}
