/**
 * Bounds the number of open connections of a door. When it is reached, the connection that has gone longest without
 * finishing a request gives way: a thousand slow attackers push out one another, never a producer (docs/THREATS.md B6).
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** Requests whose head was parsed and whose answer has not left completely. */
  readonly open: Set<IncomingMessage>;
  /** Requests handed to a handler and not yet answered. */
  working: number;
  /** Set once the parser has given up on this connection; runs when nothing is open any more. */
  onIdle: (() => void) | null;
}

export class HttpConnections {
  readonly #connectionsMax: number;
  /** Oldest progress first: a whole request moves its connection to the end. */
  readonly #connections = new Map<Socket, Connection>();
  /** Connections with a failure: a broken parser reports every further chunk as a new error. */
  readonly #failed = new WeakSet<Socket>();
  #evicted = 0;

  constructor(connectionsMax: number) {
    this.#connectionsMax = connectionsMax;
  }

  get count(): number {
    return this.#connections.size;
  }

  /** Connections closed to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Takes a new connection; when every other one is being served, the new one is closed instead. */
  add(socket: Socket): void {
    if (this.#connections.size >= this.#connectionsMax && !this.#evictOne()) {
      this.#evicted += 1;
      socket.destroy();
      return;
    }
    this.#connections.set(socket, { open: new Set(), working: 0, onIdle: null });
    socket.once('close', () => this.#connections.delete(socket));
  }

  opened(socket: Socket, request: IncomingMessage): void {
    this.#connections.get(socket)?.open.add(request);
  }

  closed(socket: Socket, request: IncomingMessage): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.open.delete(request);
    if (connection.onIdle === null || connection.open.size > 0) return;
    const action = connection.onIdle;
    connection.onIdle = null;
    action();
  }

  /** Between these two the connection is never evicted: its request is whole and will be answered. */
  workStarts(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.working += 1;
    this.#connections.delete(socket);
    this.#connections.set(socket, connection);
  }

  workEnds(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined) connection.working -= 1;
  }

  isFailed(socket: Socket): boolean {
    return this.#failed.has(socket);
  }

  /** No further request of this connection counts. True the first time only. */
  markFailed(socket: Socket): boolean {
    if (this.#failed.has(socket)) return false;
    this.#failed.add(socket);
    return true;
  }

  /** The request whose body is still coming, if any. */
  incompleteRequest(socket: Socket): IncomingMessage | null {
    for (const request of this.#connections.get(socket)?.open ?? []) if (!request.complete) return request;
    return null;
  }

  /**
   * Runs `action` once every whole request already taken from this connection has been answered; a request whose body
   * broke off will never be, so it does not count.
   */
  whenIdle(socket: Socket, action: () => void): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    for (const request of connection.open) if (!request.complete) connection.open.delete(request);
    if (connection.open.size === 0) action();
    else connection.onIdle = action;
  }

  destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  #evictOne(): boolean {
    for (const [socket, connection] of this.#connections) {
      if (connection.working > 0) continue;
      this.#evicted += 1;
      this.#connections.delete(socket);
      this.#failed.add(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}
