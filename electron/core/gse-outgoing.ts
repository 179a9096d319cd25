/** What one request of a job carries: one content for all, or one for each agent (docs/protocols/gse.md section 2.6). */
import type { DispatchClient, Dispatched } from '../protocols/gse/dispatch-client.ts';
import type { AgentMessage } from '../protocols/gse/dispatch-messages.ts';

export interface Outgoing {
  readonly messageId: string;
  readonly agentIds: readonly string[];
  /** Bytes for all agents, or in the order of `agentIds` what each gets. */
  readonly content: Uint8Array | readonly AgentMessage[];
}

/**
 * Front and back stay empty: nothing public proves how a server joins them. Fails as DispatchClient.dispatch does, and with
 * InvalidConfigError for contents per agent unless the client is `experimental`.
 */
export function sendOutgoing(client: DispatchClient, outgoing: Outgoing): Promise<Dispatched> {
  const { messageId, agentIds, content } = outgoing;
  return content instanceof Uint8Array
    ? client.dispatch(messageId, content, agentIds)
    : client.dispatchMulti(messageId, content, { front: '', back: '' });
}
