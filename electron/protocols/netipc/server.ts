/** The managed server: sessions, typed handlers, learned limits, drain. docs/protocols/netipc.md section 11. */
import type { NativeAddon, PeerCredentials } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { batchItem, encodeBatch } from './batch.ts';
import { DEFAULT_PROFILES } from './endpoint.ts';
import { FLAG_BATCH, KIND, STATUS, type MessageHeader, type Method } from './envelope.ts';
import { AnswerTooLarge, NetipcCodecError, NetipcSocketError } from './errors.ts';
import { proposedPacketBytes, type ServerOffer } from './handshake.ts';
import { openNetipcListener, type NetipcListener } from './listener.ts';
import type { Message } from './packets.ts';
import type { Session, SessionEvents } from './session.ts';

/** A handler's way to say "not now": the client gets INTERNAL_ERROR. */
export class HandlerRefusal extends NetipcCodecError {
  constructor(message: string) {
    super('HANDLER_FAILED', message);
    this.name = 'HandlerRefusal';
  }
}

/**
 * Answers one request item. `payload` is its own. `budgetBytes` is what the answer may take. Throws NetipcCodecError: any decode error
 * becomes BAD_ENVELOPE, HandlerRefusal INTERNAL_ERROR, OVERFLOW LIMIT_EXCEEDED.
 */
export type ServiceHandler = (payload: Uint8Array, budgetBytes: number) => Uint8Array | Promise<Uint8Array>;

export interface ServerOptions {
  readonly native: NativeAddon;
  readonly runFolder: string;
  readonly service: string;
  readonly method: Method;
  readonly handler: ServiceHandler;
  readonly authToken: bigint;
  readonly supportedProfiles?: number;
  readonly preferredProfiles?: number;
  /** 0 or absent: start at 1024 and learn up to LIMITS.netipcGrowthBytesMax (mends B2). */
  readonly requestPayloadBytesMax?: number;
  readonly responsePayloadBytesMax?: number;
  /** How far a learned limit grows; default LIMITS.netipcGrowthBytesMax. */
  readonly growthBytesMax?: number;
  readonly packetBytes?: number;
  readonly sessionsMax?: number;
  /**
   * What is done with a batch (section 11.3). `split`, the default: the handler sees one item at a time, as in Go and Rust; the clients of all
   * three languages expect it, of a batch of one item too. `split-from-two`: a batch of one is a plain request. `whole`: as the C server.
   */
  readonly batches?: 'split' | 'split-from-two' | 'whole';
  readonly ownerGeneration: number;
  /** Default: this user and root; on Windows this user. */
  isPeerAllowed?(peer: PeerCredentials): boolean;
  /** A handler threw something that is no NetipcCodecError: a bug; the client gets INTERNAL_ERROR. */
  onHandlerBug(error: unknown): void;
}

const START_BYTES = 1_024;
const DRAIN_STEP_MS = 5;

function powerOfTwo(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, bytes)));
}

/** Where there are no user numbers the pipe's own list keeps everybody else out. */
function isOwnUserOrRoot(peer: PeerCredentials): boolean {
  if (process.getuid === undefined) return true;
  return peer.uid === 0 || peer.uid === process.getuid();
}

/** A limit that starts small and remembers what was needed; a configured one stays. */
class LearnedLimit {
  bytes: number;
  readonly bytesMax: number;

  constructor(configuredBytes = 0, growthBytesMax: number) {
    this.bytes = configuredBytes > 0 ? configuredBytes : START_BYTES;
    this.bytesMax = configuredBytes > 0 ? configuredBytes : growthBytesMax;
  }
  learn(neededBytes: number): void {
    if (neededBytes <= this.bytes) return;
    this.bytes = Math.min(powerOfTwo(neededBytes), this.bytesMax);
  }
}

interface Running {
  readonly session: Session;
  readonly queue: Message[];
  queuedBytes: number;
  isBusy: boolean;
}

export class NetipcServer {
  private readonly options: ServerOptions;
  private readonly request: LearnedLimit;
  private readonly response: LearnedLimit;
  private readonly sessions = new Set<Running>();
  private readonly listener: NetipcListener;

