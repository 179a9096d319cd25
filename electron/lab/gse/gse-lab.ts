/**
 * The whole lab: a GSE server, agents with real sockets and plugins on them, and tens of thousands of agents
 * without (docs/protocols/gse.md section 10). Everything in it is simulated and says so.
 */
import { join } from 'node:path';
import type { Clock } from '../../../shared/clock.ts';
import { FakeAgent } from './fake-agent.ts';
import { GseServer, type LabSlot } from './gse-server.ts';
import { LabPlugin, type PluginManner } from './lab-plugin.ts';
import { SimulatedAgents, SIMULATED_DEFAULT, type SimulatedBehaviour } from './simulated-agents.ts';
import { Uplinks } from './uplinks.ts';

export interface GseLabOptions {
  /** For the sockets; made with mode 0700 when it is not there. */
  readonly folder: string;
  /** Of the HTTP server; 0 = any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly slot: LabSlot;
  /** Default: two that answer and one that is silent. */
  readonly plugins?: readonly PluginManner[];
  readonly simulatedCount: number;
  readonly behaviour?: SimulatedBehaviour;
  /** See GseServerOptions. */
  readonly authorization?: string | null;
}

const PLUGINS_DEFAULT: readonly PluginManner[] = ['echo', 'echo', 'silent'];
const LAUNCH_TIMEOUT_MS = 10_000;
const REPLY_AFTER_MS = 50;

export class GseLab {
  readonly server: GseServer;
  readonly agents: readonly FakeAgent[];
  readonly plugins: readonly LabPlugin[];
  readonly simulated: SimulatedAgents;
  readonly uplinks: Uplinks;

  private constructor(parts: Pick<GseLab, 'server' | 'agents' | 'plugins' | 'simulated' | 'uplinks'>) {
    this.server = parts.server;
    this.agents = parts.agents;
    this.plugins = parts.plugins;
    this.simulated = parts.simulated;
    this.uplinks = parts.uplinks;
  }

  /**
   * Resolves when every plugin is registered with its agent. Rejects with OperatingError; then nothing is
   * left behind.
   */
  static async start(options: GseLabOptions): Promise<GseLab> {
    const { slot, clock, simulatedCount, behaviour = SIMULATED_DEFAULT } = options;
    const manners = options.plugins ?? PLUGINS_DEFAULT;
    // The server is made after those who need its slots: they ask only once they have something to send.
    let server: GseServer | null = null;
    const uplinks = new Uplinks((pluginName) => server?.callbackUrlOf(pluginName) ?? null);
    const simulated = new SimulatedAgents(simulatedCount, behaviour, (found) => uplinks.send(found));
    const agents = manners.map((_, index) => labAgent(options.folder, index, uplinks));
    const directories = [...agents, simulated];
    const authorization = options.authorization ?? null;
    server = await GseServer.open({ port: options.port, clock, directories, authorization });
    server.setSlot(slot);
    const plugins = agents.map((agent, index) => labPlugin(agent, manners[index] ?? 'echo', index, options));
    const lab = new GseLab({ server, agents, plugins, simulated, uplinks });
    try {
      await Promise.all(agents.map((agent) => agent.open()));
      await Promise.all(plugins.map((plugin) => plugin.launch(LAUNCH_TIMEOUT_MS)));
      await lab.#registered(slot.pluginName);
    } catch (error) {
      await lab.close();
      throw error;
    }
    return lab;
  }

  /** Of the agents with sockets, in order. */
  get agentIds(): string[] {
    return this.agents.map(({ agentId }) => agentId);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.plugins.map((plugin) => plugin.close()));
    await Promise.all(this.agents.map((agent) => agent.close()));
    this.simulated.close();
    await this.server.close();
    await this.uplinks.close();
  }

  async #registered(pluginName: string): Promise<void> {
    for (let waits = 0; waits < LAUNCH_TIMEOUT_MS / 5; waits += 1) {
      if (this.agents.every((agent) => agent.isConnected(pluginName))) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Both id forms, so that an operator meets them. */
function labAgent(folder: string, index: number, uplinks: Uplinks): FakeAgent {
  const ip = `10.0.0.${index + 1}`;
  const agentId = index === 0 ? `0:${ip}` : `0200000000ffee0000000${index}1700000000001n`;
  return new FakeAgent({
    info: { agentId, version: 'v2.1.6-lab', cloudId: 0n, runMode: 1n, statusCode: 2n, status: 'running' },
    ip,
    messageAddress: { path: messagePath(folder, index) },
    reportAddress: { path: join(folder, `agent-${index + 1}.report`) },
    onUplink: (uplink) => uplinks.send([uplink]),
  });
}

function messagePath(folder: string, index: number): string {
  return join(folder, `agent-${index + 1}.message`);
}

function labPlugin(agent: FakeAgent, manner: PluginManner, index: number, options: GseLabOptions): LabPlugin {
  const { clock, slot, folder } = options;
  const address = agent.messageAddress ?? { path: messagePath(folder, index) };
  return new LabPlugin({ address, pluginName: slot.pluginName, manner, replyAfterMs: REPLY_AFTER_MS, clock });
}
