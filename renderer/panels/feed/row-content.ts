/**
 * What the content column says of a row: the payload of an event without its envelope, what a gap or notice
 * means.
 */
import type { EventRow } from '../../../shared/model/event.ts';
import { jsonValueOf } from '../../../shared/json-text.ts';

/** docs/protocols/mimo.md section 2: members always stand in this order, without spaces. */
const ENVELOPE_HEAD = /^\{"event":"(?:[^"\\]|\\.)*",?/;
const PAYLOAD_NAME = '"payload":';
const ENVELOPE_TAIL = /,?"timestamp":-?\d+\}$/;

/** The payload as sent; '' when there is none. Text that is no such envelope stays as it is. */
export function payloadPreview(preview: string): string {
  const head = ENVELOPE_HEAD.exec(preview)?.[0];
  if (head === undefined) return preview;
  const rest = preview.slice(head.length).replace(ENVELOPE_TAIL, '');
  if (rest.startsWith(PAYLOAD_NAME)) return rest.slice(PAYLOAD_NAME.length);
  return rest === '' ? '' : preview;
}

/** What the console wrote of itself; members that are missing are null. */
export interface OwnNote {
  readonly reason: string;
  readonly label: string | null;
  readonly state: string | null;
  readonly dropped: number | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Of a gap or notice row; null when its preview was cut or is something else. */
export function ownNote(row: EventRow): OwnNote | null {
  const value = jsonValueOf(row.preview);
  if (typeof value !== 'object' || value === null) return null;
  const members = new Map(Object.entries(value));
  const textOf = (name: string): string | null => {
    const member: unknown = members.get(name);
    return typeof member === 'string' ? member : null;
  };
  const numberOf = (name: string): number | null => {
    const member: unknown = members.get(name);
    return typeof member === 'number' ? member : null;
  };
  return {
    reason: textOf('reason') ?? '',
    label: textOf('label'),
    state: textOf('state'),
    dropped: numberOf('dropped'),
    fromMs: numberOf('fromMs'),
    toMs: numberOf('toMs'),
  };
}