  /** Listens at once. Fails with NetipcSocketError ADDR_IN_USE, PATH_TOO_LONG, BAD_PARAM or SOCKET. */
  constructor(options: ServerOptions) {
    this.options = options;
    const growthBytesMax = options.growthBytesMax ?? LIMITS.netipcGrowthBytesMax;
    this.request = new LearnedLimit(options.requestPayloadBytesMax, LIMITS.netipcGrowthBytesMax);
    this.response = new LearnedLimit(options.responsePayloadBytesMax, growthBytesMax);
    this.listener = openNetipcListener({
      native: options.native,
      runFolder: options.runFolder,
      service: options.service,
      ownerGeneration: options.ownerGeneration,
      offer: (sendBufferBytes) => this.offer(sendBufferBytes),
      isPeerAllowed: (peer) => options.isPeerAllowed?.(peer) ?? isOwnUserOrRoot(peer),
      hasRoom: () => this.sessions.size < (options.sessionsMax ?? LIMITS.netipcSessionsMax),
      session: (begin, { requestPayloadBytesMax }) => {
        this.request.learn(requestPayloadBytesMax);
        this.begin(begin);
      },
    });
  }

  get path(): string {
    return this.listener.path;
  }
  get sessionCount(): number {
    return this.sessions.size;
  }

  /** Stops accepting, lets requests under way be answered, then closes. False when the deadline cut some off. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.listener.close();
    const deadlineMs = performance.now() + timeoutMs;
    while ([...this.sessions].some((running) => running.isBusy)) {
      if (performance.now() >= deadlineMs) {
        this.close();
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
    }
    this.close();
    return true;
  }

  /** At once; idempotent. */
  close(): void {
    this.listener.close();
    for (const running of this.sessions) running.session.close(); // a Set may shrink while it is walked
  }

  private offer(sendBufferBytes: number): ServerOffer {
    const { options, request } = this;
    return {
      supportedProfiles: options.supportedProfiles ?? DEFAULT_PROFILES.supported,
      preferredProfiles: options.preferredProfiles ?? DEFAULT_PROFILES.preferred,
      requestPayloadBytesMax: request.bytes,
      requestProposalBytesMax: request.bytesMax,
      responsePayloadBytesMax: this.response.bytes,
      packetBytes: proposedPacketBytes(options.packetBytes, sendBufferBytes),
      authToken: options.authToken,
    };
  }

  private begin(begin: (events: SessionEvents) => Session): void {
    let running: Running | null = null;
    const session = begin({
      message: (message) => {
        if (running !== null) this.take(running, message);
      },
      overLimit: (header) => {
        this.request.learn(header.payloadBytes);
        if (running !== null) this.reply(running, header, STATUS.LIMIT_EXCEEDED, new Uint8Array(0));
      },
      closed: () => {
        if (running !== null) this.sessions.delete(running);
      },
    });
    running = { session, queue: [], queuedBytes: 0, isBusy: false };
    this.sessions.add(running);
  }

  private take(running: Running, message: Message): void {
    if (message.header.kind !== KIND.REQUEST) {
      running.session.close();
      return;
    }
    this.request.learn(message.payload.length);
    running.queuedBytes += message.payload.length;
    // A client may ask ahead, but not without end while a handler is slow.
    const isFull = running.queue.length >= LIMITS.netipcQueuedRequestsMax;
    if (isFull || running.queuedBytes > LIMITS.netipcQueuedRequestBytesMax) {
      running.queue.length = 0;
      running.session.close();
      return;
    }
    running.queue.push(message);
    if (!running.isBusy) void this.work(running);
  }

  /** One request at a time, in order: pipelined requests are answered as they came. */
  private async work(running: Running): Promise<void> {
    running.isBusy = true;
    for (let message = running.queue.shift(); message !== undefined; message = running.queue.shift()) {
      running.queuedBytes -= message.payload.length;
      const result = this.answer(running.session, message);
      // Without a wait where none is needed, the answers to requests that came together leave together.
      this.finish(running, result instanceof Promise ? await result : result);
    }
    running.isBusy = false;
  }

  private finish(running: Running, done: Answer): void {
    this.response.learn(done.neededBytes);
    this.reply(running, done.header, done.status, done.payload);
    if (done.status !== STATUS.OK && done.status !== STATUS.UNSUPPORTED) running.session.closeAfterAnswer();
  }

