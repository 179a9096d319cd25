/**
 * Sends events in order over one connection: docs/protocols/mimo.md section 5, with the improvements of
 * section 9 (ordered bounded queue, a body is really sent again, response bodies are read so that the
 * connection lives on).
 */
import type { Clock } from '../../../shared/clock.ts';
import { fail, type Failure } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { MimoConfig } from './config.ts';
import { pauseAfterMs, redirectOf } from './delivery.ts';
import { parseEndpoint, type Target } from '../../net/http-endpoint.ts';
import { bodyBeforeTimestamp, wholeBody } from './envelope.ts';
import type { Reply } from './reply-reader.ts';
import { isMethod, requestHead } from './request-head.ts';
import { SenderConnection, type ExchangeFailure } from './sender-connection.ts';

/** How one event ended. */
export interface SendOutcome {
  readonly delivered: boolean;
  readonly attempts: number;
  /** Last answer; null when there was none. */
  readonly reply: Reply | null;
  /** Why it was lost; null when delivered. */
  readonly failure: Failure | null;
}

/**
 * `accepted` is what the C function answers with 0; an event can be accepted and still never be sent,
 * `failure` says why.
 */
export interface NotifyResult {
  readonly accepted: boolean;
  readonly failure: Failure | null;
}

export interface SenderCounters {
  readonly delivered: number;
  /** Accepted, then given up: attempts used, or impossible to send. */
  readonly lost: number;
  /** Not accepted: no name, or the queue is full. */
  readonly refused: number;
  readonly queued: number;
}

interface Queued {
  readonly before: Uint8Array;
  readonly onOutcome: ((outcome: SendOutcome) => void) | undefined;
  failedAttempts: number;
}

export class MimoSender {
  readonly #config: MimoConfig;
  readonly #clock: Clock;
  readonly #target: Target | null;
  /**
   * Items before `#first` are done; the array is cut now and then, so that taking one costs the same whatever
   * its length.
   */
  #queue: Queued[] = [];
  #first = 0;
  #queuedBytes = 0;
  #connection: SenderConnection | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  #worker: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #isClosed = false;
  #delivered = 0;
  #lost = 0;
  #refused = 0;

  constructor(config: MimoConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#target = targetOf(config);
  }

