/**
 * Times are shown the same way in both languages, to the millisecond, so that they can be compared with
 * logs.
 */
import type { Settings } from '../../shared/contract/app.ts';

export type TimeZone = Settings['timeZone'];

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** `14:03:07.042`; `Z` at the end says UTC. */
export function formatClock(ms: number, zone: TimeZone): string {
  const at = new Date(ms);
  const parts =
    zone === 'utc'
      ? [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
      : [at.getHours(), at.getMinutes(), at.getSeconds()];
  const millis = pad(at.getUTCMilliseconds(), 3);
  return `${parts.map((part) => pad(part, 2)).join(':')}.${millis}${zone === 'utc' ? 'Z' : ''}`;
}

/** `2026-03-09`. */
export function formatDate(ms: number, zone: TimeZone): string {
  const at = new Date(ms);
  const [year, month, day] =
    zone === 'utc'
      ? [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
      : [at.getFullYear(), at.getMonth(), at.getDate()];
  return `${pad(year, 4)}-${pad(month + 1, 2)}-${pad(day, 2)}`;
}

/** `2026-03-09 14:03:07.042`. */
export function formatTime(ms: number, zone: TimeZone): string {
  return `${formatDate(ms, zone)} ${formatClock(ms, zone)}`;
}