  private answer(session: Session, message: Message): Answer | Promise<Answer> {
    const { header, payload } = message;
    if (header.code !== this.options.method) return emptyAnswer(header, STATUS.UNSUPPORTED);
    const budgetBytes = session.agreed.responsePayloadBytesMax;
    try {
      const result = this.isSplit(header)
        ? this.answerBatch(header.itemCount, payload, budgetBytes)
        : this.options.handler(payload, budgetBytes);
      if (!(result instanceof Promise)) return fitted(header, result, budgetBytes);
      return result.then(
        (bytes) => fitted(header, bytes, budgetBytes),
        (error: unknown) => this.failed(header, error, budgetBytes),
      );
    } catch (error) {
      return this.failed(header, error, budgetBytes);
    }
  }

  private isSplit({ flags, itemCount }: MessageHeader): boolean {
    if ((flags & FLAG_BATCH) === 0) return false;
    const { batches = 'split' } = this.options;
    return batches === 'split' ? itemCount >= 1 : batches === 'split-from-two' && itemCount > 1;
  }

  /** One failing item fails the whole batch. */
  private async answerBatch(
    itemCount: number,
    payload: Uint8Array,
    budgetBytes: number,
  ): Promise<Uint8Array> {
    const items = Array.from({ length: itemCount }, (_, index) => batchItem(payload, itemCount, index));
    // Items may overlap: a small message could ask for the work of a thousand large ones.
    const bytes = items.reduce((sum, item) => sum + item.length, 0);
    if (bytes > LIMITS.netipcQueuedRequestBytesMax)
      throw new NetipcCodecError('BAD_LAYOUT', `overlapping items of ${bytes} bytes in all`);
    const answers: Uint8Array[] = [];
    for (const item of items) answers.push(await this.options.handler(item.slice(), budgetBytes));
    return encodeBatch(answers);
  }

  private failed(header: MessageHeader, error: unknown, budgetBytes: number): Answer {
    if (error instanceof HandlerRefusal) return emptyAnswer(header, STATUS.INTERNAL_ERROR);
    if (error instanceof NetipcCodecError) {
      // A handler that cannot say how much it needed is offered twice as much next time (section 11.4).
      const neededBytes = error instanceof AnswerTooLarge ? error.neededBytes : budgetBytes * 2;
      if (error.wire === 'OVERFLOW') return emptyAnswer(header, STATUS.LIMIT_EXCEEDED, neededBytes);
      return emptyAnswer(header, STATUS.BAD_ENVELOPE);
    }
    this.options.onHandlerBug(error);
    return emptyAnswer(header, STATUS.INTERNAL_ERROR);
  }

  private reply(
    running: Running,
    request: MessageHeader,
    transportStatus: number,
    payload: Uint8Array,
  ): void {
    // A refusal has no items. C says all the same that it is a batch of so many (section 11.2), which no client can read.
    const isPlain = transportStatus !== STATUS.OK && (this.options.batches ?? 'split') === 'split';
    const flags = isPlain ? 0 : request.flags & FLAG_BATCH;
    try {
      running.session.send(
        {
          kind: KIND.RESPONSE,
          flags,
          code: request.code,
          transportStatus,
          itemCount: flags === 0 ? 1 : request.itemCount,
          messageId: request.messageId,
        },
        payload,
      );
    } catch (error) {
      if (!(error instanceof NetipcSocketError)) throw error;
      running.session.close(); // the client is gone or takes nothing more
    }
  }
}

interface Answer {
  readonly header: MessageHeader;
  readonly status: number;
  readonly payload: Uint8Array;
  /** What the answer takes or would have taken; the next handshake offers as much. */
  readonly neededBytes: number;
}

function emptyAnswer(header: MessageHeader, status: number, neededBytes = 0): Answer {
  return { header, status, payload: new Uint8Array(0), neededBytes };
}

function fitted(header: MessageHeader, payload: Uint8Array, budgetBytes: number): Answer {
  const neededBytes = payload.length;
  return neededBytes > budgetBytes
    ? emptyAnswer(header, STATUS.LIMIT_EXCEEDED, neededBytes)
    : { header, status: STATUS.OK, payload, neededBytes };
}
