/** What a loopback HTTP door takes and gives; opened by loopback-http.ts. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NativeAddon } from '../../native/index.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Failure } from '../../shared/failure.ts';
import type { DoorAnswer } from './http-answer.ts';
import type { TokenVerdict } from './token.ts';

/** One whole, admitted request. */
export interface DoorRequest {
  readonly method: string;
  /** As sent, not decoded, without the query. */
  readonly path: string;
  /** As sent, without the question mark; '' when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Such as `127.0.0.1:40522`. */
  readonly peer: string;
  /** Wall clock when the head was complete. */
  readonly receivedAtMs: number;
  readonly body: Uint8Array;
  /** The head as bytes, see raw-head.ts. */
  head(): Uint8Array;
}

/** `json` application/json or no type at all · `any` whatever the peer says. */
export type MediaPolicy = 'json' | 'any';

export interface DoorRoute {
  /** Upper case. Others are answered 405. */
  readonly methods: readonly string[];
  readonly bodyBytesMax: number;
  readonly media: MediaPolicy;
  /**
   * Status of every refusal of a whole request; for gateways that repeat unless they see 200
   * (docs/protocols/gse.md 4).
   */
  readonly refusalStatus?: number;
  /**
   * A link to it may stand anywhere: what the browser says of the page before is not looked at. A foreign
   * Origin is still refused.
   */
  readonly fromAnySite?: boolean;
  /** Rejects only for bugs; everything a peer or the disk can do is an answer. */
  handle(request: DoorRequest): Promise<DoorAnswer>;
}

/**
 * A request that was not accepted, as much of it as was kept (LIMITS.httpRefusedBytesMax of an unparsable
 * one).
 */
export interface DoorRefusal {
  readonly receivedAtMs: number;
  readonly peer: string;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly failure: Failure;
}

export interface DoorOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly clock: Clock;
  route(path: string): DoorRoute | null;
  /** What to do where nothing is served: the paths that are. */
  readonly pathFix?: string;
  /** Asked after Host and Origin, for requests and upgrades alike; see TokenGate. */
  readonly authorize?: (request: IncomingMessage) => TokenVerdict;
  /** Needed to listen on an address other machines can reach; `authorize` is needed too. */
  readonly toNetwork?: boolean;
  /** Further names this door may be called by, without port. */
  readonly hostNames?: readonly string[];
  /**
   * Further whole values of Host, with port or without. Not for doors that know their callers by cookies: a page of
   * such an origin counts as one of the door's own.
   */
  readonly hostsAsIs?: readonly string[];
  /**
   * The answer waits for it, so that a flood of bad requests is slowed by its own storage. Must not reject.
   */
  readonly refused?: (refusal: DoorRefusal) => Promise<void>;
  /**
   * For doors that get a connection per request and give small answers: takes these past node:http
   * (lean-intake.ts). Not used together with `authorize` or `upgrade`, nor for a host that is no address in
   * figures.
   */
  readonly native?: NativeAddon | null;
  /** Takes over the socket of an admitted `Upgrade` request. Without it upgrades are plain requests. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface DoorCounters {
  readonly connections: number;
  readonly evicted: number;
  readonly requests: number;
  readonly refused: number;
}

export interface Door {
  readonly address: string;
  readonly port: number;
  /** True when plain requests do not go through node:http. */
  readonly isLean: boolean;
  counters(): DoorCounters;
  /** Lets whole requests finish for at most LIMITS.httpLingerMs, then closes every connection. Idempotent. */
  close(): Promise<void>;
}
