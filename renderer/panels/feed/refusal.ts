/**
 * What exactly was wrong with a refused request of a MIMO sender, found again in the bytes that were kept: the
 * store keeps the code, and the code alone does not say where to look.
 */
import { scanJson } from '../../../shared/json-scan.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { EventDetail } from '../../../shared/model/event.ts';

/** A place in the body, counted in bytes from 0, with what stands there; or the member that is not as it must be. */
export type RefusalPlace =
  | { readonly kind: 'at'; readonly offset: number; readonly near: string }
  | { readonly kind: 'notObject' | 'eventMissing' | 'eventEmpty' | 'timestamp' };

const JSON_LIMITS = { depthMax: LIMITS.jsonDepthMax, nodesMax: LIMITS.jsonNodesMax } as const;
/** Bytes shown before and from the place. */
const NEAR_BEFORE_BYTES = 20;
const NEAR_BYTES = 24;
const LINE_CHARACTERS_MAX = 200;
const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();

/** Null when the body has no part in the refusal. */
export function refusalPlace({ row, body }: EventDetail): RefusalPlace | null {
  if (row.source !== 'mimo' || body.length === 0) return null;
  if (row.type === 'E_SHAPE') return shapePlace(body);
  if (row.type !== 'E_JSON' && row.type !== 'E_JSON_DEPTH' && row.type !== 'E_JSON_NODES') return null;
  const scan = scanJson(body, JSON_LIMITS);
  if (scan.ok) return null;
  const { offset } = scan;
  const near = utf8.decode(body.subarray(Math.max(0, offset - NEAR_BEFORE_BYTES), offset + NEAR_BYTES));
  return { kind: 'at', offset, near };
}

/** As electron/protocols/mimo/decode.ts decides; the listener has proven that these bytes parse. */
function shapePlace(body: Uint8Array): RefusalPlace | null {
  if (!scanJson(body, JSON_LIMITS).ok) return null;
  const document: unknown = JSON.parse(utf8.decode(body));
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return { kind: 'notObject' };
  const event: unknown = Object.hasOwn(document, 'event') ? Reflect.get(document, 'event') : undefined;
  if (typeof event !== 'string') return { kind: 'eventMissing' };
  return { kind: event === '' ? 'eventEmpty' : 'timestamp' };
}

const HEADER_OF: Readonly<Record<string, string>> = {
  E_HOST: 'host',
  E_ORIGIN: 'origin',
  E_MEDIA_TYPE: 'content-type',
  E_ENCODING: 'content-encoding',
  E_BODY_TOO_LARGE: 'content-length',
};
const REQUEST_LINE_CODES: readonly string[] = ['E_METHOD', 'E_PATH', 'E_HTTP'];

/** The line of the request the refusal is about, as it came; '' when it is about none, or that line is not there. */
export function refusedLine({ row, head }: EventDetail): string {
  if (row.source !== 'mimo') return '';
  const lines = latin1.decode(head).split(/\r?\n/);
  if (REQUEST_LINE_CODES.includes(row.type)) return (lines[0] ?? '').slice(0, LINE_CHARACTERS_MAX);
  const name = HEADER_OF[row.type];
  if (name === undefined) return '';
  const line = lines.find((other) => other.toLowerCase().startsWith(`${name}:`)) ?? '';
  return line.slice(0, LINE_CHARACTERS_MAX);
}
