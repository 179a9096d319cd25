/**
 * Digits in groups of three with a narrow space in both languages: unlike `,` and `.` it is never taken for
 * a decimal sign.
 */
const NARROW_SPACE = '\u202f';

export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
}

/** `0`, `0.4`, `12`, `1 204`: one decimal only below ten, so that the width stays put. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 9.95) return perSecond.toFixed(1).replace(/\.0$/, '');
  return formatCount(perSecond);
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 B`, `1.5 MiB`; steps of 1024. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let index = 0;
  while (value >= 1024 && index < BYTE_UNITS.length - 1) {
    value /= 1024;
    index += 1;
  }
  const digits = index > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${BYTE_UNITS[index] ?? 'B'}`;
}
