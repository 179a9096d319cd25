/**
 * The targets of one job and what became of each: columns of numbers, because 50 000 objects would be slow to count and to page.
 * Pure; every change keeps the counts.
 */
import { assert } from '../../../shared/assert.ts';
import {
  OUTCOMES,
  type JobRow,
  type Outcome,
  type OutcomeCounts,
} from '../../../shared/contract/dispatch.ts';

/** How far the message got; replies and silence come on top. */
export const DELIVERIES = [
  'waiting',
  'in_flight',
  'ok',
  'failed',
  'unknown',
  'not_sent',
  'cancelled',
] as const;
export type Delivery = (typeof DELIVERIES)[number];

const NEXT: Readonly<Record<Delivery, readonly Delivery[]>> = {
  waiting: ['in_flight', 'not_sent', 'cancelled'],
  in_flight: ['ok', 'failed', 'unknown', 'not_sent', 'cancelled'],
  ok: [],
  failed: [],
  unknown: [],
  not_sent: [],
  cancelled: [],
};
const NO_REQUEST = 0xffff_ffff;

interface Verdict {
  readonly code: string;
  readonly text: string;
}

export class JobRows {
  readonly ids: readonly string[];
  readonly #delivery: Uint8Array;
  readonly #silent: Uint8Array;
  readonly #verdict: Uint32Array;
  readonly #request: Uint32Array;
  readonly #replies: Uint32Array;
  readonly #repliedAfterMs: Float64Array;
  readonly #replySeq: Float64Array;
  /** Most rows share a few verdicts. */
  readonly #verdicts: Verdict[] = [{ code: '', text: '' }];
  readonly #verdictIndex = new Map<string, number>([['\u0000', 0]]);
  readonly #counts: OutcomeCounts;
  #duplicates = 0;
  #byId: Map<string, number> | null = null;

  constructor(ids: readonly string[]) {
    const size = ids.length;
    this.ids = ids;
    this.#delivery = new Uint8Array(size);
    this.#silent = new Uint8Array(size);
    this.#verdict = new Uint32Array(size);
    this.#request = new Uint32Array(size).fill(NO_REQUEST);
    this.#replies = new Uint32Array(size);
    this.#repliedAfterMs = new Float64Array(size).fill(-1);
    this.#replySeq = new Float64Array(size).fill(-1);
    this.#counts = { ...NO_COUNTS, waiting: size };
  }

  counts(): OutcomeCounts {
    return { ...this.#counts };
  }

  get duplicateReplies(): number {
    return this.#duplicates;
  }

  deliveryOf(row: number): Delivery {
    const delivery = DELIVERIES[this.#delivery[row] ?? 0];
    assert(delivery !== undefined && row < this.ids.length, 'the row exists');
    return delivery;
  }

  outcomeOf(row: number): Outcome {
    const delivery = this.deliveryOf(row);
    const replies = this.#replies[row] ?? 0;
    // A reply proves that the message arrived, whatever is known of the request.
    if (replies > 0 && (delivery === 'ok' || delivery === 'unknown')) return 'replied';
    if (delivery === 'ok' && this.#silent[row] === 1) return 'silent';
    return delivery;
  }

  setRequest(row: number, request: number): void {
    this.#request[row] = request;
  }

  /** A step back, such as from unknown to waiting, is a bug: that is how a message would be sent twice. */
  deliver(row: number, delivery: Delivery, code = '', text = ''): void {
    const before = this.deliveryOf(row);
    assert(NEXT[before].includes(delivery), `a row goes from ${before} to ${delivery}`);
    this.#change(row, () => {
      this.#delivery[row] = DELIVERIES.indexOf(delivery);
      this.#verdict[row] = this.#verdictOf(code, text);
    });
  }

  /** Counts a reply; true for the first of the row. */
  reply(row: number, afterMs: number, seq: number): boolean {
    const isFirst = (this.#replies[row] ?? 0) === 0;
    this.#change(row, () => {
      this.#replies[row] = (this.#replies[row] ?? 0) + 1;
      if (!isFirst) return;
      this.#repliedAfterMs[row] = afterMs;
      this.#replySeq[row] = seq;
    });
    if (!isFirst) this.#duplicates += 1;
    return isFirst;
  }

  /** The reply window of the row is over. */
  fallSilent(row: number): void {
    this.#change(row, () => {
      this.#silent[row] = 1;
    });
  }

  rowOf(agentId: string): number | null {
    this.#byId ??= new Map(this.ids.map((id, row) => [id, row]));
    return this.#byId.get(agentId) ?? null;
  }

  row(row: number): JobRow {
    const verdict = this.#verdicts[this.#verdict[row] ?? 0] ?? { code: '', text: '' };
    const after = this.#repliedAfterMs[row] ?? -1;
    const seq = this.#replySeq[row] ?? -1;
    const request = this.#request[row] ?? NO_REQUEST;
    return {
      row,
      agentId: this.ids[row] ?? '',
      outcome: this.outcomeOf(row),
      code: verdict.code,
      text: verdict.text,
      request: request === NO_REQUEST ? 0 : request,
      repliedAfterMs: after < 0 ? null : after,
      replies: this.#replies[row] ?? 0,
      replySeq: seq < 0 ? null : seq,
    };
  }

  /** Row numbers of a group in the order of the targets; null = all. */
  numbersOf(outcome: Outcome | null): number[] {
    const numbers: number[] = [];
    for (let row = 0; row < this.ids.length; row += 1)
      if (outcome === null || this.outcomeOf(row) === outcome) numbers.push(row);
    return numbers;
  }

  #change(row: number, apply: () => void): void {
    this.#counts[this.outcomeOf(row)] -= 1;
    apply();
    this.#counts[this.outcomeOf(row)] += 1;
  }

  #verdictOf(code: string, text: string): number {
    const key = `${code}\u0000${text}`;
    let index = this.#verdictIndex.get(key);
    if (index === undefined) {
      index = this.#verdicts.push({ code, text }) - 1;
      this.#verdictIndex.set(key, index);
    }
    return index;
  }
}

const NO_COUNTS: OutcomeCounts = {
  waiting: 0,
  in_flight: 0,
  ok: 0,
  replied: 0,
  silent: 0,
  failed: 0,
  unknown: 0,
  not_sent: 0,
  cancelled: 0,
};
assert(Object.keys(NO_COUNTS).length === OUTCOMES.length, 'every outcome is counted');
