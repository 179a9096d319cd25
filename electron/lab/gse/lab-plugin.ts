/**
 * A plugin of the lab: a real client on the socket of a lab agent, which answers messages as it is told to.
 */
import type { Clock } from '../../../shared/clock.ts';
import { OperatingError } from '../../../shared/failure.ts';
import type { AgentAddress } from '../../protocols/gse/agent-connection.ts';
import { MessageClient } from '../../protocols/gse/message-client.ts';
import type { DownlinkMessage } from '../../protocols/gse/socket-messages.ts';

/**
 * `echo` sends the content back under the same id, as real plugins do · `silent` takes it and says nothing.
 */
export type PluginManner = 'echo' | 'silent';

export interface LabPluginOptions {
  readonly address: AgentAddress;
  readonly pluginName: string;
  readonly manner: PluginManner;
  /** Before each answer. */
  readonly replyAfterMs: number;
  readonly clock: Clock;
}

export class LabPlugin {
  readonly #client: MessageClient;
  readonly #options: LabPluginOptions;
  #received = 0;

  constructor(options: LabPluginOptions) {
    this.#options = options;
    const { address, pluginName, clock } = options;
    this.#client = new MessageClient({
      address,
      pluginName,
      pluginVersion: 'v0-lab',
      clock,
      onMessage: (message) => this.#answer(message),
    });
  }

  get manner(): PluginManner {
    return this.#options.manner;
  }

  /** Messages taken so far. */
  get received(): number {
    return this.#received;
  }

  /** Resolves when it is connected; connects again by itself. */
  launch(timeoutMs: number): Promise<void> {
    return this.#client.launch({ timeoutMs });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#client.state !== 'idle') await this.#client.terminate();
  }

  async #answer({ messageId, content }: DownlinkMessage): Promise<void> {
    this.#received += 1;
    const { manner, replyAfterMs } = this.#options;
    if (manner === 'silent') return;
    if (replyAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, replyAfterMs));
    try {
      await this.#client.sendMessage(messageId, content);
    } catch (error) {
      // Expected: the agent is gone, as the original's plugins have it: nothing is repeated.
      if (!(error instanceof OperatingError)) throw error;
    }
  }
}
