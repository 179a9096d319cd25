import type { TextFunction } from './i18n.ts';

const UNITS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'min', ms: 60_000 },
  { unit: 's', ms: 1_000 },
] as const;
export type AgeUnit = (typeof UNITS)[number]['unit'];

/** The largest whole unit; a clock that jumped back gives 0 s, never a negative age. */
export function ageParts(ageMs: number): { readonly n: number; readonly unit: AgeUnit } {
  const age = Math.max(0, ageMs);
  const found = UNITS.find(({ ms }) => age >= ms);
  return found === undefined ? { n: 0, unit: 's' } : { n: Math.floor(age / found.ms), unit: found.unit };
}

/** `4 min`. */
export function formatAge(ageMs: number, text: TextFunction): string {
  const { n, unit } = ageParts(ageMs);
  return text(`age.units.${unit}`, { n: String(n) });
}

/** `4 min ago`, `just now` below two seconds. */
export function formatAgo(ageMs: number, text: TextFunction): string {
  return ageMs < 2_000 ? text('age.now') : text('age.ago', { age: formatAge(ageMs, text) });
}
