/** What a dispatch means for each agent: docs/protocols/gse.md sections 2.5 and 11.2. Pure. */
import { OperatingError } from '../../../shared/failure.ts';
import { InvalidResponseError, type Dispatched } from './dispatch-client.ts';
import { InvalidConfigError } from './errors.ts';
import { gatewayErrorOf, isGatewayRefusal, type GatewayReply } from './gateway-errors.ts';
import { HttpStatusError, TransportError } from './gateway-http.ts';

/**
 * `ok` the server took it for this agent · `failed` it certainly did not · `unknown` nobody can say; never
 * shown as success, never repeated without asking · `not_sent` not a byte left this machine.
 */
export type AgentState = 'ok' | 'failed' | 'unknown' | 'not_sent';

export interface AgentOutcome {
  readonly state: AgentState;
  /** The server's or gateway's code, as text; '' when there is none. */
  readonly code: string;
  readonly text: string;
}

export interface DispatchOutcome {
  readonly agents: ReadonlyMap<string, AgentOutcome>;
  /** What came back, if anything did. */
  readonly reply: GatewayReply | null;
}

/**
 * `answer` is what `DispatchClient.dispatch` gave or threw; anything thrown that is no OperatingError is a
 * bug and thrown on.
 */
export function dispatchOutcome(agentIds: readonly string[], answer: Dispatched | Error): DispatchOutcome {
  if (answer instanceof Error) {
    const { outcome, reply } = outcomeOfError(answer);
    return { agents: new Map(agentIds.map((id) => [id, outcome])), reply };
  }
  const { code, message, reply } = answer;
  const rest: AgentOutcome =
    code === 0n
      ? { state: 'ok', code: '0', text: message }
      : (gatewayOutcome(reply) ?? {
          state: isGatewayRefusal(code) ? 'failed' : 'unknown',
          code: String(code),
          text: message,
        });
  const agents = agentIds.map((id): [string, AgentOutcome] => {
    const entry = answer.agents.get(id);
    if (entry === undefined) return [id, rest];
    if (entry.code === 0n) return [id, code === 0n ? { state: 'ok', code: '0', text: entry.message } : rest];
    return [id, { state: 'failed', code: String(entry.code), text: entry.message }];
  });
  return { agents: new Map(agents), reply };
}

function outcomeOfError(error: Error): { outcome: AgentOutcome; reply: GatewayReply | null } {
  if (error instanceof InvalidConfigError) {
    return { outcome: { state: 'not_sent', code: '', text: error.message.replace('\n', ': ') }, reply: null };
  }
  if (error instanceof TransportError) {
    const state = error.wasSent ? 'unknown' : 'not_sent';
    return { outcome: { state, code: error.code, text: error.message }, reply: null };
  }
  if (error instanceof HttpStatusError) return { outcome: outcomeOfStatus(error), reply: error.reply };
  if (error instanceof InvalidResponseError) {
    // The gateway's own errors may come with 200, and with a `data` of any shape.
    const own = gatewayOutcome(error.reply);
    return {
      outcome: own ?? { state: 'unknown', code: error.code, text: error.message },
      reply: error.reply,
    };
  }
  if (!(error instanceof OperatingError)) throw error;
  return { outcome: { state: 'unknown', code: error.code, text: error.message }, reply: null };
}

/** Null when the answer is not the gateway's own. Its refusals went no further; of the rest nobody can say. */
function gatewayOutcome(reply: GatewayReply): AgentOutcome | null {
  const own = gatewayErrorOf(reply);
  if (own === null) return null;
  const text = [own.name, own.message, own.hint].filter((part) => part !== '').join(': ');
  return { state: isGatewayRefusal(own.code) ? 'failed' : 'unknown', code: String(own.code), text };
}

/**
 * A 3xx or 4xx went no further than who sent it; with 408, another 2xx or a 5xx the message may have been
 * taken.
 */
function outcomeOfStatus({ reply, message }: HttpStatusError): AgentOutcome {
  const own = gatewayOutcome(reply);
  const isRefused = reply.status >= 300 && reply.status < 500 && reply.status !== 408;
  const shown = own ?? { state: 'unknown', code: String(reply.status), text: message };
  return isRefused ? { ...shown, state: 'failed' } : shown;
}
