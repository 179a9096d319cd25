/**
 * What an event name says about how bad it is, and which host an event speaks of. The sender has neither
 * notion (docs/protocols/mimo.md section 7), so this is our reading of the names; the operator's colour rules
 * can say otherwise.
 */
import type { Severity } from '../../../shared/model/event.ts';

/** Names known from the program's code and documentation. */
const KNOWN: ReadonlyMap<string, Severity> = new Map([
  ['mimo_tgt_started', 'info'],
  ['nvme_ctrlr_physically_removed', 'warn'],
  ['wear_leveling_auto_fallback', 'warn'],
  ['bdev_ready', 'info'],
  ['bdev_created', 'info'],
  ['error_occurred', 'error'],
  ['system_ready', 'info'],
]);

/**
 * Worst first: the first row with a word that the name contains decides. Words are compared in lower case.
 */
const WORDS: readonly (readonly [Severity, readonly string[]])[] = [
  ['critical', ['critical', 'fatal', 'panic', 'emergency', 'data_loss', 'corrupt']],
  ['error', ['error', 'fail', 'abort', 'crash', 'timeout', 'lost', 'unrecoverable']],
  [
    'warn',
    ['warn', 'removed', 'degraded', 'fallback', 'retry', 'slow', 'full', 'missing', 'offline', 'disconnect'],
  ],
  ['debug', ['debug', 'trace']],
];

/** Names beyond this many characters are judged by their beginning. */
const NAME_CHARACTERS_READ = 200;
/** Event names come from a small set of programs; the bound keeps a hostile sender from filling memory. */
const CACHE_NAMES_MAX = 1_000;
const cache = new Map<string, Severity>();

/** Any text is a valid name; one that says nothing is `info`. */
export function severityOf(event: string): Severity {
  const known = cache.get(event);
  if (known !== undefined) return known;
  const severity = judge(event);
  if (cache.size < CACHE_NAMES_MAX && event.length <= NAME_CHARACTERS_READ) cache.set(event, severity);
  return severity;
}

function judge(event: string): Severity {
  const exact = KNOWN.get(event);
  if (exact !== undefined) return exact;
  const name = event.slice(0, NAME_CHARACTERS_READ).toLowerCase();
  for (const [severity, words] of WORDS) if (words.some((word) => name.includes(word))) return severity;
  return 'info';
}

/** Members of a payload that name a machine, most exact first. */
const HOST_MEMBERS = ['host', 'hostname', 'host_name', 'node', 'node_id'] as const;
const HOST_CHARACTERS_MAX = 255;

/**
 * The host an event speaks of, or '' when its payload does not say. Only own text members of an object count.
 */
export function hostOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return '';
  for (const name of HOST_MEMBERS) {
    if (!Object.hasOwn(payload, name)) continue;
    const value: unknown = Reflect.get(payload, name);
    if (typeof value === 'string' && value !== '') return value.slice(0, HOST_CHARACTERS_MAX);
  }
  return '';
}
