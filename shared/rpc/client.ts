/**
 * The window's end of the line: SignalboxApi over a FramePort. It never throws and never rejects: whatever happens is a `Result`
 * or an `onEnd`. One client lives as long as its port; the owner makes a new one after a reconnect (renderer/rpc/connect.ts).
 */
import type { SignalboxApi, StreamReader } from '../contract/api.ts';
import { fail, failureOf } from '../failure.ts';
import type { Failure, Result } from '../failure.ts';
import { LIMITS } from '../limits.ts';
import { decodeCoreFrame, encodeWindowMessage, joinFrames } from './frame-codec.ts';
import type { FramePort, StartTimer } from './frame-port.ts';
import type { CoreMessage, WindowMessage } from './messages.ts';

/** The core answers E_DEADLINE itself; the window's own deadline only helps when the line is dead, so it comes later. */
const DEADLINE_SLACK_MS = 2_000;

export interface ClientOptions {
  readonly port: FramePort;
  readonly startTimer: StartTimer;
  /** How long a call may take, from here to here. */
  readonly callDeadlineMs?: number;
}

export interface ClientCounters {
  /** Answers and items that came after their call or subscription was given up. */
  lateMessages: number;
  /** Calls and subscriptions that wait now. */
  readonly callsPending: number;
  readonly streamsOpen: number;
}

export interface Client {
  readonly api: SignalboxApi;
  counters(): ClientCounters;
  /** Gives up the line: what waits gets E_DISCONNECTED. Idempotent. */
  close(reason: string): void;
}

interface PendingCall {
  readonly settle: (result: Result<unknown>) => void;
  readonly stopTimer: () => void;
}

/** Makes a client; the port's listeners are set before this returns. */
export function createClient(options: ClientOptions): Client {
  const line = new Line(options);
  const api: SignalboxApi = {
    // The contract's types hold because the core checked the input and its handlers are typed by the same table.
    call: (name, input) => line.call(name, input) as never,
    subscribe: (name, input, reader) => line.subscribe(name, input, reader),
  };
  return {
    api,
    counters: () => line.counters(),
    close: (reason) => line.close(reason),
  };
}

class Line {
  private readonly port: FramePort;
  private readonly startTimer: StartTimer;
  private readonly deadlineMs: number;
  private readonly calls = new Map<number, PendingCall>();
  private readonly streams = new Map<number, StreamReader<unknown>>();
  private outgoing: Uint8Array[] = [];
  private lastId = 0;
  private lateMessages = 0;
  private closedBecause: string | null = null;

  constructor(options: ClientOptions) {
    this.port = options.port;
    this.startTimer = options.startTimer;
    this.deadlineMs = options.callDeadlineMs ?? LIMITS.callDeadlineMs + DEADLINE_SLACK_MS;
    this.port.onFrame((frame) => this.receive(frame));
    this.port.onClose((reason) => this.close(reason));
  }

  counters(): ClientCounters {
    return { lateMessages: this.lateMessages, callsPending: this.calls.size, streamsOpen: this.streams.size };
  }

  async call(name: string, input: unknown): Promise<Result<unknown>> {
    if (this.closedBecause !== null) return this.disconnected();
    if (this.calls.size >= LIMITS.callsInFlightMax) return fail('E_BUSY', 'too many calls wait for an answer');
    const id = this.nextId();
    const refusal = this.send(['call', id, name, input]);
    if (refusal !== null) return { ok: false, failure: refusal };
    return new Promise((resolve) => {
      const stopTimer = this.startTimer(this.deadlineMs, () => this.giveUp(id));
      this.calls.set(id, { settle: resolve, stopTimer });
    });
  }

  subscribe(name: string, input: unknown, reader: StreamReader<unknown>): () => void {
    const id = this.nextId();
    this.streams.set(id, reader);
    const refusal = this.refusalToOpen() ?? this.send(['subscribe', id, name, input]);
    // Told later, never from inside `subscribe`: the caller has not got its unsubscribe function yet.
    if (refusal !== null) void Promise.resolve().then(() => this.endStream(id, refusal));
    return () => {
      if (this.streams.delete(id) && this.closedBecause === null && refusal === null) this.send(['unsubscribe', id]);
    };
  }

  close(reason: string): void {
    if (this.closedBecause !== null) return;
    this.closedBecause = reason;
    this.outgoing = [];
    this.port.close(reason);
    // Only what is open now: a reader that subscribes again when it is told gets its own answer, in a later turn.
    const open = { calls: [...this.calls.keys()], streams: [...this.streams.keys()] };
    for (const id of open.calls) this.settle(id, this.disconnected());
    for (const id of open.streams) this.endStream(id, this.disconnected().failure);
  }

  private refusalToOpen(): Failure | null {
    if (this.closedBecause !== null) return this.disconnected().failure;
    if (this.streams.size > LIMITS.streamsPerClientMax) return fail('E_BUSY', 'too many streams are open').failure;
    return null;
  }

  private disconnected(): { ok: false; failure: Failure } {
    return fail('E_DISCONNECTED', `no connection to the core: ${this.closedBecause ?? 'closed'}`);
  }

  private nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /** Queued until the current task ends, so that what one click asks travels in one frame. */
  private send(message: WindowMessage): Failure | null {
    let bytes: Uint8Array;
    try {
      bytes = encodeWindowMessage(message);
    } catch (error) {
      return failureOf(error); // E_INPUT or E_LIMIT: the value cannot travel
    }
    this.outgoing.push(bytes);
    if (this.outgoing.length === 1) void Promise.resolve().then(() => this.flush());
    return null;
  }

  private flush(): void {
    const messages = this.outgoing;
    this.outgoing = [];
    for (const frame of joinFrames(messages)) this.port.send(frame);
  }

  private receive(frame: Uint8Array): void {
    if (this.closedBecause !== null) return;
    let messages: CoreMessage[];
    try {
      messages = decodeCoreFrame(frame);
    } catch (error) {
      this.close(failureOf(error).message); // ProtocolError: the line has lost its sense
      return;
    }
    for (const message of messages) this.handle(message);
  }

  private handle(message: CoreMessage): void {
    const [kind, id] = message;
    if (kind === 'result') this.settle(id, message[2]);
    else if (kind === 'end') this.endStream(id, message[2]);
    else this.deliver(id, message[2], message[3]);
  }

  private deliver(id: number, items: readonly unknown[], lost: number): void {
    const reader = this.streams.get(id);
    if (reader === undefined) {
      this.lateMessages += 1;
      return;
    }
    tell(() => reader.onItems(items, lost));
    if (this.closedBecause === null && this.streams.has(id)) this.send(['credit', id, 1]);
  }

  private settle(id: number, result: Result<unknown>): void {
    const pending = this.calls.get(id);
    if (pending === undefined) {
      this.lateMessages += 1;
      return;
    }
    this.calls.delete(id);
    pending.stopTimer();
    pending.settle(result);
  }

  private endStream(id: number, failure: Failure | null): void {
    const reader = this.streams.get(id);
    if (reader === undefined) {
      this.lateMessages += 1;
      return;
    }
    this.streams.delete(id);
    tell(() => reader.onEnd(failure));
  }

  private giveUp(id: number): void {
    if (!this.calls.has(id)) return;
    this.send(['cancel', id]);
    this.settle(id, fail('E_DEADLINE', `no answer within ${this.deadlineMs} ms`));
  }
}

/** A reader that throws has a bug: it surfaces as an unhandled rejection, and the other readers of the frame still get theirs. */
function tell(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    void Promise.reject(error);
  }
}
