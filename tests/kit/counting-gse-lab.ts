/** A lab server over simulated agents that remember how often each was reached, and what rows of a job may say then. */
import { GseServer, SERVER_FAULTS_NONE } from '../../electron/lab/gse/gse-server.ts';
import type { AgentDirectory, Delivered, Downlink } from '../../electron/lab/gse/agent-directory.ts';
import {
  simulatedFate,
  SimulatedAgents,
  SIMULATED_DEFAULT,
} from '../../electron/lab/gse/simulated-agents.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';
import type { Outcome } from '../../shared/contract/dispatch-jobs.ts';

/** So that a kill finds requests under way. */
const LATENCY_MS = 5;

/** Its slot is 1001 with the token `t`. */
export class CountingGseLab implements AgentDirectory {
  readonly agents: SimulatedAgents;
  readonly reached = new Map<string, number>();
  #server: GseServer | null = null;

  constructor(targets: number) {
    this.agents = new SimulatedAgents(targets, SIMULATED_DEFAULT, () => undefined);
  }

  get server(): GseServer {
    if (this.#server === null) throw new Error('the lab is not open');
    return this.#server;
  }

  /** Once more after its server was closed; 0 = any free port. */
  async open(port = 0): Promise<void> {
    this.#server = await GseServer.open({
      port,
      clock: SYSTEM_CLOCK,
      directories: [this],
      authorization: null,
    });
    this.#server.setSlot({ slotId: 1001n, token: 't', pluginName: 'p', callbackUrl: null });
    this.#server.setFaults({ ...SERVER_FAULTS_NONE, latencyMs: LATENCY_MS });
  }

  deliver(agentId: string, downlink: Downlink): Delivered | undefined {
    this.reached.set(agentId, (this.reached.get(agentId) ?? 0) + 1);
    return this.agents.deliver(agentId, downlink);
  }

  find(agentId: string): ReturnType<SimulatedAgents['find']> {
    return this.agents.find(agentId);
  }

  async close(): Promise<void> {
    this.agents.close();
    await this.#server?.close();
  }

  /** Rows that say something else than what the agents saw, in words; rows are in the order of the agents. */
  wrongRows(rows: readonly { readonly agentId: string; readonly outcome: Outcome }[]): string[] {
    return rows.flatMap(({ agentId, outcome }, row) => {
      const count = this.reached.get(agentId) ?? 0;
      const fails = simulatedFate(row, SIMULATED_DEFAULT) === 'fails';
      const isTrue =
        (outcome === 'ok' && count === 1 && !fails) ||
        (outcome === 'failed' && count === 1 && fails) ||
        (outcome === 'not_sent' && count === 0) ||
        (outcome === 'unknown' && count <= 1);
      return isTrue ? [] : [`${row} is ${outcome}, reached ${count} times, fails ${fails}`];
    });
  }
}
