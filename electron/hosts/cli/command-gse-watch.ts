/** `signalbox gse callback` and `signalbox gse plugin`: take part in GSE from a terminal until the signal. */
import { OperatingError } from '../../../shared/failure.ts';
import type { AgentAddress } from '../../protocols/gse/agent-connection.ts';
import { openCallbackServer } from '../../protocols/gse/callback-server.ts';
import { MessageClient } from '../../protocols/gse/message-client.ts';
import { SYSTEM_CLOCK } from '../serve/system-clock.ts';
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

export interface GsePluginOptions {
  readonly address: AgentAddress;
  readonly pluginName: string;
  readonly pluginVersion: string;
  /** Sends every message back under the same id. */
  readonly echo: boolean;
  /** How long the first connection may take. */
  readonly launchTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** A line for each downlink; ends with 0 at the signal, with 4 when the agent cannot be reached. */
export async function gsePlugin(options: GsePluginOptions): Promise<ExitCode> {
  const { output, signal, echo, launchTimeoutMs } = options;
  try {
    const client: MessageClient = new MessageClient({
      address: options.address,
      pluginName: options.pluginName,
      pluginVersion: options.pluginVersion,
      clock: SYSTEM_CLOCK,
      onMessage: async ({ messageId, content }) => {
        output.json({ messageId, content: content.toString('base64') });
        output.line(`${messageId}: ${content.toString('utf8')}`);
        if (echo) await client.sendMessage(messageId, content);
      },
      onEvent: (event) => {
        if (event.kind === 'lost' || event.kind === 'dial_failed')
          output.note(`${event.kind}: ${event.reason}`);
        else if (event.kind === 'protocol') output.note(event.error.message);
        else if (event.kind === 'callback_failed') output.note('an answer could not be sent');
        else output.note(event.kind);
      },
    });
    await client.launch({ timeoutMs: launchTimeoutMs, signal });
    await aborted(signal);
    await client.terminate();
    return EXIT.ok;
  } catch (error) {
    return failed(error, output);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Only operating errors are a way to end; anything else is a bug. */
function failed(error: unknown, output: Output): ExitCode {
  if (!(error instanceof OperatingError)) throw error;
  return output.failure({ code: error.code, message: error.message, fix: error.fix ?? '' });
}
