/** What the GSE servers said of agents lately, by profile; asked for by the operator, never by itself. */
import type { Clock } from '../../../shared/clock.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { AGENT_RUNNING, type AgentState } from '../../../shared/contract/dispatch-agents.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { AgentQueries, type AgentStateEntry } from '../../protocols/gse/agent-queries.ts';
import type { GatewayOptions } from '../../protocols/gse/gateway-http.ts';
import type { TargetSets } from './target-sets.ts';

const QUERIES_AT_ONCE = 4;

export class AgentStates {
  readonly #clock: Clock;
  readonly #gatewayOf: (profileId: string) => GatewayOptions;
  /** By profile and agent; asked last stands last. */
  readonly #known = new Map<string, AgentState>();

  constructor(clock: Clock, gatewayOf: (profileId: string) => GatewayOptions) {
    this.#clock = clock;
    this.#gatewayOf = gatewayOf;
  }

  /** Null when nobody asked for it yet. */
  known(profileId: string, agentId: string): AgentState | null {
    return this.#known.get(keyOf(profileId, agentId)) ?? null;
  }

  /** Fails with E_NOT_FOUND, E_DEADLINE, and as AgentQueries.listAgentState does; then nothing is kept. */
  async check(
    profileId: string,
    setId: string,
    sets: TargetSets,
  ): Promise<CallOutput<'dispatch.agents.check'>> {
    const ids = sets.ids(setId);
    const found = await this.#query(profileId, ids);
    const atMs = this.#clock.wallMs();
    const states = ids.map((agentId) => ({ agentId, ...stateOf(found.get(agentId)) }));
    for (const { agentId, statusCode, version } of states)
      this.#keep(keyOf(profileId, agentId), { statusCode, version, atMs });
    const others = states.filter(({ statusCode }) => statusCode !== AGENT_RUNNING);
    const unknown = others.filter(({ statusCode }) => statusCode === '').length;
    return {
      total: ids.length,
      running: ids.length - others.length,
      otherState: others.length - unknown,
      unknown,
      atMs,
      shown: others.slice(0, LIMITS.gseTargetsShownMax),
      notRunning: others.length === 0 ? null : sets.add(others.map(({ agentId }) => agentId)),
    };
  }

  /** Everything list_agent_info tells of one agent. Fails as AgentQueries.listAgentInfo does. */
  async details(profileId: string, agentId: string): Promise<CallOutput<'dispatch.agent.info'>> {
    const queries = new AgentQueries(this.#gatewayOf(profileId));
    try {
      const info = (await queries.listAgentInfo([agentId])).get(agentId);
      const atMs = this.#clock.wallMs();
      const { statusCode, version } = stateOf(info);
      this.#keep(keyOf(profileId, agentId), { statusCode, version, atMs });
      const members = Object.entries(info ?? {}).map(([name, value]) => ({ name, value: String(value) }));
      return { atMs, members };
    } finally {
      await queries.close();
    }
  }

  async #query(profileId: string, ids: readonly string[]): Promise<Map<string, AgentStateEntry>> {
    const queries = new AgentQueries(this.#gatewayOf(profileId));
    const found = new Map<string, AgentStateEntry>();
    const deadline = AbortSignal.timeout(LIMITS.gseAgentCheckMs);
    let start = 0;
    const work = async (): Promise<void> => {
      while (start < ids.length) {
        const part = ids.slice(start, start + LIMITS.gseAgentsPerQueryMax);
        start += part.length;
        for (const [id, entry] of await queries.listAgentState(part, deadline)) found.set(id, entry);
      }
    };
    try {
      await Promise.all(Array.from({ length: QUERIES_AT_ONCE }, work));
    } catch (error) {
      if (!(error instanceof OperatingError) || !deadline.aborted) throw error;
      throw new OperatingError('E_DEADLINE', `the states of ${ids.length} agents did not come in time`, {
        fix: 'Ask for fewer: draw a canary first.',
        cause: error,
      });
    } finally {
      await queries.close();
    }
    return found;
  }

  #keep(key: string, state: AgentState): void {
    this.#known.delete(key);
    this.#known.set(key, state);
    const oldest = this.#known.keys().next();
    if (this.#known.size > LIMITS.gseAgentStatesMax && oldest.done !== true) this.#known.delete(oldest.value);
  }
}

function stateOf(entry: AgentStateEntry | undefined): Pick<AgentState, 'statusCode' | 'version'> {
  const { status_code: code, version = '' }: { status_code?: bigint; version?: string } = entry ?? {};
  return { statusCode: code === undefined ? '' : String(code), version };
}

function keyOf(profileId: string, agentId: string): string {
  return `${profileId}/${agentId}`;
}
