/**
 * Socket and timers of an agent client, driven by session.ts: docs/protocols/gse.md sections 5.1, 5.9, 5.10
 * and 7.
 */
import { createConnection, type Socket } from 'node:net';
import type { Clock } from '../../../shared/clock.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { checkUnixPath } from '../../net/unix-listener.ts';
import {
  ContextDoneError,
  GseProtocolError,
  NotConnectedError,
  NotLaunchedError,
  SendError,
} from './errors.ts';
import type { FrameBatch } from './frames.ts';
import { AgentSession, type SessionEffect, type SessionRules, type SessionState } from './session.ts';

/** Where the agent listens: a unix socket, or a TCP port of 127.0.0.1 as on Windows. */
export type AgentAddress = { readonly path: string } | { readonly port: number };

/** What an operator may want to see; nothing here needs an answer. */
export type ConnectionEvent =
  | { readonly kind: 'connected' | 'stale' | 'fresh' }
  /** `code` is the system's, such as ENOENT; '' when the system was not asked, or said nothing. */
  | { readonly kind: 'dial_failed' | 'lost'; readonly reason: string; readonly code: string }
  /**
   * Bytes of the agent that were skipped or ended the connection. `frame` is the whole frame where only it was
   * skipped.
   */
  | { readonly kind: 'protocol'; readonly error: GseProtocolError; readonly frame?: Uint8Array }
  /** The application's callback threw. */
  | { readonly kind: 'callback_failed'; readonly cause: unknown };

export interface LaunchOptions {
  readonly signal?: AbortSignal;
  /** Without it a launch waits for ever. */
  readonly timeoutMs?: number;
}

/** What went over the wire since the client was made. Frames out are those the system has taken whole. */
export interface TrafficCounts {
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Dials begun, and connections that came of them. */
  readonly dials: number;
  readonly connections: number;
}

interface Reader<F> {
  readonly pendingBytes: number;
  pendingHead(): Uint8Array;
  push(chunk: Uint8Array): FrameBatch<F>;
}

export interface ConnectionOptions<F> {
  readonly address: AgentAddress;
  readonly rules: SessionRules;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly chance: () => number;
  /** One for each connection. */
  readonly newReader: () => Reader<F>;
  readonly keepaliveFrame: () => Buffer;
  readonly onFrame: (frame: F) => void;
  readonly onEvent: (event: ConnectionEvent) => void;
}

export class AgentConnection<F> {
  readonly #options: ConnectionOptions<F>;
  readonly #session: AgentSession;
  #socket: Socket | null = null;
  #waitTimer: NodeJS.Timeout | null = null;
  #keepaliveTimer: NodeJS.Timeout | null = null;
  #launch: PendingLaunch | null = null;
  #isPaused = false;
  readonly #counts = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0, dials: 0, connections: 0 };
  #nextDialAtMs: number | null = null;

