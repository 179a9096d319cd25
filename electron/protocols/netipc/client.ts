/** The L2 client: states, refresh, one reconnect and retry, learned limits. docs/protocols/netipc.md section 10. Nothing runs in the background. */
import { performance } from 'node:perf_hooks';
import type { NativeAddon } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { batchItem, encodeBatch } from './batch.ts';
import { bigOfNumber, numberOfBig } from './bytes.ts';
import { connectSession, RegionUnusable, type Proposal } from './connect.ts';
import { FLAG_BATCH, KIND, STATUS, refusalWords, type Method } from './envelope.ts';
import { NetipcCodecError, NetipcSocketError, type CodecErrorName } from './errors.ts';
import { LearnedHello, type ProposalOptions } from './learned-hello.ts';
import { OpenCalls } from './open-calls.ts';
import type { Message } from './packets.ts';
import type { Session, SessionTransport } from './session.ts';

export const CLIENT_STATES = [
  'DISCONNECTED',
  'CONNECTING',
  'READY',
  'NOT_FOUND',
  'AUTH_FAILED',
  'INCOMPATIBLE',
  'BROKEN',
] as const;
export type ClientState = (typeof CLIENT_STATES)[number];

export interface ClientOptions extends ProposalOptions {
  readonly native: NativeAddon;
  readonly runFolder: string;
  readonly service: string;
  readonly method: Method;
  /** Covers sending, all response packets and waiting; 0 = default. */
  readonly callTimeoutMs?: number;
  /** Each response packet as it came, for views that show bytes. */
  onResponse?(header: Message['header'], payload: Uint8Array): void;
}

export interface ClientStatus {
  readonly state: ClientState;
  /** Why the last connect attempt or call failed; '' when it did not. */
  readonly reason: string;
  readonly transport: SessionTransport | null;
  readonly connectCount: number;
  readonly reconnectCount: number;
  readonly callCount: number;
  readonly errorCount: number;
}

const RECONNECT_WAIT_MS = 150;
const RECONNECT_ATTEMPTS = 20;
const RECONNECT_INTERVAL_MS = 5;
const OVERFLOW_RETRIES = 8;
const NO_OPTIONS: CallOptions = {};

export interface CallOptions {
  /** 0 = default. */
  readonly timeoutMs?: number;
  /** False for calls that must not be repeated. */
  readonly isRetried?: boolean;
  /** Throws NetipcCodecError for an answer that is not one: such an answer counts as a failed attempt (section 10.2). */
  readonly check?: (answer: Uint8Array) => unknown;
  /** The payload is a batch of so many items (section 4), and the answer must be one; callBatch() sets it. */
  readonly batchItems?: number;
}

/** One request on its way. */
interface Pending {
  readonly payload: Uint8Array;
  readonly deadlineMs: number;
  readonly options: CallOptions;
  readonly resolve: (payload: Uint8Array | Promise<Uint8Array>) => void;
  /** Of a repetition; null the first time, when failing means to recover. */
  readonly reject: ((error: NetipcCodecError) => void) | null;
}

const STATE_OF_ERROR: Partial<Record<NetipcSocketError['wire'], ClientState>> = {
  CONNECT: 'NOT_FOUND',
  AUTH_FAILED: 'AUTH_FAILED',
  NO_PROFILE: 'INCOMPATIBLE',
  INCOMPATIBLE: 'INCOMPATIBLE',
};

const ERROR_OF_END: Partial<Record<NetipcSocketError['wire'], CodecErrorName>> = {
  TIMEOUT: 'TIMEOUT',
  ABORTED: 'ABORTED',
  LIMIT_EXCEEDED: 'OVERFLOW',
  SEND: 'NOT_READY',
};

export class NetipcClient {
  private readonly options: ClientOptions;
  private readonly hello: LearnedHello;
  /** What the session of now was opened with. */
  private proposed: Proposal;
  private session: Session | null = null;
  /** What the last session agreed on, whether it still stands or not. */
  private lastAgreed: Session['agreed'] | undefined;
  private state: ClientState = 'DISCONNECTED';
  private reason = '';
  /** By message id; our own ids are small numbers. */
  private readonly pending = new OpenCalls<Pending>();
  private readonly counts = { connects: 0, reconnects: 0, calls: 0, errors: 0 };
  private abortion = new AbortController();
  /** As the signal says: asking the signal costs every call more than all that is asked here. */
  private isAborted = false;
  private connecting: Promise<void> | null = null;
  /** Counts close(): a connection that comes after it is not wanted any more. */
  private closes = 0;
  /** The connection ended while no call was under way: the next call is then the one that fails first (section 10.3). */
  private isLostIdle = false;
  private deadlineTimer: NodeJS.Timeout | null = null;
  private deadlineTimerMs = 0;

