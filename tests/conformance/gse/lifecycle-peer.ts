// What the life cycle scenarios share.
import type { ConnectionEvent } from '../../../electron/protocols/gse/agent-connection.ts';
import { FrameReader, type Frame } from '../../../electron/protocols/gse/frames.ts';
import { MessageClient } from '../../../electron/protocols/gse/message-client.ts';
import type { SessionRules } from '../../../electron/protocols/gse/session.ts';
import type { DownlinkMessage } from '../../../electron/protocols/gse/socket-messages.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { RawAgent, type RawAgentConnection } from '../../kit/raw-agent.ts';
import { SYSTEM_CLOCK as clock } from '../../../electron/net/system-clock.ts';

export const SDK_EXACT: Partial<SessionRules> = { sdkExact: true };
export const WAIT_MS = 60_000;
/** What the specification calls 100 ms, on a machine that does many things at once. */
export const SETTLES_MS = 1_500;

export interface Peer {
  readonly agent: RawAgent;
  readonly client: MessageClient;
  readonly events: readonly ConnectionEvent[];
}

export interface PeerOptions {
  readonly rules?: Partial<SessionRules>;
  readonly onMessage?: (message: DownlinkMessage) => void | Promise<void>;
  /** Default: the agent listens already. */
  readonly listening?: boolean;
  readonly path?: string;
}

/** Runs `use` with a client that is not launched; closes everything whatever happens. */
export async function withPeer(options: PeerOptions, use: (peer: Peer) => Promise<void>): Promise<void> {
  const agent = await RawAgent.notYetListening();
  const events: ConnectionEvent[] = [];
  const client = new MessageClient({
    address: { path: options.path ?? agent.path },
    pluginName: 'sdk_test',
    pluginVersion: 'v1.0.0',
    clock,
    rules: options.rules ?? {},
    onMessage: options.onMessage ?? (() => undefined),
    onEvent: (event) => void events.push(event),
  });
  try {
    if (options.listening !== false) await agent.listen();
    await use({ agent, client, events });
  } finally {
    if (client.state !== 'idle') await client.terminate();
    await agent.close();
  }
}

/** The error's text, or null when there was none. Errors that are bugs are thrown on. */
export async function textOfError(work: () => unknown): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return error.message;
  }
}

export function framesOf(connection: RawAgentConnection): readonly Frame[] {
  return new FrameReader(LIMITS.gseLabFrameBytesMax).push(connection.received).frames;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
