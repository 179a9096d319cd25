/**
 * One connected window: calls and streams together over one FramePort. A frame that makes no sense, or a window that does not
 * read, closes this session and no other.
 */
import { OperatingError, failureOf } from '../../shared/failure.ts';
import type { Result } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { decodeWindowFrame, encodeCoreMessage, joinFrames } from '../../shared/rpc/frame-codec.ts';
import type { FramePort } from '../../shared/rpc/frame-port.ts';
import type { CoreMessage, WindowMessage } from '../../shared/rpc/messages.ts';
import { Dispatcher } from './dispatcher.ts';
import type { CallHandlers, StreamHandlers } from './handlers.ts';
import { StreamHub } from './stream-hub.ts';

const WRITE_CHECK_INTERVAL_MS = 1_000;

export interface PeerSessionOptions {
  readonly port: FramePort;
  readonly calls: CallHandlers;
  readonly streams: StreamHandlers;
  /** A handler threw what is no operating error. */
  readonly onBug: (name: string, error: unknown) => void;
  /** The session is over, whoever ended it. Called once. */
  readonly onEnd?: (reason: string) => void;
  readonly monotonicMs?: () => number;
}

export class PeerSession {
  private readonly options: PeerSessionOptions;
  private readonly dispatcher: Dispatcher;
  private readonly hub: StreamHub;
  private readonly writeCheck: NodeJS.Timeout;
  private readonly answering = new Set<number>();
  private outgoing: Uint8Array[] = [];
  private lastQueuedBytes = 0;
  private lastProgressMs: number;
  private ended = false;

  constructor(options: PeerSessionOptions) {
    this.options = options;
    this.dispatcher = new Dispatcher({ handlers: options.calls, onBug: options.onBug });
    this.hub = new StreamHub({
      handlers: options.streams,
      send: (messages) => this.sendNow(messages),
      queuedBytes: () => options.port.queuedBytes(),
      onBug: options.onBug,
    });
    this.lastProgressMs = this.nowMs();
    this.writeCheck = setInterval(() => this.checkProgress(), WRITE_CHECK_INTERVAL_MS);
    this.writeCheck.unref();
    options.port.onFrame((frame) => this.receive(frame));
    options.port.onClose((reason) => this.end(reason));
  }

  get streamsOpen(): number {
    return this.hub.size;
  }

  /** Idempotent. */
  end(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.writeCheck);
    this.outgoing = [];
    this.hub.close();
    this.options.port.close(reason);
    this.options.onEnd?.(reason);
  }

  private receive(frame: Uint8Array): void {
    if (this.ended) return;
    try {
      for (const message of decodeWindowFrame(frame)) this.handle(message);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      this.end(`${error.code}: ${error.message}`);
    }
  }

  private handle(message: WindowMessage): void {
    if (this.ended) return;
    const id = message[1];
    switch (message[0]) {
      case 'call': return void this.answer(id, message[2], message[3]);
      case 'cancel': return void this.answering.delete(id);
      case 'subscribe': return this.hub.subscribe(id, message[2], message[3]);
      case 'credit': return this.hub.credit(id, message[2]);
      default: return this.hub.unsubscribe(id);
    }
  }

  private async answer(id: number, name: unknown, input: unknown): Promise<void> {
    this.answering.add(id);
    const result = await this.dispatcher.call(name, input);
    // A cancelled call is not answered: the window has settled it already.
    if (this.ended || !this.answering.delete(id)) return;
    this.outgoing.push(encodeResult(id, result));
    if (this.outgoing.length === 1) queueMicrotask(() => this.flush());
  }

  private flush(): void {
    const messages = this.outgoing;
    this.outgoing = [];
    this.sendNow(messages);
  }

  private sendNow(messages: readonly Uint8Array[]): void {
    if (this.ended) return;
    for (const frame of joinFrames(messages)) this.options.port.send(frame);
    this.checkQueue();
  }

  /** One largest answer may stand in the queue; a second one on top of a full queue means nobody reads. */
  private checkQueue(): void {
    const queued = this.options.port.queuedBytes();
    if (queued > LIMITS.clientQueueBytesMax + LIMITS.frameOutboundBytesMax) {
      this.end(`E_SLOW: the window does not read, ${queued} bytes wait`);
    }
  }

  private checkProgress(): void {
    const queued = this.options.port.queuedBytes();
    const nowMs = this.nowMs();
    if (queued === 0 || queued < this.lastQueuedBytes) this.lastProgressMs = nowMs;
    this.lastQueuedBytes = queued;
    if (nowMs - this.lastProgressMs > LIMITS.clientWriteAgeMsMax) {
      this.end(`E_SLOW: the window has read nothing for ${LIMITS.clientWriteAgeMsMax} ms`);
    }
  }

  private nowMs(): number {
    return this.options.monotonicMs?.() ?? performance.now();
  }
}

function encodeResult(id: number, result: Result<unknown>): Uint8Array {
  const message: CoreMessage = ['result', id, result];
  try {
    return encodeCoreMessage(message);
  } catch (error) {
    // OperatingError E_LIMIT or E_INPUT: the answer cannot travel, so the answer says that.
    return encodeCoreMessage(['result', id, { ok: false, failure: failureOf(error) }]);
  }
}
