/**
 * What an operator types into a number field: digits only, so that `1e3`, `0x10` and `12.0` are not silently
 * something else.
 */
export function wholeNumber(typed: string, min: number, max: number): number | null {
  const digits = typed.trim();
  if (!/^\d{1,15}$/.test(digits)) return null;
  const value = Number(digits);
  return value >= min && value <= max ? value : null;
}

export function parsePort(typed: string): number | null {
  return wholeNumber(typed, 1, 65_535);
}
