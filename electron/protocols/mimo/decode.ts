/**
 * Body of a request ⇒ event or refusal. Rules: docs/protocols/mimo.md sections 2 and 6, docs/THREATS.md B8.
 */
import { fail, succeed, type Result } from '../../../shared/failure.ts';
import { scanJson, type JsonScan } from '../../../shared/json-scan.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { MimoEvent } from './messages.ts';

const JSON_LIMITS = { depthMax: LIMITS.jsonDepthMax, nodesMax: LIMITS.jsonNodesMax } as const;
const SHAPE_FIX = 'Send {"event": "<name>", "payload": <any JSON value>, "timestamp": <Unix seconds>}.';

/**
 * Fails with E_BODY_EMPTY, E_JSON, E_JSON_DEPTH, E_JSON_NODES or E_SHAPE. Unknown members are ignored, the
 * last of two equal members counts. A missing or null timestamp is no error: the receive time stands for it.
 */
export function decodeEvent(body: Uint8Array): Result<MimoEvent> {
  if (body.length === 0) return fail('E_BODY_EMPTY', 'the body is empty', SHAPE_FIX);
  const scan = scanJson(body, JSON_LIMITS);
  if (!scan.ok) return scanFailure(scan);
  // The scan has proven that this parses; the decoder replaces what is not UTF-8.
  const document: unknown = JSON.parse(textOf(body));
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return fail('E_SHAPE', 'the body is not a JSON object', SHAPE_FIX);
  }
  const event = ownMember(document, 'event');
  if (typeof event !== 'string')
    return fail('E_SHAPE', 'the member "event" is missing or not a text', SHAPE_FIX);
  if (event === '') return fail('E_SHAPE', 'the member "event" is empty', SHAPE_FIX);
  const timestamp = ownMember(document, 'timestamp') ?? null;
  if (timestamp !== null && (typeof timestamp !== 'number' || !Number.isFinite(timestamp))) {
    return fail('E_SHAPE', 'the member "timestamp" is not a number', SHAPE_FIX);
  }
  return succeed({ event, payload: ownMember(document, 'payload'), sentAtS: timestamp });
}

/** `Object.prototype` has no say in what a sender said. */
function ownMember(document: object, name: string): unknown {
  return Object.hasOwn(document, name) ? Reflect.get(document, name) : undefined;
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

function scanFailure(scan: Exclude<JsonScan, { ok: true }>): ReturnType<typeof fail> {
  const at = `at byte ${scan.offset}`;
  if (scan.reason === 'depth') {
    const message = `more than ${LIMITS.jsonDepthMax} nested containers ${at}`;
    return fail('E_JSON_DEPTH', message, 'Nest the payload less deeply.');
  }
  if (scan.reason === 'nodes') {
    const message = `more than ${LIMITS.jsonNodesMax} values ${at}`;
    return fail('E_JSON_NODES', message, 'Split the payload over several events.');
  }
  return fail('E_JSON', `not valid JSON ${at}`, 'Send one JSON value in UTF-8 without a byte order mark.');
}
