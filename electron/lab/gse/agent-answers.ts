/** list_agent_state and list_agent_info of the lab's server: docs/protocols/gse.md section 11.3. */
import type { AgentInfo } from '../../protocols/gse/agent-info.ts';
import { NO_AGENT_FOUND_CODE } from '../../protocols/gse/agent-queries.ts';
import { readGoJson } from '../../protocols/gse/json-reader.ts';
import { jsonString } from '../../protocols/gse/json-writer.ts';
import type { AgentDirectory } from './agent-directory.ts';

/**
 * Fails with GseJsonError when the body is none. Agents nobody knows are left out; if none is known the call
 * fails as a whole.
 */
export function answerAgentQuery(
  name: 'list_agent_state' | 'list_agent_info',
  body: Uint8Array,
  directories: readonly AgentDirectory[],
): Buffer {
  const ids = readGoJson(body, { agent_id_list: 'strings' } as const)?.agent_id_list ?? [];
  const found = ids.flatMap((id) => infoOf(id, directories) ?? []);
  if (found.length === 0 && ids.length > 0)
    return Buffer.from(`{"code":${NO_AGENT_FOUND_CODE},"message":"no agent found","data":null}`);
  const entries = found.map((info) => entryOf(info, name === 'list_agent_info'));
  return Buffer.from(`{"code":0,"message":"OK","data":[${entries.join(',')}]}`);
}

function infoOf(agentId: string, directories: readonly AgentDirectory[]): AgentInfo | null {
  for (const directory of directories) {
    const info = directory.find(agentId);
    if (info !== null) return info;
  }
  return null;
}

function entryOf(info: AgentInfo, isLong: boolean): string {
  const { agentId, cloudId, version, runMode, statusCode, status } = info;
  const short =
    `"bk_agent_id":${jsonString(agentId)},"bk_cloud_id":${cloudId},"version":${jsonString(version)},` +
    `"run_mode":${runMode},"status_code":${statusCode}`;
  if (!isLong) return `{${short}}`;
  return `{${short},"bk_host_ip":"127.0.0.1","bk_os_type":"linux","status":${jsonString(status)},"remark":"simulated by the lab"}`;
}