  constructor(options: ClientOptions) {
    this.options = options;
    this.hello = new LearnedHello(options);
    this.proposed = this.hello.current;
  }

  get isReady(): boolean {
    return this.state === 'READY';
  }

  /** Ready, or so as far as a caller can know: a connection that ended between two calls is opened again by the next one. */
  get isCallable(): boolean {
    return this.isReady || (this.isLostIdle && this.state === 'BROKEN');
  }

  /** What the last handshake agreed on, whether its session still stands or not, and what the next one will propose. */
  limits(): { readonly agreed: Session['agreed'] | undefined; readonly proposed: Proposal } {
    return { agreed: this.lastAgreed, proposed: this.hello.current };
  }

  /** What one request may carry now. */
  get requestPayloadBytesMax(): number {
    return this.session?.agreed.requestPayloadBytesMax ?? this.hello.current.requestPayloadBytesMax;
  }

  status(): ClientStatus {
    return {
      state: this.state,
      reason: this.reason,
      transport: this.session?.transport ?? null,
      connectCount: this.counts.connects,
      reconnectCount: this.counts.reconnects,
      callCount: this.counts.calls,
      errorCount: this.counts.errors,
    };
  }

  /** One connect attempt where the state asks for one. Resolves with whether the state changed; never rejects for a peer's fault. */
  async refresh(): Promise<boolean> {
    const before = this.state;
    if (before === 'BROKEN') {
      this.dropSession();
      await this.connect();
      if (this.isReady) this.counts.reconnects += 1;
    } else if (before === 'DISCONNECTED' || before === 'NOT_FOUND') {
      await this.connect();
      if (this.isReady) this.counts.connects += 1;
    }
    return this.state !== before;
  }

  /**
   * The payload of the answer, a copy. Retries as section 10.3: at least once, so the handler may see a request twice.
   * Fails with NetipcCodecError.
   */
  call(payload: Uint8Array, options = NO_OPTIONS): Promise<Uint8Array> {
    if (!this.isCallable) {
      // Why it is not ready stays the reason: saying NOT_READY of it would only hide the first words.
      this.counts.errors += 1;
      return Promise.reject(new NetipcCodecError('NOT_READY', this.reason || `the client is ${this.state}`));
    }
    const timeoutMs = options.timeoutMs ?? this.options.callTimeoutMs ?? LIMITS.netipcCallTimeoutMs;
    const deadlineMs = performance.now() + (timeoutMs === 0 ? LIMITS.netipcCallTimeoutMs : timeoutMs);
    // One promise a call as long as nothing goes wrong: this path is taken for every item a consumer asks for.
    return new Promise((resolve) => this.attempt({ payload, deadlineMs, options, resolve, reject: null }));
  }

  /**
   * Many items in one message, the answers in their order. One item travels as a plain call: servers differ in what a batch of one is
   * (section 11.3). Not every server splits batches, and none does for the snapshot and the look-ups.
   */
  async callBatch(items: readonly Uint8Array[], options: CallOptions = {}): Promise<Uint8Array[]> {
    const [first] = items;
    if (first === undefined) return [];
    if (items.length === 1) return [await this.call(first, options)];
    const batchItems = items.length;
    const answer = await this.call(encodeBatch(items), { ...options, batchItems });
    return items.map((_, index) => batchItem(answer, batchItems, index));
  }

  private async recover(firstError: NetipcCodecError, call: Pending): Promise<Uint8Array> {
    const { deadlineMs, options } = call;
    let error = firstError;
    let overflows = 0;
    let retried = options.isRetried === false;
    for (;;) {
      if (error.wire === 'OVERFLOW') {
        overflows += 1;
        if (overflows > OVERFLOW_RETRIES || !(await this.reconnectLarger())) return this.breakCall(error);
      } else if (error.wire === 'TIMEOUT' || error.wire === 'ABORTED' || retried) {
        return this.breakCall(error);
      } else {
        retried = true;
        if (!(await this.reconnectAfterFailure(deadlineMs))) throw this.countFailure(error);
      }
      try {
        if (deadlineMs <= performance.now()) throw new NetipcCodecError('TIMEOUT', 'the deadline has passed');
        return await new Promise((resolve, reject) => this.attempt({ ...call, resolve, reject }));
      } catch (next) {
        if (!(next instanceof NetipcCodecError)) throw next;
        error = next;
      }
    }
  }

  /** Sticky until clearAbort() or close(): calls under way and later ones fail ABORTED. */
  abort(): void {
    this.isAborted = true;
    this.abortion.abort();
    this.failPending(new NetipcCodecError('ABORTED', 'the call was aborted'));
  }

  clearAbort(): void {
    if (this.isAborted) this.abortion = new AbortController();
    this.isAborted = false;
  }

