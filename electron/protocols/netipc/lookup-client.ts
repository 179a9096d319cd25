/** One logical lookup over as many calls as the limits need, stitched into one answer. docs/protocols/netipc.md section 10.6. */
import { AppLookupView, APP_LOOKUP_STATUS, encodeAppLookupRequest } from './apps-lookup.ts';
import { align8, equalBytes } from './bytes.ts';
import {
  CGROUP_LOOKUP_STATUS,
  CgroupLookupView,
  bareCgroupItem,
  encodeCgroupLookupRequest,
} from './cgroups-lookup.ts';
import type { NetipcClient } from './client.ts';
import { NetipcCodecError } from './errors.ts';
import type { BudgetRule } from './lookup-budget.ts';
import { LOOKUP_ENTRY_BYTES, LOOKUP_HEADER_BYTES, encodeLookup } from './lookup-layout.ts';

const ITEMS_MAX = 65_536;
const SUBCALLS_MAX = 4_096;
const STITCHED_BYTES_MAX = 67_108_864;

/** What the two lookup methods do differently. */
interface LookupMethod<Key, View> {
  keyBytes(key: Key): number;
  encode(keys: readonly Key[]): Uint8Array;
  readonly decode: (payload: Uint8Array) => View;
  isEcho(view: View, index: number, key: Key): boolean;
  readonly exceededStatus: number;
  /** The answer to a key that no request can carry; null = no such answer exists and the lookup fails OVERFLOW. */
  oversized(key: Key): Uint8Array | null;
}

interface LookupView {
  readonly itemCount: number;
  readonly generation: bigint;
  item(index: number): { readonly status: number };
  raw(index: number): Uint8Array;
}

const CGROUPS: LookupMethod<Uint8Array, CgroupLookupView> = {
  keyBytes: (path) => path.length + 1,
  encode: encodeCgroupLookupRequest,
  decode: (payload) => new CgroupLookupView(payload),
  isEcho: (view, index, path) => equalBytes(view.item(index).path, path),
  exceededStatus: CGROUP_LOOKUP_STATUS.PAYLOAD_EXCEEDED,
  oversized: (path) => bareCgroupItem(path, CGROUP_LOOKUP_STATUS.OVERSIZED_ITEM),
};

const APPS: LookupMethod<number, AppLookupView> = {
  keyBytes: () => 8,
  encode: encodeAppLookupRequest,
  decode: (payload) => new AppLookupView(payload),
  isEcho: (view, index, pid) => view.item(index).pid === pid,
  exceededStatus: APP_LOOKUP_STATUS.PAYLOAD_EXCEEDED,
  oversized: () => null,
};

/** How many keys from `start` on fit one request. */
function prefixLength(keySizes: readonly number[], start: number, bytesMax: number): number {
  let areaBytes = 0;
  for (let index = start; index < keySizes.length; index += 1) {
    const count = index - start + 1;
    areaBytes = align8(areaBytes) + (keySizes[index] ?? 0);
    if (LOOKUP_HEADER_BYTES + count * LOOKUP_ENTRY_BYTES + areaBytes > bytesMax) return count - 1;
  }
  return keySizes.length - start;
}

class Lookup<Key, View extends LookupView> {
  private readonly client: NetipcClient;
  private readonly method: LookupMethod<Key, View>;
  private readonly keys: readonly Key[];
  private readonly items: Uint8Array[] = [];
  private generation: bigint | null = null;
  private subcalls = 0;
  /** Halved when an answer to this many keys cannot fit the response limit, however small its items. */
  private keysMax = ITEMS_MAX;
  private readonly rule: BudgetRule;

  constructor(client: NetipcClient, method: LookupMethod<Key, View>, keys: readonly Key[], rule: BudgetRule) {
    if (keys.length > ITEMS_MAX)
      throw new NetipcCodecError('OVERFLOW', `${keys.length} keys, ${ITEMS_MAX} at most`);
    this.client = client;
    this.method = method;
    this.keys = keys;
    this.rule = rule;
  }

