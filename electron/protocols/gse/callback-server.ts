/**
 * Receives the uplink callbacks of the GSE server: docs/protocols/gse.md section 4, on the HTTP door of
 * electron/net.
 */
import type { IncomingMessage } from 'node:http';
import { randomBytes } from 'node:crypto';
import { loadNative, type NativeAddon } from '../../../native/index.ts';
import type { Clock } from '../../../shared/clock.ts';
import { fail, OperatingError, type Failure } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Door, DoorRefusal, DoorRequest, DoorRoute } from '../../net/door.ts';
import { refusal, type DoorAnswer } from '../../net/http-answer.ts';
import { openDoor } from '../../net/loopback-http.ts';
import { TokenGate, type TokenVerdict } from '../../net/token.ts';
import { decodeUplink, type UplinkMessage } from './dispatch-messages.ts';
import { GseJsonError } from './errors.ts';

/**
 * A whole, decoded callback. Deliveries may come more than once: (agentId, messageId) tells, nothing is
 * dropped here.
 */
export interface UplinkReceived extends UplinkMessage {
  readonly receivedAtMs: number;
  /** Such as `127.0.0.1:40522`. */
  readonly peer: string;
  readonly head: Uint8Array;
  /** Exactly as received. */
  readonly body: Uint8Array;
}

/** A callback that was not taken. */
export interface UplinkRefused {
  readonly receivedAtMs: number;
  readonly peer: string;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly failure: Failure;
}

export interface CallbackServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Path of the registered URL, such as `/gse/callback`; see createCallbackPath. */
  readonly path: string;
  /** Answer 200 to bodies nobody can decode too, for gateways that repeat until they see it. */
  readonly alwaysOk?: boolean;
  /** Addresses that may post here, such as `10.0.0.7`; empty or absent = all. */
  readonly allowedPeers?: readonly string[];
  /**
   * Needed for an address other machines can reach. The protocol has no credentials of its own, so the path
   * is the secret: make it with createCallbackPath. Each of `hostNames` may come with the port of this server or as it
   * is, since the registered URL is often that of a load balancer, which passes its own name on.
   */
  readonly network?: { readonly hostNames: readonly string[] };
  readonly clock: Clock;
  /** Absent = the one of this build, if any; null = node:http alone. */
  readonly native?: NativeAddon | null;
  /**
   * Resolves once the message is kept: then the sender gets 200 and nothing else. Rejects with OperatingError
   * when it cannot be kept: the sender gets 503. Any other rejection is a bug and ends the process. Slow work
   * belongs behind it.
   */
  accept(received: UplinkReceived): Promise<void>;
  /** Keeps a refused callback; a rejection with OperatingError is counted. */
  refuse(refused: UplinkRefused): Promise<void>;
}

export interface CallbackCounters {
  readonly accepted: number;
  /** Answered 503. */
  readonly busy: number;
  readonly refused: number;
  readonly refusedLost: number;
}

export interface CallbackServer {
  readonly address: string;
  readonly port: number;
  /** What to register at the GSE server, for a sender on this machine. */
  readonly url: string;
  counters(): CallbackCounters;
  /** Idempotent. */
  close(): Promise<void>;
}

const TAKEN: DoorAnswer = { status: 200 };
const BUSY: DoorAnswer = { status: 503 };
const PATH_SECRET_BYTES = 24;
/** Promise B8: nothing a callback needs comes near these. */
const UPLINK_JSON = { depthMax: LIMITS.jsonDepthMax, nodesMax: LIMITS.jsonNodesMax };

/** `/gse/callback/` and 32 characters nobody can guess (192 bits). */
export function createCallbackPath(): string {
  return `/gse/callback/${randomBytes(PATH_SECRET_BYTES).toString('base64url')}`;
}

/** Rejects with E_INPUT (path), E_ADDRESS_IN_USE, E_ADDRESS or E_PERMISSION. */
export async function openCallbackServer(options: CallbackServerOptions): Promise<CallbackServer> {
  if (!/^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/.test(options.path))
    throw new OperatingError('E_INPUT', 'the callback path must begin with a slash and hold no query');
  const receiver = new UplinkReceiver(options);
  const { host, port, clock, network } = options;
  const gate = new TokenGate(options.path, clock);
  const authorize = (request: IncomingMessage): TokenVerdict => gate.check(pathOf(request.url ?? ''));
  const door = await openDoor({
    host,
    port,
    clock,
    route: (path) => (path === options.path ? receiver.route : null),
    refused: (request) => receiver.refused(request),
    native: options.native === undefined ? loadNative().native : options.native,
    ...(network === undefined
      ? undefined
      : { toNetwork: true, hostNames: network.hostNames, hostsAsIs: network.hostNames, authorize }),
  });
  return callbackServer(door, receiver, options.path);
}

function callbackServer(door: Door, receiver: UplinkReceiver, path: string): CallbackServer {
  const name = door.address.includes(':') ? `[${door.address}]` : door.address;
  return {
    address: door.address,
    port: door.port,
    url: `http://${name}:${door.port}${path}`,
    counters: () => ({ ...receiver.counts, refused: door.counters().refused }),
    close: () => door.close(),
  };
}

class UplinkReceiver {
  readonly #options: CallbackServerOptions;
  readonly route: DoorRoute;
  readonly counts = { accepted: 0, busy: 0, refusedLost: 0 };

  constructor(options: CallbackServerOptions) {
    this.#options = options;
    this.route = {
      methods: ['POST'],
      bodyBytesMax: LIMITS.httpCallbackBodyBytesMax,
      media: 'any',
      ...(options.alwaysOk === true ? { refusalStatus: 200 } : undefined),
      handle: (request) => this.#handle(request),
    };
  }

  async refused({ receivedAtMs, peer, head, body, failure }: DoorRefusal): Promise<void> {
    try {
      await this.#options.refuse({ receivedAtMs, peer, head, body, failure });
    } catch (error) {
      // Expected: the store is full or failing.
      if (!(error instanceof OperatingError)) throw error;
      this.counts.refusedLost += 1;
    }
  }

  async #handle(request: DoorRequest): Promise<DoorAnswer> {
    const { peer, receivedAtMs, body } = request;
    if (!this.#isAllowed(peer)) {
      const { failure } = fail('E_ORIGIN', `${peer} is not among the addresses that may post here`);
      return refusal(failure);
    }
    let uplink: UplinkMessage;
    try {
      uplink = decodeUplink(body, UPLINK_JSON);
    } catch (error) {
      if (!(error instanceof GseJsonError)) throw error;
      return refusal(fail(error.code, error.message).failure);
    }
    try {
      await this.#options.accept({ ...uplink, receivedAtMs, peer, head: request.head(), body });
    } catch (error) {
      // Expected: the store is full, failing or overloaded (E_STORE_…, E_BUSY).
      if (!(error instanceof OperatingError)) throw error;
      this.counts.busy += 1;
      return BUSY;
    }
    this.counts.accepted += 1;
    return TAKEN;
  }

  #isAllowed(peer: string): boolean {
    const { allowedPeers = [] } = this.#options;
    return allowedPeers.length === 0 || allowedPeers.includes(addressOf(peer));
  }
}

/** Without port and brackets; an IPv4 address inside an IPv6 one is itself. */
function addressOf(peer: string): string {
  const address = peer.slice(0, peer.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}
