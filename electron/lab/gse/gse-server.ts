/** The lab's GSE server: docs/protocols/gse.md section 10. Simulated; speaks real HTTP on a loopback door. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../shared/clock.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Door, DoorRequest, DoorRoute } from '../../net/door.ts';
import type { DoorAnswer } from '../../net/http-answer.ts';
import { openDoor } from '../../net/loopback-http.ts';
import {
  decodeDispatchRequest,
  encodeDispatchResponse,
  type AgentEntry,
  type ReceivedDispatch,
} from '../../protocols/gse/dispatch-messages.ts';
import { GseJsonError } from '../../protocols/gse/errors.ts';
import { encodeGatewayError } from '../../protocols/gse/gateway-errors.ts';
import { LAB_CODES, type AgentDirectory } from './agent-directory.ts';
import { answerAgentQuery } from './agent-answers.ts';

export interface LabSlot {
  readonly slotId: bigint;
  readonly token: string;
  readonly pluginName: string;
  /** Where uplinks of the plugin go; null = nowhere. */
  readonly callbackUrl: string | null;
}

export interface ServerFaults {
  /** Answers with this gateway error instead: before doing anything, or after having delivered. */
  readonly gateway: {
    readonly status: number;
    readonly code: number;
    readonly when: 'before' | 'after';
  } | null;
  /** Every answer waits so long. */
  readonly latencyMs: number;
  /** Agents whose id matches fail with code LAB_CODES.injected. */
  readonly failing: RegExp | null;
}

export const SERVER_FAULTS_NONE: ServerFaults = { gateway: null, latencyMs: 0, failing: null };

export interface GseServerOptions {
  /** 0 = any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly directories: readonly AgentDirectory[];
  /** The value `X-Bkapi-Authorization` must have; null = not looked at. */
  readonly authorization: string | null;
}

export interface ServerCounters {
  readonly requests: number;
  readonly delivered: number;
  readonly failed: number;
}

const PATH =
  /\/api\/v2\/cluster\/(dispatch_message|dispatch_multi_message|list_agent_state|list_agent_info)\/?$/;
const JSON_HEADERS = { 'Content-Type': 'application/json' } as const;

export class GseServer {
  readonly #options: GseServerOptions;
  readonly #slots = new Map<bigint, LabSlot>();
  readonly #closing = new AbortController();
  #door: Door | null = null;
  #faults = SERVER_FAULTS_NONE;
  readonly #counts = { requests: 0, delivered: 0, failed: 0 };

  private constructor(options: GseServerOptions) {
    this.#options = options;
  }

  /** Rejects as openDoor does. */
  static async open(options: GseServerOptions): Promise<GseServer> {
    const server = new GseServer(options);
    server.#door = await openDoor({
      host: '127.0.0.1',
      port: options.port,
      clock: options.clock,
      route: (path) => server.#route(path),
    });
    return server;
  }

  get port(): number {
    return this.#door?.port ?? 0;
  }

  /** As a profile wants it; any prefix before `/api/v2/` is served. */
  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/api/bk-gse/prod`;
  }

  counters(): ServerCounters {
    return { ...this.#counts };
  }

  /** Replaces a slot of the same number. */
  setSlot(slot: LabSlot): void {
    this.#slots.set(slot.slotId, slot);
  }

  /** The callback URL of the slot the plugin belongs to, or null. */
  callbackUrlOf(pluginName: string): string | null {
    for (const slot of this.#slots.values()) if (slot.pluginName === pluginName) return slot.callbackUrl;
    return null;
  }

  setFaults(faults: ServerFaults): void {
    this.#faults = faults;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#door?.close();
  }

  #route(path: string): DoorRoute | null {
    const [, name] = PATH.exec(path) ?? [];
    if (name === undefined) return null;
    return {
      methods: ['POST'],
      bodyBytesMax: LIMITS.httpCallbackBodyBytesMax,
      media: 'any',
      handle: (request) => this.#handle(name, request),
    };
  }

  async #handle(name: string, request: DoorRequest): Promise<DoorAnswer> {
    this.#counts.requests += 1;
    const { gateway, latencyMs } = this.#faults;
    // A server that is being closed answers at once.
    if (latencyMs > 0)
      await sleep(latencyMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    const denied = this.#gatewayDenial(request);
    if (denied !== null) return denied;
    if (gateway?.when === 'before') return gatewayAnswer(gateway.status, gateway.code, 'injected by the lab');
    const answer = this.#answer(name, request.body);
    return gateway === null ? answer : gatewayAnswer(gateway.status, gateway.code, 'injected by the lab');
  }

  #gatewayDenial({ headers }: DoorRequest): DoorAnswer | null {
    const { authorization } = this.#options;
    if (authorization === null) return null;
    const presented = headers['x-bkapi-authorization'];
    if (presented === undefined)
      return gatewayAnswer(400, 1640001, 'Parameters error [reason="app code cannot be empty"]');
    const isSame = Buffer.from(String(presented), 'latin1').toString('utf8') === authorization;
    return isSame ? null : gatewayAnswer(401, 1640101, 'App verify failed');
  }

  #answer(name: string, body: Uint8Array): DoorAnswer {
    try {
      if (name === 'list_agent_state' || name === 'list_agent_info')
        return ok(answerAgentQuery(name, body, this.#options.directories));
      return ok(this.#dispatch(decodeDispatchRequest(body)));
    } catch (error) {
      // Expected: no JSON object of the right shape.
      if (!(error instanceof GseJsonError)) throw error;
      return gatewayAnswer(400, 1640001, error.message);
    }
  }

  #dispatch({ slotId, token, messageId, messages }: ReceivedDispatch): Buffer {
    const slot = this.#slots.get(slotId);
    if (slot === undefined) return encodeDispatchResponse(LAB_CODES.slotUnknown, `no slot ${slotId}`, []);
    if (slot.token !== token) return encodeDispatchResponse(LAB_CODES.tokenWrong, 'token does not match', []);
    const failed: AgentEntry[] = [];
    for (const { agentId, content } of messages) {
      const entry = this.#deliver(agentId, { pluginName: slot.pluginName, messageId, content });
      if (entry === null) this.#counts.delivered += 1;
      else failed.push({ agentId, code: BigInt(entry.code), message: entry.message });
    }
    this.#counts.failed += failed.length;
    return encodeDispatchResponse(LAB_CODES.ok, 'OK', failed);
  }

  #deliver(
    agentId: string,
    downlink: { pluginName: string; messageId: string; content: string },
  ): { code: number; message: string } | null {
    if (this.#faults.failing?.test(agentId) === true)
      return { code: LAB_CODES.injected, message: 'injected by the lab' };
    for (const directory of this.#options.directories) {
      const delivered = directory.deliver(agentId, downlink);
      if (delivered !== undefined) return delivered;
    }
    return { code: LAB_CODES.agentUnknown, message: 'no such agent' };
  }
}

function ok(body: Buffer): DoorAnswer {
  return { status: 200, headers: { ...JSON_HEADERS, 'X-Bkapi-Request-Id': randomUUID() }, body };
}

/** Section 11.2. */
function gatewayAnswer(status: number, code: number, message: string): DoorAnswer {
  const headers = {
    ...JSON_HEADERS,
    'X-Bkapi-Error-Code': String(code),
    'X-Bkapi-Error-Message': message.replace(/[^\x20-\x7e]/g, '?'),
    'X-Bkapi-Request-Id': randomUUID(),
  };
  return { status, headers, body: encodeGatewayError(code, message) };
}
