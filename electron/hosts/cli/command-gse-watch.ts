/** `signalbox gse callback`: take uplinks in a terminal until the signal. */
import { OperatingError } from '../../../shared/failure.ts';
import { openCallbackServer } from '../../protocols/gse/callback-server.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface GseCallbackOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly alwaysOk: boolean;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** A line for each uplink; ends with 0 at the signal. */
export async function gseCallback({ output, signal, ...place }: GseCallbackOptions): Promise<ExitCode> {
  try {
    const server = await openCallbackServer({
      ...place,
      clock: SYSTEM_CLOCK,
      accept: ({ agentId, messageId, content, peer }) => {
        output.json({ agentId, messageId, content, peer });
        output.line(`${agentId} ${messageId}: ${content}`);
        return output.room();
      },
      refuse: ({ failure, peer }) => Promise.resolve(output.note(`refused ${peer}: ${failure.message}`)),
    });
    output.note(`uplinks are taken at ${server.url}`);
    await aborted(signal);
    await server.close();
    return EXIT.ok;
  } catch (error) {
    return failed(error, output);
  }
}

/** Resolves at the signal. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Only operating errors are a way to end; anything else is a bug. */
export function failed(error: unknown, output: Output): ExitCode {
  if (!(error instanceof OperatingError)) throw error;
  return output.failure({ code: error.code, message: error.message, fix: error.fix ?? '' });
}