  /** Idempotent; the client can be refreshed again afterwards. */
  close(): void {
    this.closes += 1;
    this.abort();
    this.clearAbort();
    this.dropSession();
    this.setState('DISCONNECTED', '');
  }

  private setState(state: ClientState, reason: string): void {
    this.state = state;
    this.reason = reason;
  }

  private countFailure(error: NetipcCodecError): NetipcCodecError {
    this.counts.errors += 1;
    this.reason = error.message;
    return error;
  }

  private breakCall(error: NetipcCodecError): never {
    this.dropSession();
    if (this.state === 'READY') this.state = 'BROKEN';
    throw this.countFailure(error);
  }

  private dropSession(): void {
    const { session } = this;
    this.session = null;
    session?.close();
    if (this.deadlineTimer !== null) clearTimeout(this.deadlineTimer);
    this.deadlineTimer = null;
    this.failPending(new NetipcCodecError('TRUNCATED', 'the connection was dropped'));
  }

  private failPending(error: NetipcCodecError): void {
    const waiting = this.pending.entries();
    this.pending.clear();
    for (const [, call] of waiting) this.fail(call, error);
  }

  /** Calls that failed together reconnect together: who comes later finds the new session. */
  private connect(): Promise<void> {
    if (this.session !== null) return Promise.resolve();
    this.connecting ??= this.connectOnce().finally(() => {
      this.connecting = null;
    });
    return this.connecting;
  }

  private async connectOnce(): Promise<void> {
    this.setState('CONNECTING', '');
    this.isLostIdle = false;
    const { closes } = this;
    try {
      const session = await this.openSession();
      if (closes !== this.closes) {
        session.close();
        return;
      }
      this.session = session;
      this.lastAgreed = session.agreed;
      this.setState('READY', '');
    } catch (error) {
      if (!(error instanceof NetipcSocketError)) throw error;
      if (closes !== this.closes) return;
      if (error.wire === 'LIMIT_EXCEEDED') this.hello.forgetRequestGrowth();
      this.setState(STATE_OF_ERROR[error.wire] ?? 'DISCONNECTED', error.message);
      if (error instanceof RegionUnusable) await this.connectWithoutRegion();
    }
  }

  /** Section 10.1: for the rest of this client's life shared memory is not offered any more. */
  private async connectWithoutRegion(): Promise<void> {
    if (this.hello.dropRegions()) await this.connectOnce();
  }

  private openSession(): Promise<Session> {
    const { native, runFolder, service } = this.options;
    let mine: Session | null = null;
    this.proposed = this.hello.current;
    const opened = connectSession({
      native,
      runFolder,
      service,
      hello: this.proposed,
      signal: this.abortion.signal,
      events: {
        message: (message) => this.take(message),
        closed: (error) => {
          if (mine !== null && this.session !== mine) return; // a session we had dropped already
          this.sessionEnded(error);
        },
      },
    });
    return opened.then((session) => (mine = session));
  }

  private sessionEnded(error: NetipcSocketError | null): void {
    if (error === null) return;
    this.session = null;
    this.isLostIdle = this.pending.size === 0;
    if (this.state === 'READY') this.setState('BROKEN', error.message);
    this.failPending(new NetipcCodecError(ERROR_OF_END[error.wire] ?? 'TRUNCATED', error.message));
  }

  private attempt(call: Pending): void {
    const { session } = this;
    if (this.isAborted) {
      this.fail(call, new NetipcCodecError('ABORTED', 'the call was aborted'));
    } else if (session === null) {
      this.fail(call, new NetipcCodecError('NOT_READY', 'not connected'));
    } else {
      const messageId = this.counts.calls + 1 + this.pending.size;
      this.pending.add(messageId, call);
      this.watchDeadline(call.deadlineMs);
      this.sendRequest(session, messageId, call);
    }
  }

  private fail(call: Pending, error: NetipcCodecError): void {
    if (call.reject === null) call.resolve(this.recover(error, call));
    else call.reject(error);
  }

  /** One timer for all calls: one each would cost more than the call. It may wake early and then looks who is due. */
  private watchDeadline(deadlineMs: number): void {
    if (this.deadlineTimer !== null && this.deadlineTimerMs <= deadlineMs) return;
    if (this.deadlineTimer !== null) clearTimeout(this.deadlineTimer);
    this.deadlineTimerMs = deadlineMs;
    const waitMs = Math.max(0, Math.ceil(deadlineMs - performance.now()));
    this.deadlineTimer = setTimeout(() => this.expire(), waitMs);
  }

