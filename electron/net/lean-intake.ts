/**
 * Takes connections for a door by the native addon, past node:http: a sender that opens a connection for
 * every event costs node:http more than everything behind it. Whole plain requests (lean-request.ts) that the
 * door admits are served here; everything else goes to node:http with not a byte of it read, and stays there.
 * docs/decisions/0011-lean-intake.md tells why.
 */
import { Socket } from 'node:net';
import type { Clock } from '../../shared/clock.ts';
import { LIMITS } from '../../shared/limits.ts';
import { TCP_DOOR_COLUMNS, TCP_DOOR_SILENT, type NativeAddon, type TcpDoor } from '../../native/index.ts';
import type { DoorRoute } from './door.ts';
import type { DoorAnswer } from './http-answer.ts';
import type { ConnectionHolder, HttpConnection, HttpConnections } from './http-connections.ts';
import { AnswerBatch } from './lean-answer-batch.ts';
import { leanAnswer } from './lean-answer.ts';
import { readLeanRequest, type LeanRequest } from './lean-request.ts';

/** As node:net. */
const BACKLOG = 511;
/** Connections a turn, and the room for a peer's name, as native/addon/src/tcp-door.h has them. */
const LINES_MAX = 64;
const PEER_BYTES_MAX = 64;

/** The door behind it. */
export interface LeanIntakeOwner {
  readonly clock: Clock;
  readonly connections: HttpConnections;
  /** Null when there is anything to refuse: node:http's side of the door does that. */
  admit(request: LeanRequest, bodyBytes: number): DoorRoute | null;
  /** Rejects only for bugs. */
  serve(
    request: LeanRequest,
    route: DoorRoute,
    connection: HttpConnection,
    bytes: Buffer,
  ): Promise<DoorAnswer>;
  /** Gives a connection to node:http. */
  handOver(socket: Socket, from: ConnectionHolder): void;
  isClosing(): boolean;
  supervise(work: Promise<void>): void;
}

/** `silent` new, nothing said · `working` a request is being answered · `idle` answered, may ask again */
type State = 'silent' | 'working' | 'idle';

class LeanConnection implements ConnectionHolder {
  readonly name: number;
  readonly #drop: (connection: LeanConnection) => void;
  state: State = 'silent';
  /** Monotonic; since when it is idle. */
  sinceMs = 0;

  constructor(name: number, drop: (connection: LeanConnection) => void) {
    this.name = name;
    this.#drop = drop;
  }

  destroy(): void {
    this.#drop(this);
  }
}

export class LeanIntake {
  readonly #native: NativeAddon;
  readonly #door: TcpDoor;
  readonly #owner: LeanIntakeOwner;
  readonly #arrived = Buffer.alloc(LINES_MAX * (LIMITS.httpLeanRequestBytesMax + PEER_BYTES_MAX));
  /** One line more: the one that says why accepting stopped. */
  readonly #lines = new Int32Array((LINES_MAX + 1) * TCP_DOOR_COLUMNS.READY);
  readonly #connections = new Map<number, LeanConnection>();
  readonly #answers: AnswerBatch<LeanConnection>;
  #silentTimer: NodeJS.Timeout | null = null;
  readonly #sweep: NodeJS.Timeout;

  /** Listens, and accepts from now on. Throws as tcpDoorOpen does; `address` is in figures. */
  constructor(native: NativeAddon, address: string, port: number, owner: LeanIntakeOwner) {
    this.#native = native;
    this.#owner = owner;
    this.#door = native.tcpDoorOpen(address, port, BACKLOG);
    this.#answers = new AnswerBatch(native, this.#door, (connection, isOpen) =>
      this.#answered(connection, isOpen),
    );
    const onReady = (count: number): void => this.#takeLines(count);
    native.tcpDoorWatch(this.#door, this.#arrived, this.#lines, LIMITS.httpLeanRequestBytesMax, onReady);
    this.#sweep = setInterval(() => this.#closeIdle(LIMITS.httpKeepAliveMs), LIMITS.httpSweepIntervalMs);
    this.#sweep.unref();
  }

  /** The port really bound. */
  get port(): number {
    return this.#native.tcpDoorPort(this.#door);
  }

