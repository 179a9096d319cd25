/**
 * `signalbox notify <event> [json]`: sends one event the way a program with the library does, and says what
 * became of it.
 */
import { OperatingError } from '../../../shared/failure.ts';
import { configPlaces, loadConfig } from '../../protocols/mimo/config-search.ts';
import { MimoSender } from '../../protocols/mimo/sender.ts';
import type { SendOutcome } from '../../protocols/mimo/sender.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { valueOf } from './event-source.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface NotifyOptions {
  readonly event: string;
  readonly payload: string | null;
  /** Instead of the configured one. */
  readonly endpoint: string | null;
  readonly output: Output;
}

export async function notify({ event, payload, endpoint, output }: NotifyOptions): Promise<ExitCode> {
  const found = valueOf(await loadConfig(configPlaces()));
  const config = endpoint === null ? found.config : { ...found.config, endpoint };
  const from = endpoint !== null ? '--endpoint' : (found.path ?? 'the built-in default');
  const sender = new MimoSender(config, SYSTEM_CLOCK);
  try {
    const { delivered, attempts, reply, failure } = await sent(sender, event, payload);
    const status = reply?.status ?? null;
    const accepted = delivered && status !== null && status < 300;
    output.json({
      event,
      endpoint: config.endpoint,
      configuredBy: from,
      delivered,
      accepted,
      attempts,
      status,
      failure,
    });
    if (accepted) {
      output.line(`delivered to ${config.endpoint} (${status}, attempt ${attempts}; endpoint from ${from})`);
      return EXIT.ok;
    }
    if (failure === null) {
      const message = `${config.endpoint} answered ${status ?? 'nothing'}`;
      return output.failure({
        code: 'E_PEER_REFUSED',
        message,
        fix: 'A real program takes this for delivered and never knows.',
      });
    }
    return output.failure({
      ...failure,
      message: `${failure.message}; ${attempts} attempts to ${config.endpoint} (from ${from})`,
    });
  } finally {
    await sender.close();
  }
}

function sent(sender: MimoSender, event: string, payload: string | null): Promise<SendOutcome> {
  return new Promise((resolve, reject) => {
    const { failure } = sender.notify(event, payload, resolve);
    if (failure !== null) reject(new OperatingError(failure.code, failure.message));
  });
}