  private expire(): void {
    this.deadlineTimer = null;
    // Timers count whole milliseconds: calls made in one turn end in one turn.
    const nowMs = performance.now() + 1;
    let nextMs = Number.POSITIVE_INFINITY;
    const due: Pending[] = [];
    for (const [messageId, call] of this.pending.entries()) {
      if (call.deadlineMs > nowMs) {
        nextMs = Math.min(nextMs, call.deadlineMs);
        continue;
      }
      this.pending.take(messageId);
      due.push(call);
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.watchDeadline(nextMs);
    // Not before all that are due were taken out: the first to fail drops the connection, and with it every call that is still kept.
    for (const call of due) this.fail(call, new NetipcCodecError('TIMEOUT', 'no answer before the deadline'));
  }

  private sendRequest(session: Session, messageId: number, call: Pending): void {
    const { payload } = call;
    const { batchItems } = call.options;
    const header = {
      kind: KIND.REQUEST,
      flags: batchItems === undefined ? 0 : FLAG_BATCH,
      code: this.options.method,
      transportStatus: 0,
      itemCount: batchItems ?? 1,
      messageId: bigOfNumber(messageId),
    };
    try {
      session.send(header, payload);
    } catch (error) {
      if (!(error instanceof NetipcSocketError)) throw error;
      const isTooLarge = error.wire === 'LIMIT_EXCEEDED';
      if (isTooLarge) this.hello.growRequest(payload.length, header.itemCount);
      const wire = isTooLarge ? 'OVERFLOW' : 'NOT_READY';
      if (this.pending.take(messageId) === call) this.fail(call, new NetipcCodecError(wire, error.message));
    }
  }

  private take(message: Message): void {
    const { header, payload } = message;
    this.options.onResponse?.(header, payload);
    const messageId = numberOfBig(header.messageId);
    const call = this.pending.take(messageId);
    if (call === undefined) {
      this.breakSession(new NetipcCodecError('BAD_LAYOUT', `nobody asked ${header.messageId}`));
      return;
    }
    const problem = this.judge(header) ?? problemOf(header, payload, call.options);
    if (problem === null) {
      this.counts.calls += 1;
      call.resolve(payload);
    } else {
      this.fail(call, problem);
    }
  }

  private judge(header: Message['header']): NetipcCodecError | null {
    if (header.kind !== KIND.RESPONSE) return new NetipcCodecError('BAD_KIND', `kind ${header.kind}`);
    if (header.code !== this.options.method)
      return new NetipcCodecError('BAD_LAYOUT', `answer of method ${header.code}`);
    if (header.transportStatus === STATUS.OK) return null;
    if (header.transportStatus !== STATUS.LIMIT_EXCEEDED) {
      return new NetipcCodecError('BAD_LAYOUT', refusalWords(header.transportStatus));
    }
    this.hello.growResponse(
      this.session?.agreed.responsePayloadBytesMax ?? this.hello.current.responsePayloadBytesMax,
    );
    return new NetipcCodecError('OVERFLOW', 'the answer does not fit the agreed limit');
  }

  private breakSession(error: NetipcCodecError): void {
    this.dropSession();
    this.setState('BROKEN', error.message);
  }

  /** After OVERFLOW: true when some limit grew, agreed or configured. */
  private async reconnectLarger(): Promise<boolean> {
    const before = this.lastAgreed;
    const { proposed } = this;
    this.dropSession();
    await this.connect();
    const after = this.session?.agreed;
    if (after === undefined) return false;
    this.counts.reconnects += 1;
    if (before === undefined) return true;
    const isAgreedLarger =
      after.requestPayloadBytesMax > before.requestPayloadBytesMax ||
      after.responsePayloadBytesMax > before.responsePayloadBytesMax;
    return isAgreedLarger || this.hello.isLargerThan(proposed);
  }

  /** A provider that restarts needs a moment: section 10.3. */
  private async reconnectAfterFailure(deadlineMs: number): Promise<boolean> {
    this.dropSession();
    const { closes } = this;
    await delay(Math.min(RECONNECT_WAIT_MS, Math.max(0, deadlineMs - performance.now())));
    for (let attempt = 0; attempt < RECONNECT_ATTEMPTS && closes === this.closes; attempt += 1) {
      if (performance.now() >= deadlineMs) return false;
      await this.connect();
      if (this.isReady) {
        this.counts.reconnects += 1;
        return true;
      }
      if (this.state === 'AUTH_FAILED' || this.state === 'INCOMPATIBLE' || this.isAborted) return false;
      await delay(RECONNECT_INTERVAL_MS);
    }
    return false;
  }
}

/** What is wrong with an answer that came with status OK, or null. */
function problemOf(
  header: Message['header'],
  payload: Uint8Array,
  { check, batchItems }: CallOptions,
): NetipcCodecError | null {
  if (batchItems !== undefined && (header.itemCount !== batchItems || (header.flags & FLAG_BATCH) === 0))
    return new NetipcCodecError('BAD_ITEM_COUNT', `${header.itemCount} answers to ${batchItems} items`);
  try {
    check?.(payload);
    return null;
  } catch (error) {
    if (error instanceof NetipcCodecError) return error;
    throw error;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