  /** Accepts no more and keeps only what is being answered; who has said nothing yet goes to node:http. */
  stop(): void {
    clearInterval(this.#sweep);
    // Then who was being answered in this turn is idle, and closed with the others.
    this.#answers.send();
    this.#native.tcpDoorStopAccepting(this.#door);
    this.#handOverSilent();
    this.#closeIdle(0);
  }

  /** Closes what is left, answers that wait included. Idempotent. */
  end(): void {
    this.#answers.discard();
    this.#native.tcpDoorClose(this.#door);
  }

  #takeLines(count: number): void {
    // Who is only waiting for its answer to leave must not have to make room for a new connection.
    this.#answers.send();
    const lines = this.#lines;
    for (let index = 0; index < count; index += 1) {
      const at = index * TCP_DOOR_COLUMNS.READY;
      const line = lines.subarray(at, at + TCP_DOOR_COLUMNS.READY);
      const [name = 0, offset = 0, length = 0, peerBytes = 0] = line;
      // No descriptor is left: the connections wait in the kernel for a while.
      if (name < 0) setTimeout(() => this.#resume(), LIMITS.httpAcceptPauseMs).unref();
      else this.#take(name, offset, length, peerBytes);
    }
  }

  #take(name: number, offset: number, length: number, peerBytes: number): void {
    if (peerBytes > 0) this.#welcome(name, this.#arrived.toString('latin1', offset - peerBytes, offset));
    const connection = this.#connections.get(name);
    // It had to make room for another, in this very turn perhaps.
    if (connection === undefined) return;
    if (length === TCP_DOOR_SILENT) this.#waitForWords();
    else if (length === 0) connection.destroy();
    // A copy: the next turn overwrites what the addon shows.
    else this.#read(connection, Buffer.from(this.#arrived.subarray(offset, offset + length)));
  }

  /** It is closed at once when there is no room for it. */
  #welcome(name: number, peer: string): void {
    const connection = new LeanConnection(name, (gone) => this.#drop(gone));
    this.#connections.set(name, connection);
    this.#owner.connections.add(connection, peer);
  }

  #read(connection: LeanConnection, bytes: Buffer): void {
    const request = readLeanRequest(bytes);
    const route = request === null ? null : this.#owner.admit(request, bytes.length - request.headBytes);
    const known = this.#owner.connections.of(connection);
    if (request === null || route === null || known === undefined) this.#handOver(connection);
    else this.#owner.supervise(this.#serve(connection, known, request, route, bytes));
  }

  async #serve(
    connection: LeanConnection,
    known: HttpConnection,
    request: LeanRequest,
    route: DoorRoute,
    bytes: Buffer,
  ): Promise<void> {
    connection.state = 'working';
    const answer = await this.#owner.serve(request, route, known, bytes);
    // It may have been closed meanwhile, when the door closes and its time is over.
    if (!this.#isOpen(connection)) return;
    const lean = leanAnswer(answer, this.#owner.isClosing(), request.closes);
    this.#answers.add(connection, lean, bytes.length);
  }

  #answered(connection: LeanConnection, isOpen: boolean): void {
    if (isOpen) {
      connection.state = 'idle';
      connection.sinceMs = this.#owner.clock.monotonicMs();
      return;
    }
    if (this.#isOpen(connection)) this.#connections.delete(connection.name);
    this.#owner.connections.remove(connection);
  }

  #isOpen(connection: LeanConnection): boolean {
    return this.#connections.get(connection.name) === connection;
  }

  /** Idempotent. */
  #drop(connection: LeanConnection): void {
    if (!this.#isOpen(connection)) return;
    this.#connections.delete(connection.name);
    this.#owner.connections.remove(connection);
    this.#native.tcpDoorDrop(this.#door, connection.name);
  }

  #handOver(connection: LeanConnection): void {
    this.#connections.delete(connection.name);
    const fd = this.#native.tcpDoorTake(this.#door, connection.name);
    const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
    this.#owner.handOver(socket, connection);
  }

  /** A connection often comes a moment before its first byte; who stays silent is watched by node:http. */
  #waitForWords(): void {
    this.#silentTimer ??= setTimeout(() => this.#handOverSilent(), LIMITS.httpSilentMs).unref();
  }

  #handOverSilent(): void {
    if (this.#silentTimer !== null) clearTimeout(this.#silentTimer);
    this.#silentTimer = null;
    for (const connection of [...this.#connections.values()])
      if (connection.state === 'silent') this.#handOver(connection);
  }

  #closeIdle(afterMs: number): void {
    const latestMs = this.#owner.clock.monotonicMs() - afterMs;
    for (const connection of [...this.#connections.values()])
      if (connection.state === 'idle' && connection.sinceMs <= latestMs) connection.destroy();
  }

  #resume(): void {
    if (!this.#owner.isClosing()) this.#native.tcpDoorResume(this.#door);
  }
}
