/** Sends one event and waits for the answer: what `signalbox notify` does. */
import type { Clock } from '../../../shared/clock.ts';
import { fail, succeed, type Result } from '../../../shared/failure.ts';
import type { MimoConfig } from './config.ts';
import { MimoSender, type SendOutcome } from './sender.ts';

export interface SentOne {
  readonly status: number;
  readonly attempts: number;
}

/**
 * `payload` is JSON text, null for none. Unlike the C function it says what went wrong: E_INPUT no name, E_JSON payload not
 * JSON, E_CONFIG cannot be sent with these settings, E_PEER_GONE nobody answered, E_PEER_REFUSED answered 400 or more.
 */
export async function sendOne(
  config: MimoConfig,
  event: string,
  payload: string | null,
  clock: Clock,
): Promise<Result<SentOne>> {
  const sender = new MimoSender(config, clock);
  try {
    const outcome = await new Promise<SendOutcome>((resolve) => {
      const { failure } = sender.notify(event, payload, resolve);
      if (failure !== null) resolve({ delivered: false, attempts: 0, reply: null, failure });
    });
    const { reply, attempts, failure } = outcome;
    if (failure !== null) return { ok: false, failure };
    const status = reply?.status ?? 0;
    if (status < 400) return succeed({ status, attempts });
    return fail('E_PEER_REFUSED', `the receiver answered ${status}: ${reply?.bodyStart ?? ''}`);
  } finally {
    await sender.close();
  }
}
