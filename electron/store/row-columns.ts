/** From a database row to an EventRow. */
import * as v from 'valibot';
import { KINDS, SEVERITIES, SOURCES } from '../../shared/model/event.ts';
import type { EventRow } from '../../shared/model/event.ts';

/** For `events AS e JOIN bodies AS b USING (seq)`. */
export const ROW_COLUMNS =
  'e.seq, e.received_ms, e.source, e.kind, e.severity, e.type, e.host, e.link, e.peer, e.id, e.sent_s, ' +
  'e.body_bytes, b.preview, e.simulated';
export const ROW_COLUMN_COUNT = 14;

// A damaged page may hold anything: what does not fit the model is damage, not an event.
const columns = v.tuple([
  v.pipe(v.number(), v.safeInteger()),
  v.number(),
  v.picklist(SOURCES),
  v.picklist(KINDS),
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SEVERITIES.length - 1)),
  v.string(),
  v.string(),
  v.string(),
  v.string(),
  v.string(),
  v.nullable(v.number()),
  v.number(),
  v.string(),
  v.number(),
]);

/** Null when the values do not make an event: the row is damaged. */
export function rowFromColumns(values: unknown): EventRow | null {
  const parsed = v.safeParse(columns, values);
  if (!parsed.success) return null;
  const [
    seq,
    receivedAtMs,
    source,
    kind,
    severity,
    type,
    host,
    link,
    peer,
    id,
    sentAtS,
    bodyBytes,
    preview,
    simulated,
  ] = parsed.output;
  const severityName = SEVERITIES[severity];
  if (severityName === undefined) return null;
  return {
    seq,
    receivedAtMs,
    source,
    kind,
    severity: severityName,
    type,
    host,
    link,
    peer,
    id,
    sentAtS,
    bodyBytes,
    preview,
    simulated: simulated === 1,
  };
}
