/**
 * One lab agent with its message and its report socket: docs/protocols/gse.md section 10. Real sockets,
 * simulated agent.
 */
import type { Socket } from 'node:net';
import { LIMITS } from '../../../shared/limits.ts';
import type { AgentAddress } from '../../protocols/gse/agent-connection.ts';
import type { AgentInfo } from '../../protocols/gse/agent-info.ts';
import { GseJsonError, GseProtocolError } from '../../protocols/gse/errors.ts';
import { FRAME_TYPES, FrameReader, type Frame } from '../../protocols/gse/frames.ts';
import {
  encodeSyncAnswer,
  REPORT_TYPES,
  ReportFrameReader,
  type ReportFrame,
} from '../../protocols/gse/report-frames.ts';
import {
  decodeKeepaliveRequest,
  decodeRespond,
  encodeDownlink,
  encodeKeepaliveAnswer,
} from '../../protocols/gse/socket-messages.ts';
import {
  LAB_CODES,
  type AgentDirectory,
  type Delivered,
  type Downlink,
  type Uplink,
} from './agent-directory.ts';
import { FaultyWriter, type AgentFault } from './agent-faults.ts';
import { listenLocal, type LocalListener } from './listen-local.ts';

/** What happened at an agent, for the lab's log and for tests. */
export type AgentEvent =
  | { readonly kind: 'bound' | 'unbound'; readonly pluginName: string }
  /**
   * The name in the uplink is not the one bound to the connection: not passed on. It is where the connection has
   * no name yet (`pluginName` ''): the original sends its keepalive up to 3 s after it has connected again.
   */
  | { readonly kind: 'foreign_name'; readonly pluginName: string; readonly claimed: string }
  | { readonly kind: 'bad_frame'; readonly reason: string }
  | {
      readonly kind: 'report';
      readonly dataId: number;
      readonly time: number;
      readonly bytes: number;
      readonly content: Uint8Array;
    };

export interface FakeAgentOptions {
  readonly info: AgentInfo;
  readonly ip: string;
  readonly messageAddress: AgentAddress;
  /** Null = no report socket. */
  readonly reportAddress: AgentAddress | null;
  readonly onUplink: (uplink: Uplink) => void;
  readonly onEvent?: (event: AgentEvent) => void;
}

interface PluginLine {
  readonly socket: Socket;
  readonly writer: FaultyWriter;
  pluginName: string | null;
  /** Rises with every connection. */
  readonly number: number;
}

export class FakeAgent implements AgentDirectory {
  readonly #options: FakeAgentOptions;
  #info: AgentInfo;
  readonly #plugins = new Map<string, PluginLine>();
  /** Of plugins, registered or not, and of reporters. */
  readonly #sockets = new Set<Socket>();
  #message: LocalListener | null = null;
  #report: LocalListener | null = null;
  #fault: AgentFault | null = null;
  #sequence = 0n;
  #accepted = 0;

  constructor(options: FakeAgentOptions) {
    this.#options = options;
    this.#info = options.info;
  }

  get agentId(): string {
    return this.#info.agentId;
  }

  /** Where plugins connect, once open. */
  get messageAddress(): AgentAddress | null {
    return this.#message?.address ?? null;
  }

  get reportAddress(): AgentAddress | null {
    return this.#report?.address ?? null;
  }

  isConnected(pluginName: string): boolean {
    return this.#plugins.has(pluginName);
  }

