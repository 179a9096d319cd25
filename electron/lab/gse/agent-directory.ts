/** What the lab's GSE server asks of whoever has agents. */
import type { AgentInfo } from '../../protocols/gse/agent-info.ts';

/** Codes of the lab are its own: real ones are not published (docs/protocols/gse.md section 10). */
export const LAB_CODES = {
  ok: 0,
  slotUnknown: 1,
  tokenWrong: 2,
  agentUnknown: 101,
  pluginNotConnected: 102,
  injected: 103,
} as const;

/** Null when the agent took the message; else the entry of `data.results`. */
export type Delivered = { readonly code: number; readonly message: string } | null;

export interface Downlink {
  readonly pluginName: string;
  readonly messageId: string;
  readonly content: string;
}

export interface AgentDirectory {
  /** `undefined` when the agent is not one of these. Must not throw. */
  deliver(agentId: string, downlink: Downlink): Delivered | undefined;
  /** Null when the agent is not one of these. */
  find(agentId: string): AgentInfo | null;
}

/** An uplink on its way to the callback URL of the slot its plugin belongs to. */
export interface Uplink {
  readonly pluginName: string;
  readonly agentId: string;
  readonly messageId: string;
  readonly content: Uint8Array;
}
