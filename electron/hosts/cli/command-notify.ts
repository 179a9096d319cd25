/**
 * `signalbox notify <event> [json]`: sends one event the way a program with the library does, and says what
 * became of it.
 */
import * as v from 'valibot';
import { jsonValueOf } from '../../../shared/json-text.ts';
import { configPlaces, loadConfig } from '../../protocols/mimo/config-search.ts';
import { MimoSender } from '../../protocols/mimo/sender.ts';
import type { SendOutcome } from '../../protocols/mimo/sender.ts';
import type { Reply } from '../../protocols/mimo/reply-reader.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { operatingError, valueOf } from './event-source.ts';
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
      return output.failure({ code: 'E_PEER_REFUSED', ...refusedWords(config.endpoint, reply) });
    }
    return output.failure({
      ...failure,
      ...(failure.code === 'E_PEER_GONE' ? { fix: NOBODY_FIX } : {}),
      message: `${failure.message}; ${attempts} attempts to ${config.endpoint} (from ${from})`,
    });
  } finally {
    await sender.close();
  }
}

const NOBODY_FIX = 'Start the console (signalbox serve), or give the address it listens on with --endpoint.';
/** What of an answer is shown, in characters. */
const ANSWER_CHARACTERS_MAX = 300;

/** Our own listener says why and what now in its body; of any other receiver the beginning is shown. */
function refusedWords(endpoint: string, reply: Reply | null): { message: string; fix: string } {
  const body = reply?.bodyStart ?? '';
  const said = refusalIn(body);
  const words = said === null ? body.slice(0, ANSWER_CHARACTERS_MAX) : `${said.code}, ${said.message}`;
  const message = `${endpoint} answered ${reply?.status ?? 'nothing'}${words === '' ? '' : `: ${words}`}`;
  const unseen = 'A real program takes this for delivered and never knows.';
  return { message, fix: said?.fix === undefined ? unseen : `${said.fix} ${unseen}` };
}

const refusal = v.object({ code: v.string(), message: v.string(), fix: v.optional(v.string()) });

/** Null when the body is none of our refusals. */
function refusalIn(body: string): v.InferOutput<typeof refusal> | null {
  const parsed = v.safeParse(refusal, jsonValueOf(body));
  return parsed.success ? parsed.output : null;
}

function sent(sender: MimoSender, event: string, payload: string | null): Promise<SendOutcome> {
  return new Promise((resolve, reject) => {
    const { failure } = sender.notify(event, payload, resolve);
    if (failure !== null) reject(operatingError(failure));
  });
}
