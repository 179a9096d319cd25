/** `signalbox gse callback`: take uplinks in a terminal until the signal. */
import { OperatingError } from '../../../shared/failure.ts';
import { isLoopbackAddress } from '../../net/host-check.ts';
import { createCallbackPath, openCallbackServer } from '../../protocols/gse/callback-server.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface GseCallbackOptions {
  /** Beyond 127.0.0.1 the path is all that keeps others out. */
  readonly host: string;
  readonly port: number;
  /** '' = /gse/callback on this machine, one nobody can guess beyond it. */
  readonly path: string;
  readonly alwaysOk: boolean;
  /** Addresses that may post here; none = all. */
  readonly allowedPeers?: readonly string[];
  /** Names a sender or a proxy may call this machine by, see allowedHosts. */
  readonly hostNames?: readonly string[];
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** A line for each uplink; ends with 0 at the signal. */
export async function gseCallback({ output, signal, ...options }: GseCallbackOptions): Promise<ExitCode> {
  const { host, hostNames = [], ...place } = options;
  const isLocal = isLoopbackAddress(host);
  const path = place.path === '' && isLocal ? '/gse/callback' : place.path || createCallbackPath();
  try {
    const server = await openCallbackServer({
      ...place,
      host,
      path,
      ...(isLocal ? undefined : { network: { hostNames } }),
      clock: SYSTEM_CLOCK,
      accept: ({ agentId, messageId, content, peer }) => {
        output.json({ agentId, messageId, content, peer });
        output.line(`${agentId} ${messageId}: ${content}`);
        return output.room();
      },
      refuse: ({ failure, peer }) => Promise.resolve(output.note(`refused ${peer}: ${failure.message}`)),
    });
    const [name] = isLocal ? [] : hostNames;
    const url = name === undefined ? server.url : `http://${name}:${server.port}${path}`;
    output.note(`uplinks are taken at ${url}`);
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