  async run(timeoutMs: number): Promise<View> {
    if (!this.client.isCallable)
      throw new NetipcCodecError('NOT_READY', this.client.status().reason || 'not connected');
    const deadlineMs = performance.now() + timeoutMs;
    const keySizes = this.keys.map((key) => this.method.keyBytes(key));
    do {
      const start = this.items.length;
      const fitting = prefixLength(keySizes, start, this.client.requestPayloadBytesMax);
      const count = Math.min(fitting, this.keysMax);
      if (count === 0 && start < this.keys.length) this.placeOversized(start);
      else await this.ask(this.keys.slice(start, start + count), deadlineMs);
    } while (this.items.length < this.keys.length);
    const stitched = encodeLookup(this.items, this.generation ?? 0n);
    if (stitched.length > STITCHED_BYTES_MAX)
      throw new NetipcCodecError('OVERFLOW', `answer of ${stitched.length} bytes`);
    return this.method.decode(stitched);
  }

  private placeOversized(index: number): void {
    const key = this.keys[index];
    const item = key === undefined ? null : this.method.oversized(key);
    if (item === null)
      throw new NetipcCodecError('OVERFLOW', 'not even one key fits the agreed request limit');
    this.items.push(item);
  }

  private async ask(keys: readonly Key[], deadlineMs: number): Promise<void> {
    this.subcalls += 1;
    if (this.subcalls > SUBCALLS_MAX)
      throw new NetipcCodecError('OVERFLOW', `more than ${SUBCALLS_MAX} calls`);
    const timeoutMs = deadlineMs - performance.now();
    if (timeoutMs <= 0) throw new NetipcCodecError('TIMEOUT', 'the deadline of the lookup has passed');
    let answer: Uint8Array;
    try {
      answer = await this.client.call(this.method.encode(keys), { timeoutMs, check: this.method.decode });
    } catch (error) {
      const isTooLarge = error instanceof NetipcCodecError && error.wire === 'OVERFLOW';
      if (!isTooLarge || keys.length < 2 || this.rule === 'reference') throw error;
      this.keysMax = Math.ceil(keys.length / 2);
      await this.client.refresh();
      return;
    }
    this.accept(this.method.decode(answer), keys);
  }

  private accept(view: View, keys: readonly Key[]): void {
    if (this.generation !== null && view.generation !== this.generation) {
      throw new NetipcCodecError('BAD_LAYOUT', 'the provider changed its generation within one lookup');
    }
    this.generation = view.generation;
    if (view.itemCount !== keys.length) {
      throw new NetipcCodecError('BAD_ITEM_COUNT', `${view.itemCount} answers to ${keys.length} keys`);
    }
    let isExceeded = false;
    for (const [index, key] of keys.entries()) {
      if (!this.method.isEcho(view, index, key))
        throw new NetipcCodecError('BAD_LAYOUT', `answer ${index} is to another key`);
      const exceeds = view.item(index).status === this.method.exceededStatus;
      if (isExceeded && !exceeds)
        throw new NetipcCodecError('BAD_LAYOUT', 'an answer follows one that did not fit');
      if (exceeds && index === 0)
        throw new NetipcCodecError('OVERFLOW', 'not even the first answer fits the agreed limit');
      isExceeded = exceeds;
      if (!exceeds) this.items.push(view.raw(index).slice());
    }
  }
}

/**
 * Answers in the order of `paths` (bytes, no NUL). Fails with NetipcCodecError; then nothing of the answer is given. Rule
 * `reference` gives up where the reference does, when the answer to several keys cannot fit; `mended` asks fewer at once.
 */
export function lookupCgroups(
  client: NetipcClient,
  paths: readonly Uint8Array[],
  timeoutMs: number,
  rule: BudgetRule = 'mended',
): Promise<CgroupLookupView> {
  return new Lookup(client, CGROUPS, paths, rule).run(timeoutMs);
}

/** Answers in the order of `pids`. */
export function lookupApps(
  client: NetipcClient,
  pids: readonly number[],
  timeoutMs: number,
  rule: BudgetRule = 'mended',
): Promise<AppLookupView> {
  return new Lookup(client, APPS, pids, rule).run(timeoutMs);
}
