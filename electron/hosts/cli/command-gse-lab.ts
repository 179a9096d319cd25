/**
 * `signalbox gse lab`: an agent and a GSE server for programs made with the original SDK, or with ours, until
 * the signal (docs/protocols/gse.md section 10). Everything in it is simulated and says so.
 */
import { randomBytes } from 'node:crypto';
import { OperatingError } from '../../../shared/failure.ts';
import type { Uplink } from '../../lab/gse/agent-directory.ts';
import { addressOf } from '../../core/gse/plugin-diagnosis.ts';
import { FakeAgent, type AgentEvent } from '../../lab/gse/fake-agent.ts';
import { GseServer } from '../../lab/gse/gse-server.ts';
import { SIMULATED_DEFAULT, SimulatedAgents } from '../../lab/gse/simulated-agents.ts';
import { Uplinks, type UplinkTried } from '../../lab/gse/uplinks.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import type { AgentAddress } from '../../protocols/gse/agent-connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { LabFaults } from './gse-lab-faults.ts';
import type { Output } from './output.ts';

export interface GseLabCommandOptions {
  /** Where plugins connect: a path, or a TCP port of 127.0.0.1 as agents on Windows have it. */
  readonly messagePlace: string;
  /** Where programs hand over data, likewise; null = nowhere. */
  readonly reportPlace: string | null;
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
  readonly faults: LabFaults;
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
  const uplinks = new Uplinks(
    () => callbackUrl,
    (tried) => tellTried(tried, output),
  );
  uplinks.setFaults(options.faults.uplinks);
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
    server.setFaults(options.faults.server);
    await agent.setFault(options.faults.agent);
    tellPlaces(options, agent, server.baseUrl, token);
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
  const { messagePlace, reportPlace } = options;
  return new FakeAgent({
    info: { agentId, version: 'v2.1.6-lab', cloudId: 0n, runMode: 1n, statusCode: 2n, status: 'running' },
    ip: '127.0.0.1',
    messageAddress: addressOf(messagePlace),
    reportAddress: reportPlace === null ? null : addressOf(reportPlace),
    onUplink: (uplink) => {
      tellUplink(uplink, output);
      if (options.callbackUrl !== null) uplinks.send([uplink]);
    },
    onEvent: (event) => {
      output.json('content' in event ? { ...event, content: base64(event.content) } : event);
      output.line(eventText(event));
    },
  });
}

function tellPlaces(options: GseLabCommandOptions, agent: FakeAgent, baseUrl: string, token: string): void {
  const { output, agentId, slotId, pluginName } = options;
  const messagePlace = placeOf(agent.messageAddress, options.messagePlace);
  const reportPlace = placeOf(agent.reportAddress, options.reportPlace);
  const places = { baseUrl, slotId: String(slotId), token, pluginName, agentId, messagePlace, reportPlace };
  output.json({ kind: 'ready', simulated: true, ...places });
  output.line(`simulated GSE server ${baseUrl}, slot ${slotId}, token ${token}, plugin ${pluginName}`);
  output.line(`simulated agent ${agentId}: messages ${messagePlace}, reports ${reportPlace ?? 'nowhere'}`);
}

/** The port really bound; what was asked for where nothing listens. */
function placeOf<T extends string | null>(address: AgentAddress | null, asked: T): T | string {
  return address !== null && 'port' in address ? String(address.port) : asked;
}

function tellUplink({ pluginName, agentId, messageId, content }: Uplink, output: Output): void {
  output.json({ kind: 'uplink', pluginName, agentId, messageId, content: base64(content) });
  output.line(`uplink of ${pluginName} ${messageId}: ${Buffer.from(content).toString('utf8')}`);
}

function tellTried({ url, uplink, posted }: UplinkTried, output: Output): void {
  const { agentId, messageId } = uplink;
  output.json({ kind: 'callback', agentId, messageId, ...posted });
  const outcome = 'status' in posted ? `was answered ${posted.status}` : `got no answer: ${posted.error}`;
  output.line(`callback ${messageId} of ${agentId} to ${url} ${outcome}`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
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
