/** What the gateway tells of agents, beyond the SDK: docs/protocols/gse.md section 11.3. */
import { LIMITS } from '../../../shared/limits.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { InvalidResponseError } from './dispatch-client.ts';
import { GseJsonError } from './errors.ts';
import { GatewayHttp, type GatewayOptions } from './gateway-http.ts';
import { jsonStrings } from './json-writer.ts';
import { readGoJson, type GoObject } from './json-reader.ts';

export const AGENT_STATE_PATH = 'api/v2/cluster/list_agent_state';
export const AGENT_INFO_PATH = 'api/v2/cluster/list_agent_info';
/** The whole call fails with it when none of the ids is known. */
export const NO_AGENT_FOUND_CODE = 1_011_003n;

/** Members the server leaves out are absent; a name never stands for two things. */
const STATE = {
  bk_agent_id: 'string',
  bk_cloud_id: 'integer',
  version: 'string',
  run_mode: 'integer',
  status_code: 'integer',
  report_time: 'integer',
} as const;
const INFO = {
  ...STATE,
  bk_host_ip: 'string',
  bk_os_type: 'string',
  bk_cpu_architecture: 'string',
  parent_ip: 'string',
  parent_port: 'integer',
  cpu_num: 'integer',
  mem_size: 'integer',
  start_time: 'integer',
  last_work_time: 'integer',
  status: 'string',
  last_status_code: 'integer',
  last_status: 'string',
  remark: 'string',
} as const;

/** Wire names, see section 11.3; `report_time` in milliseconds. */
export type AgentStateEntry = GoObject<typeof STATE>;
export type AgentInfoEntry = GoObject<typeof INFO>;

/** The server's verdict on a query that it answered with another code than 0. */
export class QueryRefusedError extends OperatingError {
  readonly serverCode: bigint;
  constructor(serverCode: bigint, message: string) {
    super('E_PEER_REFUSED', `the server answered code ${serverCode}: ${message}`);
    this.name = 'QueryRefusedError';
    this.serverCode = serverCode;
  }
}

export class AgentQueries {
  readonly #http: GatewayHttp;

  constructor(options: GatewayOptions) {
    this.#http = new GatewayHttp(options);
  }

  /**
   * By agent id; ids the server does not know are absent. Asks for LIMITS.gseAgentsPerQueryMax ids at a time.
   * Fails as GatewayHttp.post does, with InvalidResponseError, or with QueryRefusedError.
   */
  listAgentState(
    agentIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, AgentStateEntry>> {
    return this.#list(AGENT_STATE_PATH, agentIds, STATE, signal);
  }

  /** As listAgentState, with what is known of each host. */
  listAgentInfo(
    agentIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, AgentInfoEntry>> {
    return this.#list(AGENT_INFO_PATH, agentIds, INFO, signal);
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#http.close();
  }

  async #list<M extends typeof STATE>(
    path: string,
    agentIds: readonly string[],
    members: M,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, GoObject<M>>> {
    const found = new Map<string, GoObject<M>>();
    for (let start = 0; start < agentIds.length; start += LIMITS.gseAgentsPerQueryMax) {
      const ids = agentIds.slice(start, start + LIMITS.gseAgentsPerQueryMax);
      const body = Buffer.from(`{"agent_id_list":${jsonStrings(ids)}}`);
      const { body: answer, reply } = await this.#http.post(path, body, signal);
      try {
        for (const [id, entry] of readEntries(answer, members)) found.set(id, entry);
      } catch (error) {
        if (!(error instanceof GseJsonError)) throw error;
        throw new InvalidResponseError(reply, error);
      }
    }
    return found;
  }
}

function readEntries<M extends typeof STATE>(answer: Buffer, members: M): [string, GoObject<M>][] {
  // The code alone first: an error's `data` may be of any shape.
  const verdict = readGoJson(answer, { code: 'integer', message: 'string' } as const);
  if (verdict?.code === undefined) throw new GseJsonError('no code');
  if (verdict.code === NO_AGENT_FOUND_CODE) return [];
  if (verdict.code !== 0n) throw new QueryRefusedError(verdict.code, verdict.message ?? '');
  const envelope = { data: { listOf: members } };
  const list = readGoJson(answer, envelope)?.data ?? [];
  const entries: [string, GoObject<M>][] = [];
  for (const entry of list) {
    if (entry === null) throw new GseJsonError('an entry of data is null');
    const { bk_agent_id: id }: { bk_agent_id?: string } = entry;
    entries.push([id ?? '', entry]);
  }
  return entries;
}
