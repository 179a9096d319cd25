/**
 * The streams of one connected window. Items gather per subscription and leave once per tick, in `items` messages of at most
 * LIMITS.frameBytesMax, each against one credit the reader gave. Without credits nothing is sent and the policy of the stream
 * decides what is kept, so what a stuck window can make us hold is bounded: queues by their policy, the line by credits.
 */
import * as v from 'valibot';
import { contract, isStreamName } from '../../shared/contract/contract.ts';
import type { StreamName } from '../../shared/contract/contract.ts';
import { OperatingError, fail, failureOf } from '../../shared/failure.ts';
import type { Failure } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { encodeCoreMessage } from '../../shared/rpc/frame-codec.ts';
import { nameForText } from '../../shared/rpc/messages.ts';
import { summary } from './dispatcher.ts';
import type { StreamHandlers, StreamSink } from './handlers.ts';
import { StreamQueue } from './stream-queue.ts';

export interface StreamHubOptions {
  readonly handlers: StreamHandlers;
  /** Carries encoded messages away; called at most once a tick and once per end. */
  readonly send: (messages: readonly Uint8Array[]) => void;
  /** Bytes sent that the transport still holds: above LIMITS.clientQueueBytesMax nothing more is sent. */
  readonly queuedBytes: () => number;
  readonly tickMs?: number;
  readonly onBug: (streamName: string, error: unknown) => void;
}

interface Subscription {
  readonly id: number;
  readonly name: StreamName;
  readonly queue: StreamQueue;
  /** Sizes of the messages sent and not yet credited, oldest first. */
  readonly unread: number[];
  credits: number;
  close: () => void;
  onRoom: (() => void) | null;
  /** Set when the source ended it: told after what is queued. */
  ending: { readonly failure: Failure | null } | null;
}

export class StreamHub {
  private readonly options: StreamHubOptions;
  private readonly subscriptions = new Map<number, Subscription>();
  private timer: NodeJS.Timeout | null = null;
  private unreadBytes = 0;
  private closed = false;

  constructor(options: StreamHubOptions) {
    this.options = options;
  }

  get size(): number {
    return this.subscriptions.size;
  }

  subscribe(id: number, name: unknown, input: unknown): void {
    if (this.closed) return;
    const refusal = this.refusalOf(id, name);
    if (refusal !== null) return this.sendEnd(id, refusal);
    if (!isStreamName(name)) return;
    const parsed = v.safeParse(contract.streams[name].input, input);
    if (!parsed.success) return this.sendEnd(id, fail('E_INPUT', summary(parsed.issues)).failure);
    this.open(id, name, parsed.output);
  }

  /** Credits for an unknown id are late and mean nothing; more than were ever out are refused by not counting them. */
  credit(id: number, count: number): void {
    const subscription = this.subscriptions.get(id);
    if (subscription === undefined) return;
    const read = subscription.unread.splice(0, count);
    subscription.credits += read.length;
    for (const bytes of read) this.unreadBytes -= bytes;
    this.wake();
  }

  unsubscribe(id: number): void {
    const subscription = this.subscriptions.get(id);
    if (subscription !== undefined) this.remove(subscription);
  }

