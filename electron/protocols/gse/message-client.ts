/**
 * The agent-message client, the plugin's end of the message socket: docs/protocols/gse.md sections 5 and 7.
 */
import type { Clock } from '../../../shared/clock.ts';
import { LIMITS } from '../../../shared/limits.ts';
import {
  AgentConnection,
  type AgentAddress,
  type ConnectionEvent,
  type LaunchOptions,
  type TrafficCounts,
} from './agent-connection.ts';
import { decodeKeepaliveResponse, type AgentInfo } from './agent-info.ts';
import { CallbackQueue } from './callback-queue.ts';
import { GseJsonError, GseProtocolError, InvalidConfigError, NotAuthorizedError } from './errors.ts';
import { FRAME_TYPES, FrameReader, frameBytes, type Frame } from './frames.ts';
import type { TextOrBytes } from './json-writer.ts';
import { processSequence } from './sequence.ts';
import { SESSION_RULES_DEFAULT, type SessionRules, type SessionState } from './session.ts';
import {
  decodeDownlink,
  encodeKeepaliveRequest,
  encodeRespond,
  type DownlinkMessage,
  type PluginIdentity,
} from './socket-messages.ts';

export interface MessageClientOptions {
  readonly address: AgentAddress;
  /** Neither may be empty. */
  readonly pluginName: string;
  readonly pluginVersion: string;
  /** Default: this process. */
  readonly pid?: number;
  /**
   * Messages come one after the other in arrival order, each with the frame it came in; the next one waits for
   * a promise to settle. What it throws is an event, nothing else. While too much waits (1 000 messages or
   * 64 MiB) the socket is not read.
   */
  readonly onMessage: (message: DownlinkMessage, frame: Frame) => void | Promise<void>;
  /** After each keepalive response that was accepted. */
  readonly onAgentInfo?: (info: DatedAgentInfo) => void;
  readonly onEvent?: (event: ConnectionEvent) => void;
  /** Largest frame taken, header included. */
  readonly frameBytesMax?: number;
  readonly rules?: Partial<SessionRules>;
  readonly clock: Clock;
  /** A number in [0, 1); for tests. */
  readonly chance?: () => number;
}

/** Agent info with its age. */
export interface DatedAgentInfo extends AgentInfo {
  /** Wall clock when the keepalive response came. */
  readonly receivedAtMs: number;
  /** The connection it came over is gone or silent: the agent may have changed since. */
  readonly isStale: boolean;
}

export class MessageClient {
  readonly #options: MessageClientOptions;
  readonly #plugin: PluginIdentity;
  readonly #connection: AgentConnection<Frame>;
  readonly #queue: CallbackQueue;
  readonly #sdkExact: boolean;
  #info: (AgentInfo & { receivedAtMs: number }) | null = null;
  #isLost = false;

