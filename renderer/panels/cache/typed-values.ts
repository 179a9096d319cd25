/** What an operator types, as values; null or false for what cannot be meant. */
import { LIMITS } from '../../../shared/limits.ts';
import { wholeNumber } from '../../state/whole-number.ts';

const U32_MAX = 0xffff_ffff;

export function isRunFolder(text: string): boolean {
  return text.startsWith('/') && text.length <= LIMITS.unixPathBytesMax;
}

/** The same rule as the contract's. */
export function isServiceName(text: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/.test(text);
}

/** Decimal, or hexadecimal with `0x`. */
export function hashOf(text: string): number | null {
  const typed = text.trim();
  if (/^0x[0-9a-f]{1,8}$/i.test(typed)) return Number.parseInt(typed.slice(2), 16);
  return wholeNumber(typed, 0, U32_MAX);
}

/** Apart by blanks or commas; null when one of them is no pid, or there is none. */
export function pidsOf(text: string): readonly number[] | null {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const pids = words.map((word) => wholeNumber(word, 0, U32_MAX));
  const known = pids.filter((pid) => pid !== null);
  return known.length === 0 || known.length < pids.length ? null : known;
}
