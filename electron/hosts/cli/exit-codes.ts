/** What the command line ends with; documented in docs/CLI.md. */
import type { FailureCode } from '../../../shared/failure.ts';

export const EXIT = {
  ok: 0,
  /** The operation was understood and did not succeed. */
  failed: 1,
  /** Wrong arguments, a filter that cannot be read, input that is refused. */
  usage: 2,
  /** Another process has the data folder. */
  locked: 3,
  /** Nobody answers: no console, no receiver, or the connection broke. */
  unavailable: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'E_INPUT',
  'E_FILTER',
  'E_CONFIG',
  'E_JSON',
  'E_JSON_DEPTH',
]);
const UNAVAILABLE: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'E_PEER_GONE',
  'E_DISCONNECTED',
  'E_DEADLINE',
]);

export function exitCodeOf(code: FailureCode): ExitCode {
  if (code === 'E_STORE_LOCKED') return EXIT.locked;
  if (USAGE.has(code)) return EXIT.usage;
  return UNAVAILABLE.has(code) ? EXIT.unavailable : EXIT.failed;
}