  /**
   * Copies both; returns at once. Texts are sent as UTF-8. `onOutcome` is called once for an accepted, valid
   * event.
   */
  notify(
    event: string | Uint8Array | null,
    payload: string | Uint8Array | null,
    onOutcome?: (outcome: SendOutcome) => void,
  ): NotifyResult {
    const name = event === null ? Buffer.alloc(0) : Buffer.from(event);
    if (name.length === 0)
      return this.#refuse(fail('E_INPUT', 'the event needs a name', 'Name it, such as bdev_ready.').failure);
    const before = bodyBeforeTimestamp(name, payload === null ? null : Buffer.from(payload));
    if (before === null) {
      this.#lost += 1;
      const fix = 'Give one JSON value, in quotation marks of the shell: \'{"name": "nvme0n1"}\'.';
      return { accepted: true, failure: fail('E_JSON', 'the payload is not valid JSON', fix).failure };
    }
    const isFull = this.#queuedBytes + before.length > LIMITS.senderQueueBytesMax;
    if (isFull || this.counters().queued >= LIMITS.senderQueueEventsMax || this.#isClosed) {
      return this.#refuse(
        fail('E_LIMIT', 'the queue of unsent events is full', 'Send again in a moment.').failure,
      );
    }
    this.#queue.push({ before, onOutcome, failedAttempts: 0 });
    this.#queuedBytes += before.length;
    this.#worker ??= this.#work();
    return { accepted: true, failure: null };
  }

  counters(): SenderCounters {
    const queued = this.#queue.length - this.#first;
    return { delivered: this.#delivered, lost: this.#lost, refused: this.#refused, queued };
  }

  /** Resolves when nothing is queued any more, or after `timeoutMs`. True when all is out. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.#worker === null) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#worker, late]);
    clearTimeout(timer);
    return this.#worker === null;
  }

  /**
   * Gives up what is still queued and closes the connection. Idempotent; call flush first to lose nothing.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    this.#dropConnection();
    await this.#worker;
    this.#dropConnection();
  }

  #refuse(failure: Failure): NotifyResult {
    this.#refused += 1;
    return { accepted: false, failure };
  }

  async #work(): Promise<void> {
    // Bodies are built in the background, as the caller expects to go on at once.
    await Promise.resolve();
    for (let item = this.#queue[this.#first]; item !== undefined; item = this.#queue[this.#first]) {
      await this.#deliver(item);
    }
    this.#worker = null;
    if (!this.#isClosed) this.#startIdle();
  }

  async #deliver(item: Queued): Promise<void> {
    const target = this.#target;
    if (target === null) {
      const message = `cannot send with method "${this.#config.method}" to "${this.#config.endpoint}"`;
      return this.#finish(item, null, fail('E_CONFIG', message, 'Correct endpoint and method.').failure);
    }
    // A shared failure was this one's too: it waits as if the attempt had been its own.
    if (item.failedAttempts > 0)
      await this.#pause(pauseAfterMs(item.failedAttempts, this.#config.retryBackoffMs));
    for (;;) {
      const outcome = this.#isClosed ? CLOSED : await this.#attempt(item, target);
      if ('status' in outcome && outcome.status < 500) return this.#finish(item, outcome, null);
      const message = 'status' in outcome ? `the receiver answered ${outcome.status}` : outcome.message;
      const failure = fail('status' in outcome ? 'E_PEER_REFUSED' : 'E_PEER_GONE', message).failure;
      item.failedAttempts += 1;
      const reply = 'status' in outcome ? outcome : null;
      if (reply === null && outcome !== CLOSED && isUnreachable(outcome)) this.#sharedFailure(item, failure);
      if (this.#isClosed || item.failedAttempts > this.#config.retry)
        return this.#finish(item, reply, failure);
      await this.#pause(pauseAfterMs(item.failedAttempts, this.#config.retryBackoffMs));
    }
  }

  /**
   * Nobody listens: the attempt failed for everything that waits, or each event would spend its whole retry
   * time in turn and the queue would never drain. Events whose attempts are used up are given up in order,
   * behind the one in hand.
   */
  #sharedFailure(current: Queued, failure: Failure): void {
    const waiting = this.#queue.slice(this.#first + 1);
    const kept = [current];
    for (const item of waiting) {
      item.failedAttempts += 1;
      if (item.failedAttempts <= this.#config.retry) kept.push(item);
      else this.#settle(item, null, failure);
    }
    this.#queue = kept;
    this.#first = 0;
  }

  /** One attempt, redirects included, within the timeout of the settings. */
  async #attempt(item: Queued, target: Target): Promise<Reply | ExchangeFailure> {
    const timeoutMs = Number(this.#config.timeoutNs) / 1e6;
    if (timeoutMs < 0) return { kind: 'unreachable', message: 'the timeout is negative' };
    const body = wholeBody(item.before, Math.floor(this.#clock.wallMs() / 1_000));
    const deadline =
      timeoutMs === 0 ? null : setTimeout(() => this.#dropConnection(), Math.min(timeoutMs, 2 ** 31 - 1));
    try {
      let next = { target, method: this.#config.method, sendsBody: true };
      for (let redirects = 0; ; redirects += 1) {
        const outcome = await this.#exchange(next.target, next.method, next.sendsBody ? body : null);
        if (!('status' in outcome)) return outcome;
        const redirect =
          redirects < LIMITS.senderRedirectsMax ? redirectOf(outcome, next.target, next.method) : null;
        if (redirect === null) return outcome;
        next = { ...redirect, sendsBody: redirect.sendsBody && next.sendsBody };
      }
    } finally {
      if (deadline !== null) clearTimeout(deadline);
    }
  }

  async #exchange(target: Target, method: string, body: Uint8Array | null): Promise<Reply | ExchangeFailure> {
    const head = requestHead(target, method, body === null ? null : body.length);
    const request = body === null ? head : Buffer.concat([head, body]);
    const outcome = await this.#openConnection(target).exchange(request, method);
    // The receiver closed the idle connection while the request was on its way: not its answer to this event.
    if (!('kind' in outcome) || outcome.kind !== 'stale' || this.#isClosed) return outcome;
    return this.#openConnection(target).exchange(request, method);
  }

  #openConnection(target: Target): SenderConnection {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    if (this.#connection?.isUsable !== true) this.#connection = new SenderConnection(target);
    this.#connection.setIdle(false);
    return this.#connection;
  }

  #finish(item: Queued, reply: Reply | null, failure: Failure | null): void {
    this.#first += 1;
    if (this.#first === this.#queue.length || this.#first > 1_000) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#settle(item, reply, failure);
  }

  #settle(item: Queued, reply: Reply | null, failure: Failure | null): void {
    this.#queuedBytes -= item.before.length;
    if (failure === null) this.#delivered += 1;
    else this.#lost += 1;
    const attempts = item.failedAttempts + (failure === null ? 1 : 0);
    item.onOutcome?.({ delivered: failure === null, attempts, reply, failure });
  }

  #startIdle(): void {
    this.#connection?.setIdle(true);
    this.#idleTimer = setTimeout(() => this.#dropConnection(), LIMITS.senderIdleMs);
    this.#idleTimer.unref();
  }

  #dropConnection(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    this.#connection?.destroy();
    this.#connection = null;
  }

  async #pause(durationMs: number): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}

/**
 * Where these settings send to; null when no event can ever leave with them: a bad method or endpoint
 * (section 4).
 */
export function targetOf(config: MimoConfig): Target | null {
  return isMethod(config.method) ? parseEndpoint(config.endpoint) : null;
}

const CLOSED: ExchangeFailure = { kind: 'broken', message: 'the sender was closed' };

function isUnreachable(outcome: Reply | ExchangeFailure): boolean {
  return 'kind' in outcome && outcome.kind === 'unreachable';
}
