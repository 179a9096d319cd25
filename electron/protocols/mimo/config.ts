/** The sender's settings, read with the rules of Go's JSON decoder: docs/protocols/mimo.md section 4. */
import { fail, succeed, type Result } from '../../../shared/failure.ts';
import { scanJson } from '../../../shared/json-scan.ts';
import { PAYLOAD_DEPTH_MAX } from './envelope.ts';
import { parseGoDuration } from './go-duration.ts';
import { decodeGoUtf8 } from '../../net/go-utf8.ts';
import { membersOf } from './json-members.ts';
import { MIMO_PATH, MIMO_PORT_DEFAULT } from './messages.ts';

/** Everything a sender needs; made once and never changed. */
export interface MimoConfig {
  /** As written; only looked at when something is sent. */
  readonly endpoint: string;
  /** As written, also in lower case. */
  readonly method: string;
  /** Bound of one attempt; 0 = none; negative = every attempt fails. */
  readonly timeoutNs: bigint;
  /** Never sent. */
  readonly source: string;
  /** Attempts after the first; at least 1, because 0 means the default. */
  readonly retry: number;
  /** Waiting time after the first failed attempt; doubles each time. At least 1. */
  readonly retryBackoffMs: number;
}

/**
 * What no file and an empty file mean. The port is the documented one, not the 9987 of later code (section
 * 4).
 */
export const MIMO_CONFIG_DEFAULT: MimoConfig = {
  endpoint: `http://127.0.0.1:${MIMO_PORT_DEFAULT}${MIMO_PATH}`,
  method: 'POST',
  timeoutNs: 2_000_000_000n,
  source: 'mimo',
  retry: 2,
  retryBackoffMs: 100,
};

const JSON_LIMITS = { depthMax: PAYLOAD_DEPTH_MAX, nodesMax: Number.POSITIVE_INFINITY } as const;
/** What a broken file costs (section 4). */
const FIX = 'Correct the file, or take it away: until then programs with the library send nothing.';
const INT64_MAX = (1n << 63n) - 1n;

interface Fields {
  endpoint: string;
  method: string;
  timeout: string;
  source: string;
  retry: number;
  retry_backoff_ms: number;
}
const TEXT_FIELDS = ['endpoint', 'method', 'timeout', 'source'] as const;
const INTEGER_FIELDS = ['retry', 'retry_backoff_ms'] as const;

/** Fails with E_CONFIG; a sender then refuses every event for the life of its process. */
export function parseConfig(bytes: Uint8Array): Result<MimoConfig> {
  const fields: Fields = { endpoint: '', method: '', timeout: '', source: '', retry: 0, retry_backoff_ms: 0 };
  const scan = scanJson(bytes, JSON_LIMITS);
  if (!scan.ok) return fail('E_CONFIG', `the configuration is not valid JSON at byte ${scan.offset}`, FIX);
  const document = Buffer.from(bytes).toString('latin1').trim();
  if (document !== 'null') {
    if (!document.startsWith('{')) return fail('E_CONFIG', 'the configuration is not a JSON object', FIX);
    for (const { name, value } of membersOf(bytes)) {
      const problem = readMember(fields, foldName(decodeText(name)), value);
      if (problem !== null) return fail('E_CONFIG', problem, FIX);
    }
  }
  return settle(fields);
}

function settle(fields: Fields): Result<MimoConfig> {
  const defaults = MIMO_CONFIG_DEFAULT;
  const timeoutNs = fields.timeout === '' ? defaults.timeoutNs : parseGoDuration(fields.timeout);
  if (timeoutNs === null) {
    return fail('E_CONFIG', `"timeout" is no duration: ${fields.timeout}`, 'Write it like 500ms or 2s.');
  }
  return succeed({
    endpoint: fields.endpoint === '' ? defaults.endpoint : fields.endpoint,
    method: fields.method === '' ? defaults.method : fields.method,
    timeoutNs,
    source: fields.source === '' ? defaults.source : fields.source,
    retry: fields.retry > 0 ? fields.retry : defaults.retry,
    retryBackoffMs: fields.retry_backoff_ms > 0 ? fields.retry_backoff_ms : defaults.retryBackoffMs,
  });
}

/** Null when the member was taken or is none of ours. A null value leaves what an earlier duplicate said. */
function readMember(fields: Fields, name: string, value: Uint8Array): string | null {
  const text = Buffer.from(value).toString('latin1');
  for (const field of TEXT_FIELDS) {
    if (name !== field || text === 'null') continue;
    if (!text.startsWith('"')) return `"${field}" is not a text`;
    fields[field] = decodeText(value);
  }
  for (const field of INTEGER_FIELDS) {
    if (name !== field || text === 'null') continue;
    const integer = /^-?\d+$/.test(text) ? BigInt(text) : null;
    if (integer === null || integer > INT64_MAX || integer < -INT64_MAX - 1n)
      return `"${field}" is not an integer`;
    // Beyond 2^53 the digits no longer matter: nobody waits for that many attempts or milliseconds.
    fields[field] = Number(integer);
  }
  return null;
}

/** A quoted JSON text as Go decodes it: bad bytes and lone surrogate escapes become U+FFFD. */
function decodeText(quoted: Uint8Array): string {
  const parsed: unknown = JSON.parse(decodeGoUtf8(quoted));
  return typeof parsed === 'string' ? parsed.toWellFormed() : '';
}

/**
 * Go compares names by Unicode simple folding: beside A to Z only long s and the Kelvin sign fold into ASCII.
 */
function foldName(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k');
}
