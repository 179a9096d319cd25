/**
 * `signalbox gse lab`: an agent and a GSE server for programs made with the original SDK, or with ours, until
 * the signal (docs/protocols/gse.md section 10). Everything in it is simulated and says so.
 */
import { randomBytes } from 'node:crypto';
import { OperatingError } from '../../../shared/failure.ts';
import type { Uplink } from '../../lab/gse/agent-directory.ts';
import { FakeAgent, type AgentEvent } from '../../lab/gse/fake-agent.ts';
import { GseServer } from '../../lab/gse/gse-server.ts';
import { SIMULATED_DEFAULT, SimulatedAgents } from '../../lab/gse/simulated-agents.ts';
import { Uplinks } from '../../lab/gse/uplinks.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface GseLabCommandOptions {
  /** Where plugins connect. */
  readonly messagePath: string;
  /** Where programs hand over data; null = nowhere. */
  readonly reportPath: string | null;
  readonly agentId: string;
  /** Of the HTTP server; 0 = any free one. */
  readonly port: number;
  readonly slotId: bigint;
  /** '' = a random one, which is told. */
  readonly token: string;
  readonly pluginName: string;
  /** Where uplinks of the plugin go; null = they are only printed. */
  readonly callbackUrl: string | null;
  /** '' = the server does not look at `X-Bkapi-Authorization`. */
  readonly appCode: string;
  readonly appSecret: string;
  /** Agents without a socket that the server knows too. */
  readonly simulatedCount: number;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** A line for whatever happens at the agent; ends with 0 at the signal. */
export async function gseLab(options: GseLabCommandOptions): Promise<ExitCode> {
  const { output, signal, callbackUrl, appCode, appSecret } = options;
  if (callbackUrl !== null && !(URL.canParse(callbackUrl) && callbackUrl.startsWith('http://'))) {
    const fix = 'Write it like http://127.0.0.1:8080/gse/callback.';
    return output.failure({ code: 'E_INPUT', message: `${callbackUrl} is no callback URL`, fix });
  }
  const token = options.token === '' ? randomBytes(16).toString('hex') : options.token;
  const uplinks = new Uplinks(() => callbackUrl);
  const agent = labAgent(options, uplinks);
  const simulated = new SimulatedAgents(options.simulatedCount, SIMULATED_DEFAULT, (found) =>
    uplinks.send(found),
  );
  let server: GseServer | null = null;
  try {
    server = await GseServer.open({
      port: options.port,
      clock: SYSTEM_CLOCK,
      directories: [agent, simulated],
      authorization: appCode === '' ? null : `{"bk_app_code": "${appCode}", "bk_app_secret": "${appSecret}"}`,
    });
    server.setSlot({ slotId: options.slotId, token, pluginName: options.pluginName, callbackUrl });
    await agent.open();
    tellPlaces(options, server.baseUrl, token);
    await aborted(signal);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return output.failure({ code: error.code, message: error.message, fix: error.fix ?? '' });
  } finally {
    await agent.close();
    simulated.close();
    await server?.close();
    await uplinks.close();
  }
}

function labAgent({ output, agentId, ...options }: GseLabCommandOptions, uplinks: Uplinks): FakeAgent {
  const { messagePath, reportPath } = options;
  return new FakeAgent({
    info: { agentId, version: 'v2.1.6-lab', cloudId: 0n, runMode: 1n, statusCode: 2n, status: 'running' },
    ip: '127.0.0.1',
    messageAddress: { path: messagePath },
    reportAddress: reportPath === null ? null : { path: reportPath },
    onUplink: (uplink) => {
      tellUplink(uplink, output);
      if (options.callbackUrl !== null) uplinks.send([uplink]);
    },
    onEvent: (event) => {
      output.json(event);
      output.line(eventText(event));
    },
  });
}

function tellPlaces(options: GseLabCommandOptions, baseUrl: string, token: string): void {
  const { output, messagePath, reportPath, agentId, slotId, pluginName } = options;
  const places = { baseUrl, slotId: String(slotId), token, pluginName, agentId, messagePath, reportPath };
  output.json({ kind: 'ready', simulated: true, ...places });
  output.line(`simulated GSE server ${baseUrl}, slot ${slotId}, token ${token}, plugin ${pluginName}`);
  output.line(`simulated agent ${agentId}: messages ${messagePath}, reports ${reportPath ?? 'nowhere'}`);
}

function tellUplink({ pluginName, agentId, messageId, content }: Uplink, output: Output): void {
  const bytes = Buffer.from(content);
  output.json({ kind: 'uplink', pluginName, agentId, messageId, content: bytes.toString('base64') });
  output.line(`uplink of ${pluginName} ${messageId}: ${bytes.toString('utf8')}`);
}

function eventText(event: AgentEvent): string {
  switch (event.kind) {
    case 'bound':
    case 'unbound':
      return `plugin ${event.pluginName} ${event.kind === 'bound' ? 'is connected' : 'is gone'}`;
    case 'foreign_name':
      return `an uplink says it is of ${event.claimed}, its connection is of ${event.pluginName || 'nobody yet'}`;
    case 'report':
      return `report of channel ${event.dataId}, time ${event.time}: ${event.bytes} bytes`;
    case 'bad_frame':
      return `bad frame: ${event.reason}`;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
