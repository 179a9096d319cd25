// A real message or report client connected to a raw agent, and ways to know that it has handled what was
// sent.
import type { AgentInfo } from '../../../electron/protocols/gse/agent-info.ts';
import type { ConnectionEvent } from '../../../electron/protocols/gse/agent-connection.ts';
import { MessageClient } from '../../../electron/protocols/gse/message-client.ts';
import { ReportClient } from '../../../electron/protocols/gse/report-client.ts';
import { encodeReportAnswer } from '../../../electron/protocols/gse/report-frames.ts';
import type { SessionRules } from '../../../electron/protocols/gse/session.ts';
import { encodeFrame, FRAME_TYPES } from '../../../electron/protocols/gse/frames.ts';
import { SYSTEM_CLOCK as clock } from '../../../electron/net/system-clock.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { RawAgent, until } from '../../kit/raw-agent.ts';

const WAIT_MS = 30_000;

export interface Callback {
  readonly messageId: string;
  readonly content: Buffer;
}

/** What both kinds of client have in common for a test. */
export interface PeerUnderTest {
  readonly client: { agentInfo(): unknown };
  readonly agent: RawAgent;
  readonly callbacks: readonly Callback[];
  readonly events: readonly ConnectionEvent[];
  /** Sends a frame on the connection of this number that is seen when it is handled. */
  mark(connection: number): Promise<void>;
  /** True once a mark was handled. */
  isMarked(): boolean;
  close(): Promise<void>;
}

export interface MessagePeer extends PeerUnderTest {
  readonly client: MessageClient;
}

const MARK_ID = '~';
/** No vector uses it. */
const MARK_FRAME_TYPE = 0x7f3a;
const SDK_EXACT: Partial<SessionRules> = { sdkExact: true };

export async function messagePeer(
  options: { frameBytesMax?: number; rules?: Partial<SessionRules> } = {},
): Promise<MessagePeer> {
  const agent = await RawAgent.start();
  const callbacks: Callback[] = [];
  const events: ConnectionEvent[] = [];
  let isMarked = false;
  const client = new MessageClient({
    address: { path: agent.path },
    pluginName: 'sdk_test',
    pluginVersion: 'v1.0.0',
    clock,
    rules: options.rules ?? SDK_EXACT,
    ...(options.frameBytesMax === undefined ? undefined : { frameBytesMax: options.frameBytesMax }),
    onMessage: ({ messageId, content }) => {
      if (messageId === MARK_ID) isMarked = true;
      else callbacks.push({ messageId, content });
    },
    onEvent: (event) => void events.push(event),
  });
  await launchOrClose(client, agent);
  const frame = markFrame(options.frameBytesMax ?? LIMITS.gseFrameBytesMax);
  return {
    agent,
    client,
    callbacks,
    events,
    mark: async (number) => (await agent.connection(number)).write(frame),
    isMarked: () => isMarked || events.some((event) => isMark(event, MARK_FRAME_TYPE)),
    close: () => closeBoth(client, agent),
  };
}

/** A message, or where the limit has no room for one a bare header of an unknown type, which is reported. */
function markFrame(frameBytesMax: number): Buffer {
  const info = Buffer.from(`{"message_id":"${MARK_ID}"}`);
  const message = { type: FRAME_TYPES.dispatch, sequence: 1n, info, content: Buffer.alloc(0) };
  const frame = encodeFrame(message);
  if (frame.length <= frameBytesMax) return frame;
  return encodeFrame({ type: MARK_FRAME_TYPE, sequence: 1n, info: Buffer.alloc(0) });
}

function isMark(event: ConnectionEvent, type: number): boolean {
  return event.kind === 'protocol' && event.error.message.includes(`0x${type.toString(16)}`);
}

export interface ReportPeer extends PeerUnderTest {
  readonly client: ReportClient;
}

const MARK_TYPE = 0x7fff_0001;

/** The mark is an answer of an unknown type: it is reported and changes nothing. */
export async function reportPeer(rules: Partial<SessionRules> = SDK_EXACT): Promise<ReportPeer> {
  const agent = await RawAgent.start();
  const events: ConnectionEvent[] = [];
  const client = new ReportClient({
    address: { path: agent.path },
    clock,
    rules,
    onEvent: (event) => void events.push(event),
  });
  await launchOrClose(client, agent);
  return {
    agent,
    client,
    callbacks: [],
    events,
    mark: async (number) =>
      (await agent.connection(number)).write(encodeReportAnswer(MARK_TYPE, Buffer.alloc(0))),
    isMarked: () => events.some((event) => isMark(event, MARK_TYPE)),
    close: () => closeBoth(client, agent),
  };
}

async function launchOrClose(client: MessageClient | ReportClient, agent: RawAgent): Promise<void> {
  try {
    await client.launch({ timeoutMs: WAIT_MS });
    await agent.connection(1);
  } catch (error) {
    await agent.close();
    throw error;
  }
}

async function closeBoth(client: MessageClient | ReportClient, agent: RawAgent): Promise<void> {
  if (client.state !== 'idle') await client.terminate();
  await agent.close();
}

export function untilMarked(peer: PeerUnderTest): Promise<void> {
  return until(() => peer.isMarked(), WAIT_MS, 'the mark');
}

export function plainInfo(info: AgentInfo): Record<string, unknown> {
  return {
    agent_id: info.agentId,
    version: info.version,
    cloud_id: info.cloudId,
    run_mode: info.runMode,
    status_code: info.statusCode,
    status: info.status,
    is_proxy: info.runMode === 0n,
    is_running: info.statusCode === 2n,
  };
}
