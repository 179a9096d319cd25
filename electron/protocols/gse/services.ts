/**
 * The three services of the original SDK, for authors of plugins and servers: server API, agent messages,
 * agent reports (docs/protocols/gse.md sections 1, 2.7 and 7). Time and chance come from this process;
 * everything else is in the other files.
 */
import { SYSTEM_CLOCK as clock } from '../../net/system-clock.ts';
import type { AgentAddress, ConnectionEvent, LaunchOptions } from './agent-connection.ts';
import { DispatchClient, type Dispatched, type DispatchClientOptions } from './dispatch-client.ts';
import {
  decodeDispatchResponse,
  decodeUplink,
  type DispatchResponse,
  type UplinkMessage,
} from './dispatch-messages.ts';
import { MessageClient, type DatedAgentInfo } from './message-client.ts';
import { ReportClient } from './report-client.ts';
import type { ReportAgentInfo, ReportTimeUnit } from './report-frames.ts';
import type { SessionRules } from './session.ts';
import type { DownlinkMessage } from './socket-messages.ts';

/** Downlinks over HTTP. Only the codec is used when `baseUrl` is ''. */
export interface ServerApi {
  /** See DispatchClient.dispatch. */
  dispatchMessage(
    messageId: string,
    content: Uint8Array,
    agentIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<Dispatched>;
  encodeDispatchRequest(messageId: string, content: Uint8Array, agentIds: readonly string[]): Buffer;
  decodeDispatchResponse(body: Uint8Array): DispatchResponse;
  /** The body of an uplink callback. */
  decodeRespondMessage(body: Uint8Array): UplinkMessage;
  /** Idempotent. */
  close(): Promise<void>;
}

export function createServerApi(options: DispatchClientOptions): ServerApi {
  const client = new DispatchClient(options);
  const { sdkExact = false } = options;
  return {
    dispatchMessage: (messageId, content, agentIds, signal) =>
      client.dispatch(messageId, content, agentIds.length === 0 ? null : agentIds, signal),
    encodeDispatchRequest: (messageId, content, agentIds) => client.encode(messageId, content, agentIds),
    decodeDispatchResponse: (body) => decodeDispatchResponse(body, sdkExact),
    decodeRespondMessage: (body) => decodeUplink(body),
    close: () => client.close(),
  };
}

/** A plugin on the message socket of its agent. */
export interface AgentMessage {
  launch(options?: LaunchOptions): Promise<void>;
  terminate(): Promise<void>;
  sendMessage(messageId: string, content: Uint8Array): Promise<void>;
  getAgentInfo(): DatedAgentInfo;
}

export interface AgentMessageOptions {
  readonly address: AgentAddress;
  readonly pluginName: string;
  readonly pluginVersion: string;
  readonly onMessage: (message: DownlinkMessage) => void | Promise<void>;
  readonly onEvent?: (event: ConnectionEvent) => void;
  readonly frameBytesMax?: number;
  readonly rules?: Partial<SessionRules>;
}

/** Fails as the constructor of MessageClient does. */
export function createAgentMessage(options: AgentMessageOptions): AgentMessage {
  const client = new MessageClient({ ...options, clock });
  return {
    launch: (launchOptions) => client.launch(launchOptions),
    terminate: () => client.terminate(),
    sendMessage: (messageId, content) => client.sendMessage(messageId, content),
    getAgentInfo: () => client.agentInfo(),
  };
}

/** A program on the data socket of its agent. */
export interface AgentReport {
  launch(options?: LaunchOptions): Promise<void>;
  terminate(): Promise<void>;
  reportData(dataId: number, content: Uint8Array): Promise<void>;
  getAgentInfo(): ReportAgentInfo;
}

export interface AgentReportOptions {
  readonly address: AgentAddress;
  readonly onEvent?: (event: ConnectionEvent) => void;
  readonly timeUnit?: ReportTimeUnit;
  readonly rules?: Partial<SessionRules>;
}

/** Fails as the constructor of ReportClient does. */
export function createAgentReport(options: AgentReportOptions): AgentReport {
  const client = new ReportClient({ ...options, clock });
  return {
    launch: (launchOptions) => client.launch(launchOptions),
    terminate: () => client.terminate(),
    reportData: (dataId, content) => client.reportData(dataId, content),
    getAgentInfo: () => client.agentInfo(),
  };
}
