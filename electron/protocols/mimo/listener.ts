/** The receiving end of MIMO: docs/protocols/mimo.md section 6 on the loopback door of electron/net. */
import { loadNative, type NativeAddon } from '../../../native/index.ts';
import type { Clock } from '../../../shared/clock.ts';
import { OperatingError, type Failure } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Severity } from '../../../shared/model/event.ts';
import type { DoorOptions, DoorRefusal, DoorRequest } from '../../net/door.ts';
import { refusal, type DoorAnswer } from '../../net/http-answer.ts';
import { openDoor } from '../../net/loopback-http.ts';
import { decodeEvent } from './decode.ts';
import { MIMO_PATH } from './messages.ts';
import { hostOf, severityOf } from './severity.ts';

/** A valid event. */
export interface MimoReceived {
  /** Wall clock when the request head was complete. */
  readonly receivedAtMs: number;
  /** Such as `127.0.0.1:40522`. */
  readonly peer: string;
  readonly head: Uint8Array;
  /** Exactly as received. */
  readonly body: Uint8Array;
  readonly event: string;
  /** `undefined` when the member is absent. */
  readonly payload: unknown;
  /** Sender's Unix seconds, or null when it did not say. */
  readonly sentAtS: number | null;
  readonly severity: Severity;
  /** Host the event speaks of, or ''. */
  readonly host: string;
}

/** A request that was answered 4xx; `head` holds raw bytes when they were no HTTP. */
export interface MimoRefused {
  readonly receivedAtMs: number;
  readonly peer: string;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly failure: Failure;
}

export interface MimoListenerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly clock: Clock;
  /**
   * Resolves once the event is committed: only then the sender is answered 204. Rejects with OperatingError
   * when it cannot be kept: the sender is answered 503 without a body and sends it again. Any other rejection
   * is a bug and ends the process.
   */
  accept(received: MimoReceived): Promise<void>;
  /**
   * Keeps a refused request. A rejection with OperatingError is counted as `refusedLost`; the peer is
   * answered all the same.
   */
  refuse(refused: MimoRefused): Promise<void>;
  /** Needed for an address that other machines can reach; see DoorOptions. */
  readonly network?: Pick<DoorOptions, 'authorize' | 'hostNames'>;
  /** Absent = the one of this build, if any; null = node:http alone. */
  readonly native?: NativeAddon | null;
}

export interface MimoCounters {
  readonly accepted: number;
  /** Answered 503: valid, but the store did not take them. */
  readonly busy: number;
  readonly refused: number;
  /** Refused requests that could not be kept either. */
  readonly refusedLost: number;
  readonly connections: number;
  readonly evicted: number;
}

export interface MimoListener {
  readonly address: string;
  readonly port: number;
  counters(): MimoCounters;
  /** Answers what is whole, then closes. Idempotent. */
  close(): Promise<void>;
}

const ACCEPTED: DoorAnswer = { status: 204 };
/** An empty body: the original resends only then (section 5). */
const BUSY: DoorAnswer = { status: 503 };

/** Rejects with E_ADDRESS_IN_USE (names the holder), E_ADDRESS or E_PERMISSION. */
export async function openMimoListener(options: MimoListenerOptions): Promise<MimoListener> {
  let accepted = 0;
  let busy = 0;
  let refusedLost = 0;
  const handle = async (request: DoorRequest): Promise<DoorAnswer> => {
    const decoded = decodeEvent(request.body);
    if (!decoded.ok) return refusal(decoded.failure);
    const { event, payload, sentAtS } = decoded.value;
    const { receivedAtMs, peer, body } = request;
    const about = { event, payload, sentAtS, severity: severityOf(event), host: hostOf(payload) };
    try {
      await options.accept({ receivedAtMs, peer, head: request.head(), body, ...about });
    } catch (error) {
      // Expected: the store is full, failing or overloaded (E_STORE_…, E_BUSY).
      if (!(error instanceof OperatingError)) throw error;
      busy += 1;
      return BUSY;
    }
    accepted += 1;
    return ACCEPTED;
  };
  const refused = async (request: DoorRefusal): Promise<void> => {
    try {
      await options.refuse(request);
    } catch (error) {
      // Expected: the same store as above.
      if (!(error instanceof OperatingError)) throw error;
      refusedLost += 1;
    }
  };
  const route = {
    methods: ['POST'],
    bodyBytesMax: LIMITS.httpEventBodyBytesMax,
    media: 'json',
    handle,
  } as const;
  const door = await openDoor({
    host: options.host,
    port: options.port,
    clock: options.clock,
    route: (path) => (path === MIMO_PATH ? route : null),
    pathFix: `Send events to ${MIMO_PATH}.`,
    refused,
    native: options.native === undefined ? loadNative().native : options.native,
    ...(options.network === undefined ? undefined : { ...options.network, toNetwork: true }),
  });
  return {
    address: door.address,
    port: door.port,
    counters: () => {
      const { refused: refusedCount, connections, evicted } = door.counters();
      return { accepted, busy, refused: refusedCount, refusedLost, connections, evicted };
    },
    close: () => door.close(),
  };
}
