/** What an agent says of itself: docs/protocols/gse.md sections 5.5 and 5.8. Pure. */
import { readGoJson } from './json-reader.ts';
import { jsonString } from './json-writer.ts';

/** As of the last keepalive response; members it lacked are empty or 0. */
export interface AgentInfo {
  readonly agentId: string;
  /** Such as `v2.1.6-beta.55`. */
  readonly version: string;
  readonly cloudId: bigint;
  readonly runMode: bigint;
  readonly statusCode: bigint;
  readonly status: string;
}

const RESPONSE = {
  agent_id: 'string',
  version: 'string',
  cloud_id: 'integer',
  run_mode: 'integer',
  status_code: 'integer',
  status: 'string',
} as const;

/** Body of a keepalive response. `null` gives zero values. Fails with GseJsonError. */
export function decodeKeepaliveResponse(body: Uint8Array): AgentInfo {
  const found = readGoJson(body, RESPONSE);
  return {
    agentId: found?.agent_id ?? '',
    version: found?.version ?? '',
    cloudId: found?.cloud_id ?? 0n,
    runMode: found?.run_mode ?? 0n,
    statusCode: found?.status_code ?? 0n,
    status: found?.status ?? '',
  };
}

export function encodeKeepaliveResponse(info: AgentInfo): Buffer {
  return Buffer.from(
    `{"agent_id":${jsonString(info.agentId)},"version":${jsonString(info.version)},"cloud_id":${info.cloudId},` +
      `"run_mode":${info.runMode},"status_code":${info.statusCode},"status":${jsonString(info.status)}}`,
  );
}

/** 0 is a proxy, anything else is not. */
export function isProxy(info: AgentInfo): boolean {
  return info.runMode === 0n;
}

export function isRunning(info: AgentInfo): boolean {
  return info.statusCode === 2n;
}
