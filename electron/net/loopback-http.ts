/**
 * An HTTP server for this machine, made safe once (docs/THREATS.md B1 to B7): used by the MIMO listener, the
 * GSE callbacks and the serve host. Every bound comes from shared/limits.ts; every refusal has a code and is
 * told to the owner.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fail, OperatingError, type Failure } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { coalesceAnswers } from './answer-coalescing.ts';
import { readBody } from './body-reader.ts';
import type { Door, DoorCounters, DoorOptions, DoorRoute } from './door.ts';
import { callerRefusal, framingFailure, headRefusal, pathUnknown, type Expectation } from './head-check.ts';
import { allowedHosts, isLoopbackAddress, namesOfAddress } from './host-check.ts';
import { refusal, statusOf, writeAnswer, writeRawRefusal, type DoorAnswer } from './http-answer.ts';
import { HttpConnections, peerOf, type ConnectionHolder, type HttpConnection } from './http-connections.ts';
import {
  declaredBytes,
  doorRequest,
  exchangeOf,
  splitTarget,
  type Arrival,
  type Exchange,
} from './http-exchange.ts';
import { LeanIntake, type LeanIntakeOwner } from './lean-intake.ts';
import type { LeanRequest } from './lean-request.ts';
import { answerAndLinger } from './linger.ts';
import { listen, listenFailure } from './listen.ts';
import { BODY_INCOMPLETE_FIX, parserFailure } from './parser-failure.ts';
import { rawHead } from './raw-head.ts';
import type { TokenVerdict } from './token.ts';

/** Rejects with E_ADDRESS_IN_USE (names the holder), E_ADDRESS or E_PERMISSION. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const isLocal = isLoopbackAddress(options.host);
  if (!isLocal && (options.toNetwork !== true || options.authorize === undefined)) {
    const fix = 'Listen on 127.0.0.1, or ask for the network with --listen and set a token.';
    throw new OperatingError('E_ADDRESS', `${options.host} can be reached from other machines`, { fix });
  }
  const door = new LoopbackDoor(options);
  await door.open();
  return door;
}

const EMPTY = new Uint8Array(0);

class LoopbackDoor implements Door {
  readonly #options: DoorOptions;
  readonly #server: Server;
  readonly #connections = new HttpConnections(LIMITS.httpConnectionsMax);
  #hosts: ReadonlySet<string> = new Set();
  #requests = 0;
  #refused = 0;
  #closing: Promise<void> | null = null;
  #intake: LeanIntake | null = null;
  address = '';
  port = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#server = createServer({
      headersTimeout: LIMITS.httpHeadersTimeoutMs,
      requestTimeout: LIMITS.httpRequestTimeoutMs,
      // Node looks for late requests only every 30 s unless told otherwise.
      connectionsCheckingInterval: LIMITS.httpSweepIntervalMs,
      keepAliveTimeout: LIMITS.httpKeepAliveMs,
      maxHeaderSize: LIMITS.httpHeaderBytesMax,
      // A missing Host is refused by head-check.ts, so that it is told to the owner like every refusal.
      requireHostHeader: false,
      insecureHTTPParser: false,
      noDelay: true,
    });
    this.#attach();
  }

  get isLean(): boolean {
    return this.#intake !== null;
  }

  async open(): Promise<void> {
    const { host, port, native, authorize, upgrade } = this.#options;
    const canBeLean = authorize === undefined && upgrade === undefined && isIP(host) !== 0;
    if (native === undefined || native === null || !canBeLean) {
      const bound = await listen(this.#server, host, port);
      this.#opened(bound.address, bound.port);
      return;
    }
    try {
      this.#intake = new LeanIntake(native, host, port, this.#leanOwner());
    } catch (error) {
      // Expected: what bind and listen refuse, as an errno.
      throw await listenFailure(errnoOf(error), host, port);
    }
    // Nobody listens behind this server: the event is what starts its look for late requests.
    this.#server.emit('listening');
    this.#opened(host, this.#intake.port);
  }

  #opened(address: string, port: number): void {
    this.address = address;
    this.port = port;
    const names = [...(this.#options.hostNames ?? []), ...namesOfAddress(address)];
    this.#hosts = allowedHosts(port, names, this.#options.hostsAsIs);
  }

  #leanOwner(): LeanIntakeOwner {
    return {
      clock: this.#options.clock,
      connections: this.#connections,
      admit: (request, bodyBytes) => this.#admitLean(request, bodyBytes),
      serve: (request, route, connection, bytes) => this.#serveLean(request, route, connection, bytes),
      handOver: (socket, from) => this.#takeOver(socket, from),
      isClosing: () => this.#closing !== null,
      supervise: (work) => this.#supervise(work),
    };
  }

  get #pathFix(): string {
    return this.#options.pathFix ?? 'Correct the path of the address.';
  }

  counters(): DoorCounters {
    return {
      connections: this.#connections.count,
      evicted: this.#connections.evicted,
      requests: this.#requests,
      refused: this.#refused,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    const grace = setTimeout(() => this.#connections.destroyAll(), LIMITS.httpLingerMs);
    this.#intake?.stop();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeIdleConnections();
    await closed;
    // The server counts only connections it has accepted itself.
    await this.#connections.emptied();
    clearTimeout(grace);
    this.#intake?.end();
  }

  #attach(): void {
    const server = this.#server;
    server.on('connection', (socket: Socket) => {
      coalesceAnswers(socket);
      // One that was taken over is known already.
      if (this.#connections.of(socket) === undefined) this.#connections.add(socket, peerOf(socket));
      socket.once('close', () => this.#connections.remove(socket));
    });
    server.on('request', (request, response) => this.#supervise(this.#serve(request, response, 'none')));
    server.on('checkContinue', (request, response) =>
      this.#supervise(this.#serve(request, response, 'continue')),
    );
    server.on('checkExpectation', (request, response) =>
      this.#supervise(this.#serve(request, response, 'unknown')),
    );
    server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#parserGaveUp(error, socket as Socket),
    );
    // Without a listener node:http would close the connection without a word to anybody.
    server.on('connect', (request, socket) => this.#supervise(this.#tunnelRefused(request, socket)));
    if (this.#options.upgrade !== undefined) {
      server.on('upgrade', (request, socket, head) => this.#supervise(this.#upgrade(request, socket, head)));
    }
  }

  /** A rejection here is a bug of ours: it must end the process, not a promise nobody looks at. */
  #supervise(work: Promise<void>): void {
    work.catch((error: unknown) => {
      setImmediate(() => {
        throw error;
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse, expect: Expectation): Promise<void> {
    const connection = this.#connections.of(request.socket);
    if (connection === undefined || connection.failed) return;
    connection.opened(request, response);
    this.#requests += 1;
    const exchange = exchangeOf(request, response, connection, this.#options.clock.wallMs());
    const route = this.#options.route(exchange.path);
    const bodyBytesMax = route?.bodyBytesMax ?? LIMITS.httpRefusedBytesMax;
    let early = headRefusal(request, route, this.#hosts, expect, this.#pathFix);
    if (early === null && this.#options.authorize !== undefined) {
      early = await tokenRefusal(this.#options.authorize(request));
    }
    if (declaredBytes(request) > bodyBytesMax) {
      return this.#refuseEarly(exchange, early ?? bodyTooLarge(bodyBytesMax), EMPTY);
    }
    // Asking first, or framing that two parsers may read differently: not a byte of the body is looked at.
    if (early !== null && (expect !== 'none' || early.failure?.code === 'E_HTTP')) {
      return this.#refuseEarly(exchange, early, EMPTY);
    }
    if (expect === 'continue') response.writeContinue();
    const { outcome, bytes } = await readBody(request, bodyBytesMax);
    if (outcome === 'too_large')
      return this.#refuseEarly(exchange, early ?? bodyTooLarge(bodyBytesMax), bytes);
    if (outcome === 'incomplete') return this.#bodyBrokeOff(exchange, bytes);
    return this.#answer(exchange, early ?? route, bytes);
  }

  /** The request is whole; an early refusal was kept back until now, so that the connection can live on. */
  async #answer(exchange: Exchange, verdict: DoorRoute | DoorAnswer | null, body: Uint8Array): Promise<void> {
    const answer = await this.#decide(exchange, verdict, body);
    const { response } = exchange;
    if (!response.destroyed) writeAnswer(response, answer, this.#closing !== null, true);
  }

  async #decide(
    arrival: Arrival,
    verdict: DoorRoute | DoorAnswer | null,
    body: Uint8Array,
  ): Promise<DoorAnswer> {
    const { connection } = arrival;
    this.#connections.workStarts(connection);
    const route = verdict !== null && 'handle' in verdict ? verdict : null;
    let answer: DoorAnswer;
    if (verdict === null) answer = refusal(pathUnknown(arrival.path, this.#pathFix));
    else if ('handle' in verdict) answer = await verdict.handle(doorRequest(arrival, body));
    else answer = verdict;
    if (answer.failure !== undefined) {
      await this.#report(arrival, body, answer.failure);
      if (route?.refusalStatus !== undefined) answer = { status: route.refusalStatus };
    }
    this.#connections.workEnds(connection);
    return answer;
  }

  /** Whatever would be refused is node:http's, which refuses it in its one tested way. */
  #admitLean(request: LeanRequest, bodyBytes: number): DoorRoute | null {
    const route = this.#options.route(splitTarget(request.url).path);
    if (route === null || bodyBytes > route.bodyBytesMax) return null;
    return headRefusal(request, route, this.#hosts, 'none', this.#pathFix) === null ? route : null;
  }

  #serveLean(
    request: LeanRequest,
    route: DoorRoute,
    connection: HttpConnection,
    bytes: Buffer,
  ): Promise<DoorAnswer> {
    this.#requests += 1;
    const receivedAtMs = this.#options.clock.wallMs();
    const head = (): Uint8Array => bytes.subarray(0, request.headBytes);
    const arrival = { request, connection, receivedAtMs, ...splitTarget(request.url), head };
    return this.#decide(arrival, route, bytes.subarray(request.headBytes));
  }

  #takeOver(socket: Socket, from: ConnectionHolder): void {
    this.#connections.move(from, socket);
    this.#server.emit('connection', socket);
  }

  async #refuseEarly(exchange: Exchange, answer: DoorAnswer, body: Uint8Array): Promise<void> {
    // At once: what the peer wrote behind this request must not be taken for another one.
    exchange.connection.markFailed();
    if (answer.failure !== undefined) await this.#report(exchange, body, answer.failure);
    answerAndLinger(exchange, answer);
  }

  /**
   * Tells the owner, except of a look at the door: GET is the documented way to ask whether somebody is
   * there.
   */
  async #report(arrival: Arrival, body: Uint8Array, failure: Failure): Promise<void> {
    const { request, connection, receivedAtMs } = arrival;
    this.#refused += 1;
    if (failure.code === 'E_METHOD' && (request.method === 'GET' || request.method === 'HEAD')) return;
    const { peer } = connection;
    await this.#options.refused?.({ receivedAtMs, peer, head: arrival.head(), body, failure });
  }

  /** The peer left in the middle of its body; when the parser gave up first, that has been told already. */
  async #bodyBrokeOff(exchange: Exchange, body: Uint8Array): Promise<void> {
    if (!exchange.connection.markFailed()) return;
    const message = `the peer closed after ${body.length} bytes of the body`;
    const { failure } = fail('E_BODY_INCOMPLETE', message, BODY_INCOMPLETE_FIX);
    await this.#report(exchange, body, failure);
  }

  /** Bytes that are no HTTP, or that came too slowly. */
  #parserGaveUp(cause: NodeJS.ErrnoException, socket: Socket): void {
    const verdict = parserFailure(cause, socket.bytesRead);
    // A connection that never said a byte, or that was cut, is no request (docs/protocols/mimo.md section 6).
    if (verdict === null) {
      socket.destroy();
      return;
    }
    const connection = this.#connections.of(socket);
    if (connection?.markFailed() !== true) return;
    const receivedAtMs = this.#options.clock.wallMs();
    const { status, failure, raw } = verdict;
    const { peer, incompleteRequest } = connection;
    this.#refused += 1;
    const head = raw.length === 0 && incompleteRequest !== null ? rawHead(incompleteRequest) : raw;
    const answer = (): void => {
      writeRawRefusal(socket, status, failure);
      setTimeout(() => socket.destroy(), LIMITS.httpLingerMs).unref();
    };
    const tell = async (): Promise<void> => {
      await this.#options.refused?.({ receivedAtMs, peer, head, body: EMPTY, failure });
      connection.whenAnswered(answer);
    };
    this.#supervise(tell());
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const receivedAtMs = this.#options.clock.wallMs();
    socket.on('error', () => socket.destroy());
    const framing = framingFailure(request);
    let denied = framing === null ? callerRefusal(request, this.#hosts) : refusal(framing);
    if (denied === null && this.#options.authorize !== undefined) {
      denied = await tokenRefusal(this.#options.authorize(request));
    }
    if (denied?.failure === undefined) {
      // A line that stays open finishes no request: it must not be the first to give way.
      const connection = this.#connections.of(request.socket);
      if (connection !== undefined) this.#connections.workStarts(connection);
      this.#options.upgrade?.(request, socket, head);
      return;
    }
    await this.#refuseBare(request, receivedAtMs, denied.status, denied.failure);
  }

  /** CONNECT: its target is no path, so it is refused as such. */
  async #tunnelRefused(request: IncomingMessage, socket: Duplex): Promise<void> {
    socket.on('error', () => socket.destroy());
    const failure = framingFailure(request) ?? pathUnknown(request.url ?? '', this.#pathFix);
    await this.#refuseBare(request, this.#options.clock.wallMs(), statusOf(failure.code), failure);
  }

  /** For a socket that node:http has let go of. */
  async #refuseBare(
    request: IncomingMessage,
    receivedAtMs: number,
    status: number,
    failure: Failure,
  ): Promise<void> {
    this.#refused += 1;
    const peer = peerOf(request.socket);
    await this.#options.refused?.({ receivedAtMs, peer, head: rawHead(request), body: EMPTY, failure });
    writeRawRefusal(request.socket, status, failure);
    request.socket.destroySoon();
  }
}

function bodyTooLarge(bytesMax: number): DoorAnswer {
  const message = `the body is larger than ${bytesMax} bytes`;
  return refusal(fail('E_BODY_TOO_LARGE', message, 'Send less in one request.').failure);
}

async function tokenRefusal(verdict: TokenVerdict): Promise<DoorAnswer | null> {
  if (verdict.accepted) return null;
  if (verdict.waitMs > 0) await new Promise((resolve) => setTimeout(resolve, verdict.waitMs));
  const { failure } = fail('E_TOKEN', 'a valid token is needed', 'Send it as Authorization: Bearer <token>.');
  return { status: statusOf('E_TOKEN'), failure, headers: { 'WWW-Authenticate': 'Bearer' } };
}

/** What the addon throws is an Error with an errno's name as code; anything else is a bug. */
function errnoOf(error: unknown): NodeJS.ErrnoException {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return Object.assign(error, { code: error.code });
  throw error;
}