  /**
   * Fails with InvalidConfigError: no plugin name, no version, an interval of 0. A missing path only makes
   * dials fail.
   */
  constructor(options: MessageClientOptions) {
    const { pluginName, pluginVersion, pid = process.pid, clock } = options;
    const rules = { ...SESSION_RULES_DEFAULT, ...options.rules };
    if (pluginName === '') throw new InvalidConfigError('plugin name is empty');
    if (pluginVersion === '') throw new InvalidConfigError('plugin version is empty');
    if (rules.reconnectMs <= 0) throw new InvalidConfigError('reconnect interval is zero');
    if (rules.keepaliveMs <= 0) throw new InvalidConfigError('keepalive interval is zero');
    this.#options = options;
    this.#plugin = { pluginName, pluginVersion, pid };
    this.#sdkExact = rules.sdkExact;
    this.#connection = new AgentConnection<Frame>({
      address: options.address,
      rules,
      clock,
      chance: options.chance ?? Math.random,
      newReader: () => new FrameReader(options.frameBytesMax ?? LIMITS.gseFrameBytesMax),
      keepaliveFrame: () => encodeKeepaliveRequest(this.#plugin, processSequence.next(clock.wallMs())),
      onFrame: (frame) => this.#received(frame),
      onEvent: (event) => this.#tell(event),
    });
    this.#queue = new CallbackQueue({
      framesMax: LIMITS.gseCallbackQueueFramesMax,
      bytesMax: LIMITS.gseCallbackQueueBytesMax,
      full: () => this.#connection.pause(),
      drained: () => this.#connection.resume(),
      failed: (cause) => this.#tell({ kind: 'callback_failed', cause }),
    });
  }

  get state(): SessionState {
    return this.#connection.state;
  }

  /** Messages that were read and not yet handed over: terminate forgets them. */
  get waitingMessages(): number {
    return this.#queue.length;
  }

  get counts(): TrafficCounts {
    return this.#connection.counts;
  }

  /** See AgentConnection.nextDialAtMs. */
  get nextDialAtMs(): number | null {
    return this.#connection.nextDialAtMs;
  }

  /** See AgentConnection.keepalive. */
  keepalive(): Promise<void> {
    return this.#connection.keepalive();
  }

  /** See AgentConnection.launch. */
  launch(options?: LaunchOptions): Promise<void> {
    return this.#connection.launch(options);
  }

  /** See AgentConnection.terminate. Messages not yet handed over are forgotten. */
  async terminate(): Promise<void> {
    const terminating = this.#connection.terminate();
    this.#queue.clear();
    await terminating;
  }

  /**
   * Sends an uplink; see AgentConnection.send. Nothing is queued or repeated. Content has no limit, but above
   * LIMITS.gseFrameBytesMax the original itself would not take it.
   */
  async sendMessage(messageId: TextOrBytes, content: Uint8Array): Promise<void> {
    await this.sendFrame(this.encodeMessage(messageId, content));
  }

  /** The frame of an uplink, for those who keep what they send; draws a sequence number. */
  encodeMessage(messageId: TextOrBytes, content: Uint8Array): Buffer {
    const sequence = processSequence.next(this.#options.clock.wallMs());
    return encodeRespond(this.#plugin.pluginName, messageId, content, sequence);
  }

  /** See AgentConnection.send. */
  sendFrame(frame: Buffer): Promise<void> {
    return this.#connection.send(frame);
  }

  /** Fails with NotAuthorizedError before the first keepalive response of the agent; never afterwards. */
  agentInfo(): DatedAgentInfo {
    if (this.#info === null) throw new NotAuthorizedError();
    const isStale = this.#isLost || this.#connection.isStale;
    return { ...this.#info, isStale };
  }

  #tell(event: ConnectionEvent): void {
    if (event.kind === 'lost') this.#isLost = true;
    this.#options.onEvent?.(event);
  }

  #received(frame: Frame): void {
    // In the original everything behind a slow callback waits, keepalive responses too (section 5.9).
    if (this.#sdkExact && this.#queue.isBusy && frame.type !== FRAME_TYPES.dispatch) {
      this.#queue.push(frame.totalBytes, () => this.#handle(frame));
    } else this.#handle(frame);
  }

  #handle(frame: Frame): void {
    try {
      if (frame.type === FRAME_TYPES.dispatch) {
        const message = decodeDownlink(frame);
        this.#queue.push(frame.totalBytes, () => this.#options.onMessage(message, frame));
      } else if (frame.type === FRAME_TYPES.keepaliveResponse) this.#keepaliveResponse(frame);
      else throw new GseProtocolError('unknown_type', `0x${frame.type.toString(16)}`, frame.body);
    } catch (error) {
      if (!(error instanceof GseProtocolError)) throw error;
      this.#tell({ kind: 'protocol', error, frame: frameBytes(frame) });
    }
  }

  #keepaliveResponse({ body }: Frame): void {
    try {
      this.#info = { ...decodeKeepaliveResponse(body), receivedAtMs: this.#options.clock.wallMs() };
      this.#isLost = false;
      this.#options.onAgentInfo?.(this.agentInfo());
    } catch (error) {
      if (!(error instanceof GseJsonError)) throw error;
      throw new GseProtocolError('invalid_keepalive_json', error.message, body);
    }
  }
}
