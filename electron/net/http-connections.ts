/**
 * Bounds the number of open connections of a door. When it is reached, the connection that has gone longest
 * without finishing a request gives way: a thousand slow attackers push out one another, never a producer
 * (docs/THREATS.md B6).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** One end of a connection: a socket of Node's, or one that lean-intake.ts watches. */
export interface ConnectionHolder {
  destroy(): unknown;
}

interface Exchanged {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What is known of one connection. Outlives its socket for as long as somebody still works on it. */
export class HttpConnection {
  readonly peer: string;
  /** Grows with every whole request of the door: the smallest has waited longest. */
  progress: number;
  /** Requests handed to a handler and not yet answered. */
  working = 0;
  /**
   * No further request of this connection counts: it was refused early, broke off, or its bytes are no HTTP.
   */
  failed = false;
  #last: Exchanged | null = null;
  #beforeLast: Exchanged | null = null;

  constructor(peer: string, progress: number) {
    this.peer = peer;
    this.progress = progress;
  }

  opened(request: IncomingMessage, response: ServerResponse): void {
    this.#beforeLast = this.#last;
    this.#last = { request, response };
  }

  /** True the first time only. */
  markFailed(): boolean {
    const isFirst = !this.failed;
    this.failed = true;
    return isFirst;
  }

  /** The request whose body is still coming, if any. */
  get incompleteRequest(): IncomingMessage | null {
    return this.#last === null || this.#last.request.complete ? null : this.#last.request;
  }

  /**
   * Runs `action` once every whole request taken from this connection has been answered. Answers leave in
   * order, so that the last one tells; a request whose body broke off is never answered, and only the last
   * one can be such.
   */
  whenAnswered(action: () => void): void {
    const last = this.incompleteRequest === null ? this.#last : this.#beforeLast;
    if (last === null || last.response.writableFinished || last.response.destroyed) action();
    else last.response.once('close', action);
  }
}

export class HttpConnections {
  readonly #connectionsMax: number;
  readonly #connections = new Map<ConnectionHolder, HttpConnection>();
  #progress = 0;
  #evicted = 0;
  #whenEmpty: (() => void) | null = null;

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

  /**
   * Takes a new connection; when every other one is being served, the new one is closed instead. The owner
   * says `remove` when it ends.
   */
  add(holder: ConnectionHolder, peer: string): void {
    if (this.#connections.size >= this.#connectionsMax && !this.#evictOne()) {
      this.#evicted += 1;
      holder.destroy();
      return;
    }
    this.#progress += 1;
    this.#connections.set(holder, new HttpConnection(peer, this.#progress));
  }

  /** Undefined when the connection has closed or had to make room. */
  of(holder: ConnectionHolder): HttpConnection | undefined {
    return this.#connections.get(holder);
  }

  /** Idempotent. */
  remove(holder: ConnectionHolder): void {
    if (this.#connections.delete(holder) && this.#connections.size === 0) this.#whenEmpty?.();
  }

  /** The same connection in other hands: its place in the line of those that may have to go is kept. */
  move(from: ConnectionHolder, to: ConnectionHolder): void {
    const connection = this.#connections.get(from);
    if (connection === undefined) return;
    this.#connections.delete(from);
    this.#connections.set(to, connection);
  }

  /** Resolves when no connection is left. Call once. */
  async emptied(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  /**
   * From here until `workEnds` the connection is never evicted: its request is whole and will be answered.
   */
  workStarts(connection: HttpConnection): void {
    this.#progress += 1;
    connection.progress = this.#progress;
    connection.working += 1;
  }

  workEnds(connection: HttpConnection): void {
    connection.working -= 1;
  }

  destroyAll(): void {
    for (const holder of this.#connections.keys()) holder.destroy();
  }

  #evictOne(): boolean {
    let oldest: ConnectionHolder | null = null;
    let progressLeast = Number.POSITIVE_INFINITY;
    for (const [holder, { working, progress }] of this.#connections) {
      if (working > 0 || progress >= progressLeast) continue;
      oldest = holder;
      progressLeast = progress;
    }
    if (oldest === null) return false;
    this.#evicted += 1;
    this.#connections.get(oldest)?.markFailed();
    this.#connections.delete(oldest);
    oldest.destroy();
    return true;
  }
}

/** Such as `127.0.0.1:40522` or `[::1]:40522`; '' when the socket has gone. */
export function peerOf(socket: Socket): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return '';
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