  constructor(options: ConnectionOptions<F>) {
    this.#options = options;
    this.#session = new AgentSession(options.rules);
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get isStale(): boolean {
    return this.#session.isStale;
  }

  get counts(): TrafficCounts {
    return { ...this.#counts };
  }

  /** Wall clock of the next dial while the back-off waits; else null. */
  get nextDialAtMs(): number | null {
    return this.#nextDialAtMs;
  }

  /**
   * Resolves at the first connection. Fails with AlreadyLaunchedError, or with ContextDoneError within 100 ms
   * of the signal or the deadline; it may then be launched again.
   */
  async launch({ signal, timeoutMs }: LaunchOptions = {}): Promise<void> {
    if (signal?.aborted === true) throw new ContextDoneError('cancelled');
    const effects = this.#session.launch();
    const launch = new PendingLaunch((reason) => this.#cancelLaunch(reason), signal, timeoutMs);
    this.#launch = launch;
    this.#carryOut(effects);
    await launch.settled;
  }

  /** Closes the socket at once; resolves when it is closed. Fails with NotLaunchedError. */
  async terminate(): Promise<void> {
    const socket = this.#socket;
    this.#carryOut(this.#session.terminate());
    if (socket !== null && !socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  }

  /**
   * Resolves when the system has taken the whole frame. Fails with NotLaunchedError or NotConnectedError when
   * nothing was written, with E_BUSY when too much waits already, else with SendError: how much arrived is
   * unknown.
   */
  send(frame: Buffer): Promise<void> {
    const socket = this.#socket;
    if (this.#session.state === 'idle') return Promise.reject(new NotLaunchedError());
    if (socket === null || this.#session.state !== 'connected')
      return Promise.reject(new NotConnectedError());
    if (socket.writableLength > 0 && socket.writableLength + frame.length > LIMITS.gseSendQueueBytesMax) {
      return Promise.reject(
        new OperatingError('E_BUSY', 'the agent does not read; too much waits to be sent'),
      );
    }
    return this.#write(socket, frame);
  }

  /** One keepalive out of turn; the timer runs on. Fails as `send` does. */
  keepalive(): Promise<void> {
    return this.send(this.#options.keepaliveFrame());
  }

  /** Stops reading; the agent notices by its own full buffers. */
  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  #write(socket: Socket, frame: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const { sdkExact } = this.#options.rules;
      const late = (): void => {
        reject(new SendError('E_DEADLINE', `not taken by the agent within ${LIMITS.gseWriteTimeoutMs} ms`));
        socket.destroy();
      };
      const timer = sdkExact ? null : setTimeout(late, LIMITS.gseWriteTimeoutMs);
      socket.write(frame, (error) => {
        if (timer !== null) clearTimeout(timer);
        if (error === undefined || error === null) {
          this.#counts.framesOut += 1;
          this.#counts.bytesOut += frame.length;
          resolve();
        } else
          reject(new SendError('E_PEER_GONE', `the connection broke while sending: ${error.message}`, error));
      });
    });
  }

  #cancelLaunch(reason: ContextDoneError): void {
    // Settled first: the effects would say `cancelled` of a deadline too.
    this.#launch?.fail(reason);
    this.#carryOut(this.#session.cancelLaunch());
  }

  #carryOut(effects: readonly SessionEffect[]): void {
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: SessionEffect): void {
    const { onEvent, clock } = this.#options;
    switch (effect.do) {
      case 'dial':
        return this.#dial();
      case 'wait':
        this.#nextDialAtMs = clock.wallMs() + effect.ms;
        this.#waitTimer = setTimeout(() => this.#carryOut(this.#session.waited()), effect.ms);
        return;
      case 'keepalive':
        // A keepalive that fails is followed by the loss of the connection, which tells.
        this.send(this.#options.keepaliveFrame()).catch(() => undefined);
        return;
      case 'arm_keepalive': {
        if (this.#keepaliveTimer !== null) clearTimeout(this.#keepaliveTimer);
        const due = (): void => this.#carryOut(this.#session.keepaliveDue(clock.monotonicMs()));
        this.#keepaliveTimer = setTimeout(due, effect.ms);
        return;
      }
      case 'drop':
        this.#socket?.destroy();
        return;
      case 'stop_timers':
        return this.#stopTimers();
      case 'launched':
        this.#launch?.succeed();
        this.#launch = null;
        return;
      case 'launch_ended':
        this.#launch?.fail(new ContextDoneError('cancelled'));
        this.#launch = null;
        return;
      default:
        onEvent({ kind: effect.do });
    }
  }

  #stopTimers(): void {
    if (this.#waitTimer !== null) clearTimeout(this.#waitTimer);
    if (this.#keepaliveTimer !== null) clearTimeout(this.#keepaliveTimer);
    this.#waitTimer = null;
    this.#keepaliveTimer = null;
    this.#nextDialAtMs = null;
  }

  #dial(): void {
    const { onEvent, chance } = this.#options;
    this.#nextDialAtMs = null;
    this.#counts.dials += 1;
    const failed = (reason: string, code: string): void => {
      onEvent({ kind: 'dial_failed', reason, code });
      this.#carryOut(this.#session.dialFailed(chance()));
    };
    const target = targetOf(this.#options.address);
    if (typeof target === 'string') return failed(target, '');
    const socket = createConnection(target);
    this.#socket = socket;
    let isConnected = false;
    let lastError = 'the agent closed the connection';
    let lastCode = '';
    socket.setNoDelay(true);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      lastError = error.message;
      lastCode = error.code ?? '';
    });
    socket.once('connect', () => {
      if (this.#socket !== socket || this.#session.state === 'idle') return;
      isConnected = true;
      this.#connected(socket);
    });
    socket.once('close', () => {
      // Terminated meanwhile, perhaps even launched again: this socket speaks for nobody any more.
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (this.#session.state === 'idle') return;
      if (!isConnected) return failed(lastError, lastCode);
      onEvent({ kind: 'lost', reason: lastError, code: lastCode });
      this.#carryOut(this.#session.lost(this.#options.clock.monotonicMs(), chance()));
    });
  }

  #connected(socket: Socket): void {
    const { clock, newReader, onEvent } = this.#options;
    const reader = newReader();
    this.#counts.connections += 1;
    if (this.#isPaused) socket.pause();
    socket.on('data', (chunk: Buffer) => this.#received(socket, reader, chunk));
    socket.once('end', () => {
      if (reader.pendingBytes === 0 || this.#socket !== socket) return;
      const detail = `${reader.pendingBytes} bytes of a frame, then the end`;
      onEvent({ kind: 'protocol', error: new GseProtocolError('truncated', detail, reader.pendingHead()) });
    });
    onEvent({ kind: 'connected' });
    this.#carryOut(this.#session.dialed(clock.monotonicMs()));
  }

  #received(socket: Socket, reader: Reader<F>, chunk: Buffer): void {
    const { clock, onFrame, onEvent } = this.#options;
    const { frames, violation } = reader.push(chunk);
    this.#counts.bytesIn += chunk.length;
    this.#counts.framesIn += frames.length;
    if (frames.length > 0) this.#carryOut(this.#session.frameArrived(clock.monotonicMs()));
    for (const frame of frames) {
      if (this.#session.state === 'idle') return;
      onFrame(frame);
    }
    if (violation === null || socket.destroyed) return;
    onEvent({ kind: 'protocol', error: violation });
    socket.destroy();
  }
}

/** A text when nothing can be dialled. */
function targetOf(address: AgentAddress): { path: string } | { host: string; port: number } | string {
  if ('port' in address) return { host: '127.0.0.1', port: address.port };
  if (address.path === '') return 'missing address';
  try {
    checkUnixPath(address.path);
  } catch (error) {
    // Expected: too long, or a NUL in it.
    if (!(error instanceof OperatingError)) throw error;
    return error.message;
  }
  return { path: address.path };
}

/** A launch that is waited for, with its deadline and its signal. */
class PendingLaunch {
  readonly settled: Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | null;
  readonly #onAbort: () => void;
  #resolve: () => void = () => undefined;
  #reject: (reason: ContextDoneError) => void = () => undefined;

  constructor(cancel: (reason: ContextDoneError) => void, signal?: AbortSignal, timeoutMs?: number) {
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    this.#onAbort = () => cancel(new ContextDoneError('cancelled'));
    const late = (): void => cancel(new ContextDoneError('deadline'));
    this.#timer = timeoutMs === undefined ? null : setTimeout(late, timeoutMs);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  succeed(): void {
    this.#release();
    this.#resolve();
  }

  /** The first verdict counts. */
  fail(reason: ContextDoneError): void {
    this.#release();
    this.#reject(reason);
  }

  #release(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
