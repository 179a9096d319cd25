// An agent socket that does nothing by itself: tests write bytes into it and look at what came. For GSE
// clients.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const POLL_MS = 2;

export class RawAgentConnection {
  readonly socket: Socket;
  readonly openedAtMs = performance.now();
  received: Buffer = Buffer.alloc(0);
  closedAtMs: number | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.closedAtMs = performance.now();
    });
  }

  /** Writes in pieces of `pieceBytes`, each one as a write of its own. */
  async write(bytes: Uint8Array, pieceBytes = bytes.length): Promise<void> {
    for (let start = 0; start < bytes.length && !this.socket.destroyed; start += pieceBytes) {
      const piece = bytes.subarray(start, start + pieceBytes);
      await new Promise<void>((resolve) => this.socket.write(piece, () => resolve()));
      if (pieceBytes < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Call `close()` whatever happened; twice is fine. */
export class RawAgent {
  readonly path: string;
  readonly connections: RawAgentConnection[] = [];
  /** Runs at once for each new connection. */
  onConnection: ((connection: RawAgentConnection) => void) | null = null;
  readonly #folder: string;
  readonly #server: Server;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'ipc.state.message');
    this.#server = createServer((socket) => {
      const connection = new RawAgentConnection(socket);
      this.connections.push(connection);
      this.onConnection?.(connection);
    });
  }

  static async start(): Promise<RawAgent> {
    const agent = await RawAgent.notYetListening();
    await agent.listen();
    return agent;
  }

  /** Has a path, but nobody listens there. */
  static async notYetListening(): Promise<RawAgent> {
    return new RawAgent(await mkdtemp(join(tmpdir(), 'raw-agent-')));
  }

  async listen(): Promise<void> {
    this.#server.listen(this.path);
    await once(this.#server, 'listening');
  }

  /** The connection of this number, counted from 1. */
  async connection(number: number, timeoutMs = 20_000): Promise<RawAgentConnection> {
    await until(() => this.connections.length >= number, timeoutMs, `connection ${number}`);
    const found = this.connections[number - 1];
    if (found === undefined) throw new Error('no such connection');
    return found;
  }

  /** Stops listening and cuts what is connected; the path is gone. */
  async stopListening(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async close(): Promise<void> {
    await this.stopListening();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Rejects when `holds` does not become true in time. */
export async function until(holds: () => boolean, timeoutMs: number, what: string): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`${what} did not come within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