  /** Ends everything without telling the window. Idempotent. */
  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const subscription of this.subscriptions.values()) this.remove(subscription);
  }

  private refusalOf(id: number, name: unknown): Failure | null {
    if (!isStreamName(name)) return fail('E_CALL_UNKNOWN', `no such stream: ${nameForText(name)}`).failure;
    if (this.subscriptions.has(id)) return fail('E_INPUT', 'this subscription id is in use').failure;
    if (this.subscriptions.size >= LIMITS.streamsPerClientMax) {
      return fail('E_BUSY', `${LIMITS.streamsPerClientMax} streams of this window are open`).failure;
    }
    return null;
  }

  private open(id: number, name: StreamName, input: unknown): void {
    const subscription: Subscription = {
      id,
      name,
      queue: new StreamQueue(contract.streams[name].policy),
      unread: [],
      credits: LIMITS.streamCreditsInitial,
      close: () => undefined,
      onRoom: null,
      ending: null,
    };
    this.subscriptions.set(id, subscription);
    try {
      // `input` is the parsed output of this stream's schema; the table of handlers is keyed by the same name.
      const close = this.options.handlers[name](input as never, this.sinkOf(subscription));
      if (this.subscriptions.get(id) === subscription) subscription.close = close;
      else close(); // it ended or was closed before it had given us its close function
    } catch (error) {
      if (!(error instanceof OperatingError)) this.options.onBug(name, error);
      this.subscriptions.delete(id);
      this.sendEnd(id, failureOf(error));
    }
  }

  private sinkOf(subscription: Subscription): StreamSink<unknown> {
    const isOpen = (): boolean => this.subscriptions.get(subscription.id) === subscription && subscription.ending === null;
    return {
      hasRoom: () => isOpen() && subscription.queue.hasRoom(),
      onRoom: (listener) => {
        subscription.onRoom = listener;
      },
      push: (item) => {
        if (!isOpen()) return;
        subscription.queue.push(item);
        this.wake();
      },
      end: (failure) => {
        if (!isOpen()) return;
        subscription.ending = { failure };
        this.wake();
      },
    };
  }

  private wake(): void {
    if (this.timer !== null || this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.tick();
    }, this.options.tickMs ?? LIMITS.streamTickMs);
  }

  private tick(): void {
    const messages: Uint8Array[] = [];
    for (const subscription of this.subscriptions.values()) this.drain(subscription, messages);
    if (messages.length > 0) this.options.send(messages);
    for (const subscription of this.subscriptions.values()) this.afterDrain(subscription);
    // Held back by the transport and not by credits: nobody else would wake us.
    if (this.isHeldBack()) this.wake();
  }

  private isHeldBack(): boolean {
    for (const { queue, credits } of this.subscriptions.values()) {
      if (queue.length > 0 && credits > 0) return true;
    }
    return false;
  }

  private drain(subscription: Subscription, messages: Uint8Array[]): void {
    while (subscription.queue.length > 0 && subscription.credits > 0) {
      if (this.unreadBytes > LIMITS.clientQueueBytesMax || this.options.queuedBytes() > LIMITS.clientQueueBytesMax) return;
      const bytes = this.encodeNext(subscription);
      if (bytes === null) return;
      subscription.credits -= 1;
      subscription.unread.push(bytes.length);
      this.unreadBytes += bytes.length;
      messages.push(bytes);
    }
  }

  /** As many queued items as fit one frame; one item at least, which may travel in a frame of its own. */
  private encodeNext(subscription: Subscription): Uint8Array | null {
    const { queue, id } = subscription;
    try {
      for (let count = queue.length; ; count = Math.ceil(count / 2)) {
        const bytes = encodeCoreMessage(['items', id, queue.peek(count), queue.lostSoFar()]);
        if (count > 1 && bytes.length > LIMITS.frameBytesMax) continue;
        queue.taken(count);
        return bytes;
      }
    } catch (error) {
      // OperatingError E_LIMIT or E_INPUT: one item of the source cannot travel, which ends this stream and no other.
      queue.taken(queue.length);
      subscription.ending = { failure: failureOf(error) };
      return null;
    }
  }

  private afterDrain(subscription: Subscription): void {
    if (subscription.ending !== null && subscription.queue.length === 0) {
      this.remove(subscription);
      this.sendEnd(subscription.id, subscription.ending.failure);
    } else if (subscription.queue.hasRoom()) subscription.onRoom?.();
  }

  private remove(subscription: Subscription): void {
    if (!this.subscriptions.delete(subscription.id)) return;
    for (const bytes of subscription.unread) this.unreadBytes -= bytes;
    subscription.onRoom = null;
    subscription.close();
  }

  private sendEnd(id: number, failure: Failure | null): void {
    if (!this.closed) this.options.send([encodeCoreMessage(['end', id, failure])]);
  }
}