  /** Rejects as listenLocal does. */
  async open(): Promise<void> {
    const { messageAddress, reportAddress } = this.#options;
    this.#message ??= await listenLocal(messageAddress, (socket) => this.#acceptPlugin(socket));
    if (reportAddress !== null)
      this.#report ??= await listenLocal(reportAddress, (socket) => this.#acceptReporter(socket));
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const [message, report] = [this.#message, this.#report];
    this.#message = null;
    this.#report = null;
    await Promise.all([message?.close(), report?.close()]);
    this.#plugins.clear();
  }

  /** As a crash of the agent and its return; everybody has to connect again. */
  async restart(): Promise<void> {
    await this.close();
    await this.open();
  }

  /** The agent was installed anew: plugins learn it with the next keepalive response. */
  changeId(agentId: string): void {
    this.#info = { ...this.#info, agentId };
  }

  /** Takes effect on what comes from now on; `refuse` closes the sockets, anything else opens them again. */
  async setFault(fault: AgentFault | null): Promise<void> {
    this.#fault = fault;
    if (fault?.kind === 'refuse') return this.close();
    await this.open();
    for (const socket of this.#sockets) {
      if (fault?.kind === 'stop_reading') socket.pause();
      else socket.resume();
    }
  }

  deliver(agentId: string, { pluginName, messageId, content }: Downlink): Delivered | undefined {
    if (agentId !== this.agentId) return undefined;
    const line = this.#plugins.get(pluginName);
    if (line === undefined || !line.socket.writable)
      return { code: LAB_CODES.pluginNotConnected, message: `plugin ${pluginName} is not connected` };
    this.#sequence += 1n;
    line.writer.write(encodeDownlink(messageId, Buffer.from(content), this.#sequence), this.#fault);
    return null;
  }

  find(agentId: string): AgentInfo | null {
    return agentId === this.agentId ? this.#info : null;
  }

  #acceptPlugin(socket: Socket): void {
    if (this.#fault?.kind === 'accept_and_close') {
      socket.destroy();
      return;
    }
    this.#accepted += 1;
    const number = this.#accepted;
    const line: PluginLine = { socket, writer: new FaultyWriter(socket), pluginName: null, number };
    const reader = new FrameReader(LIMITS.gseLabFrameBytesMax);
    socket.on('data', (chunk: Buffer) => {
      const { frames, violation } = reader.push(chunk);
      for (const frame of frames) this.#pluginSaid(line, frame);
      if (violation === null) return;
      this.#tell({ kind: 'bad_frame', reason: violation.message });
      socket.destroy();
    });
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#unbind(line);
    });
    if (this.#fault?.kind === 'stop_reading') socket.pause();
  }

  #pluginSaid(line: PluginLine, frame: Frame): void {
    try {
      if (frame.type === FRAME_TYPES.keepaliveRequest) this.#keepalive(line, frame);
      else if (frame.type === FRAME_TYPES.respond) this.#uplink(line, frame);
      else this.#tell({ kind: 'bad_frame', reason: `type 0x${frame.type.toString(16)}` });
    } catch (error) {
      if (!(error instanceof GseJsonError) && !(error instanceof GseProtocolError)) throw error;
      this.#tell({ kind: 'bad_frame', reason: error.message });
    }
  }

  /** The keepalive is the registration; the latest connection of a name wins. */
  #keepalive(line: PluginLine, frame: Frame): void {
    const { pluginName } = decodeKeepaliveRequest(frame.body);
    if (line.pluginName !== pluginName) {
      this.#unbind(line);
      line.pluginName = pluginName;
    }
    const holder = this.#plugins.get(pluginName);
    if (holder === undefined || holder.number < line.number) {
      this.#plugins.set(pluginName, line);
      this.#tell({ kind: 'bound', pluginName });
    }
    const fault = this.#fault;
    if (fault?.kind === 'no_keepalive_answers') return;
    if (fault?.kind === 'malformed') line.writer.write(fault.bytes, null);
    else line.writer.write(encodeKeepaliveAnswer(this.#info, frame.sequence), fault);
  }

  #uplink(line: PluginLine, frame: Frame): void {
    const { name, messageId, content } = decodeRespond(frame);
    if (name !== line.pluginName) {
      this.#tell({ kind: 'foreign_name', pluginName: line.pluginName ?? '', claimed: name });
      if (line.pluginName !== null) return;
    }
    this.#options.onUplink({ pluginName: name, agentId: this.agentId, messageId, content });
  }

  #unbind(line: PluginLine): void {
    const { pluginName } = line;
    if (pluginName === null || this.#plugins.get(pluginName) !== line) return;
    this.#plugins.delete(pluginName);
    this.#tell({ kind: 'unbound', pluginName });
  }

  #acceptReporter(socket: Socket): void {
    if (this.#fault?.kind === 'accept_and_close') {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#fault?.kind === 'stop_reading') socket.pause();
    const writer = new FaultyWriter(socket);
    const reader = new ReportFrameReader();
    socket.on('data', (chunk: Buffer) => {
      const { frames, violation } = reader.push(chunk);
      for (const frame of frames) this.#reporterSaid(writer, frame);
      if (violation === null) return;
      this.#tell({ kind: 'bad_frame', reason: violation.message });
      socket.destroy();
    });
  }

  #reporterSaid(writer: FaultyWriter, { type, dataId, time, body }: ReportFrame): void {
    const { agentId, cloudId } = this.#info;
    if (type === REPORT_TYPES.report)
      this.#tell({ kind: 'report', dataId, time, bytes: body.length, content: body });
    else if (type !== REPORT_TYPES.sync)
      this.#tell({ kind: 'bad_frame', reason: `type 0x${type.toString(16)}` });
    else if (this.#fault?.kind === 'malformed') writer.write(this.#fault.bytes, null);
    else if (this.#fault?.kind !== 'no_keepalive_answers')
      writer.write(encodeSyncAnswer({ agentId, cloudId }, this.#options.ip), this.#fault);
  }

  #tell(event: AgentEvent): void {
    this.#options.onEvent?.(event);
  }
}
