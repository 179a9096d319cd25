/**
 * Fits lookup answers into a response budget: docs/protocols/netipc.md section 7.7. Rule `mended` leaves out its two flaws (section 14):
 * B3, OVERSIZED_ITEM is said only of an item that does not fit alone; B4, nothing is rounded up after the last item.
 * Rule `reference` repeats them, to compare answers byte for byte.
 */
import { align8 } from './bytes.ts';
import { bareAppItem, APP_LOOKUP_STATUS } from './apps-lookup.ts';
import { bareCgroupItem, CGROUP_LOOKUP_STATUS } from './cgroups-lookup.ts';
import { AnswerTooLarge, NetipcCodecError } from './errors.ts';
import { LOOKUP_HEADER_BYTES, encodeLookup, lookupBytes } from './lookup-layout.ts';

export type BudgetRule = 'mended' | 'reference';

/** How one method writes an item that carries nothing. */
interface BareForms<Key> {
  exceeded(key: Key): Uint8Array;
  oversized(key: Key): Uint8Array;
}

const CGROUP_FORMS: BareForms<Uint8Array> = {
  exceeded: (path) => bareCgroupItem(path, CGROUP_LOOKUP_STATUS.PAYLOAD_EXCEEDED),
  oversized: (path) => bareCgroupItem(path, CGROUP_LOOKUP_STATUS.OVERSIZED_ITEM),
};
const APP_FORMS: BareForms<number> = {
  exceeded: (pid) => bareAppItem(pid, APP_LOOKUP_STATUS.PAYLOAD_EXCEEDED),
  oversized: (pid) => bareAppItem(pid, APP_LOOKUP_STATUS.OVERSIZED_ITEM),
};

/** tails[i] = bytes of the bare items from i on, laid out from an aligned start. */
function tailSizes(bareSizes: readonly number[]): number[] {
  const tails = Array.from({ length: bareSizes.length + 1 }, () => 0);
  for (let index = bareSizes.length - 1; index >= 0; index -= 1) {
    const size = bareSizes[index] ?? 0;
    const rest = tails[index + 1] ?? 0;
    tails[index] = rest === 0 ? size : align8(size) + rest;
  }
  return tails;
}

function fit<Key>(
  keys: readonly Key[],
  items: readonly Uint8Array[],
  budgetBytes: number,
  forms: BareForms<Key>,
  rule: BudgetRule,
): Uint8Array[] {
  const bare = keys.map((key) => forms.exceeded(key));
  const tails = tailSizes(bare.map((item) => item.length));
  const areaBytes = budgetBytes - LOOKUP_HEADER_BYTES - keys.length * 8;
  if ((tails[0] ?? 0) > areaBytes)
    throw new AnswerTooLarge(wholeBytes(items), `not even bare items fit ${budgetBytes} bytes`);
  const placed: Uint8Array[] = [];
  let end = 0;
  for (const [index, key] of keys.entries()) {
    const item = items[index];
    if (item === undefined)
      throw new NetipcCodecError('BAD_ITEM_COUNT', `${items.length} answers to ${keys.length} keys`);
    const rest = tails[index + 1] ?? 0;
    const start = align8(end);
    const isRounded = rest > 0 || rule === 'reference';
    const needed = (isRounded ? align8(start + item.length) : start + item.length) + rest;
    if (needed <= areaBytes) {
      placed.push(item);
      end = start + item.length;
      continue;
    }
    const fitsAlone = rule === 'mended' && lookupBytes([item.length]) <= budgetBytes;
    // A first item that would fit alone must not be told "exceeded" (the client would stop): the whole answer is too large instead.
    if (index === 0 && fitsAlone)
      throw new AnswerTooLarge(wholeBytes(items), 'the first item fits alone: ask for fewer keys');
    if (index > 0) return [...placed, ...bare.slice(index)];
    const oversized = forms.oversized(key);
    placed.push(oversized);
    end = start + oversized.length;
  }
  return placed;
}

function wholeBytes(items: readonly Uint8Array[]): number {
  return lookupBytes(items.map((item) => item.length));
}

/** The response payload for these answers, at most `budgetBytes` long. Fails OVERFLOW (AnswerTooLarge) or BAD_ITEM_COUNT. */
export function fitCgroupLookup(
  paths: readonly Uint8Array[],
  items: readonly Uint8Array[],
  generation: bigint,
  budgetBytes: number,
  rule: BudgetRule = 'mended',
): Uint8Array {
  return encodeLookup(fit(paths, items, budgetBytes, CGROUP_FORMS, rule), generation);
}

export function fitAppLookup(
  pids: readonly number[],
  items: readonly Uint8Array[],
  generation: bigint,
  budgetBytes: number,
  rule: BudgetRule = 'mended',
): Uint8Array {
  return encodeLookup(fit(pids, items, budgetBytes, APP_FORMS, rule), generation);
}
