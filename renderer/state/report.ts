/** For faults React caught: window listeners (rpc/report-trouble.ts) never see those. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { LIMITS } from '../../shared/limits.ts';

/**
 * Never rejects: there is nobody left to tell. A character has four bytes at worst, so a quarter of the
 * limit always fits.
 */
export function reportError(api: SignalboxApi, error: unknown): void {
  void api.call('app.report', {
    kind: 'error',
    message: describeError(error).slice(0, LIMITS.logFieldBytesMax / 4),
  });
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}
