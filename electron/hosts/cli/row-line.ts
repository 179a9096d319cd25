/** One event as one terminal line. */
import type { EventRow } from '../../../shared/model/event.ts';

/**
 * `2026-11-20T16:00:00.123Z #17 error mimo error_occurred [host] {…}`; UTC, because lines are compared across
 * hosts.
 */
export function rowLine(row: EventRow): string {
  const parts = [
    new Date(row.receivedAtMs).toISOString(),
    `#${row.seq}`,
    row.severity.padEnd(8),
    row.kind === 'event' ? row.source : `${row.source}/${row.kind}`,
    row.type,
  ];
  if (row.host !== '') parts.push(`host=${row.host}`);
  if (row.id !== '') parts.push(`id=${row.id}`);
  if (row.simulated) parts.push('(lab)');
  parts.push(row.preview);
  return parts.join(' ');
}
