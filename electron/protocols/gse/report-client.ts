/** The agent-report client, which hands data to the agent: docs/protocols/gse.md sections 6 and 7. */
import type { Clock } from '../../../shared/clock.ts';
import { assert } from '../../../shared/assert.ts';
import {
  AgentConnection,
  type AgentAddress,
  type ConnectionEvent,
  type LaunchOptions,
  type TrafficCounts,
} from './agent-connection.ts';
import { GseJsonError, GseProtocolError, InvalidConfigError } from './errors.ts';
import {
  decodeSyncAnswer,
  encodeReportAnswer,
  encodeReportFrame,
  encodeSyncRequest,
  REPORT_TYPES,
  ReportAnswerReader,
  reportTime,
  type ReportAgentInfo,
  type ReportAnswer,
  type ReportTimeUnit,
} from './report-frames.ts';
import { SESSION_RULES_DEFAULT, type SessionRules, type SessionState } from './session.ts';

export interface ReportClientOptions {
  readonly address: AgentAddress;
  readonly onEvent?: (event: ConnectionEvent) => void;
  /** After each sync answer that was accepted. */
  readonly onAgentInfo?: (info: ReportAgentInfo) => void;
  /** What the time field holds; the original sends milliseconds (section 6). */
  readonly timeUnit?: ReportTimeUnit;
  readonly rules?: Partial<SessionRules>;
  readonly clock: Clock;
  /** A number in [0, 1); for tests. */
  readonly chance?: () => number;
}

export class ReportClient {
  readonly #options: ReportClientOptions;
  readonly #connection: AgentConnection<ReportAnswer>;
  readonly #sdkExact: boolean;
  #info: ReportAgentInfo = { agentId: '', cloudId: 0n };

  /** Fails with InvalidConfigError when there is neither path nor port, or an interval is 0. */
  constructor(options: ReportClientOptions) {
    const { address, clock } = options;
    const rules = { ...SESSION_RULES_DEFAULT, ...options.rules };
    if ('path' in address ? address.path === '' : address.port === 0)
      throw new InvalidConfigError('socket path and socket port are both invalid');
    if (rules.reconnectMs <= 0) throw new InvalidConfigError('reconnect interval is zero');
    if (rules.keepaliveMs <= 0) throw new InvalidConfigError('keepalive interval is zero');
    this.#options = options;
    this.#sdkExact = rules.sdkExact;
    this.#connection = new AgentConnection<ReportAnswer>({
      address,
      rules,
      clock,
      chance: options.chance ?? Math.random,
      newReader: () => new ReportAnswerReader(),
      keepaliveFrame: encodeSyncRequest,
      onFrame: (answer) => this.#received(answer),
      onEvent: (event) => this.#options.onEvent?.(event),
    });
  }

  get state(): SessionState {
    return this.#connection.state;
  }

  get counts(): TrafficCounts {
    return this.#connection.counts;
  }

  /** See AgentConnection.nextDialAtMs. */
  get nextDialAtMs(): number | null {
    return this.#connection.nextDialAtMs;
  }

  /** A sync request out of turn. See AgentConnection.keepalive. */
  keepalive(): Promise<void> {
    return this.#connection.keepalive();
  }

  /** See AgentConnection.launch. */
  launch(options?: LaunchOptions): Promise<void> {
    return this.#connection.launch(options);
  }

  /** See AgentConnection.terminate. */
  terminate(): Promise<void> {
    return this.#connection.terminate();
  }

  /**
   * `dataId` has 32 bits unsigned; `timeUnit` is that of the options unless given. See AgentConnection.send; no agent
   * acknowledges a report.
   */
  async reportData(
    dataId: number,
    body: Uint8Array,
    timeUnit: ReportTimeUnit = this.#options.timeUnit ?? 'milliseconds',
  ): Promise<void> {
    assert(Number.isInteger(dataId) && dataId >= 0 && dataId < 2 ** 32, 'a data id has 32 bits');
    const time = reportTime(this.#options.clock.wallMs(), timeUnit);
    await this.#connection.send(encodeReportFrame({ type: REPORT_TYPES.report, dataId, time, body }));
  }

  /** Zero values before the first answer; never fails. */
  agentInfo(): ReportAgentInfo {
    return this.#info;
  }

  #received(answer: ReportAnswer): void {
    const { type, body } = answer;
    if (type !== REPORT_TYPES.sync) {
      this.#refuse(new GseProtocolError('unknown_type', `0x${type.toString(16)}`, body), answer);
      return;
    }
    try {
      this.#info = decodeSyncAnswer(body, this.#sdkExact);
      this.#options.onAgentInfo?.(this.#info);
    } catch (error) {
      if (!(error instanceof GseJsonError)) throw error;
      this.#refuse(new GseProtocolError('invalid_keepalive_json', error.message, body), answer);
    }
  }

  #refuse(error: GseProtocolError, { type, body }: ReportAnswer): void {
    this.#options.onEvent?.({ kind: 'protocol', error, frame: encodeReportAnswer(type, body) });
  }
}
