/** A server for sockets that can be ended with all it has accepted. */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export interface SocketServer {
  /** Not listening yet. */
  readonly server: Server;
  /** Stops listening and cuts what is connected; resolves when all of it is closed. */
  readonly end: () => Promise<void>;
}

export function socketServer(onSocket: (socket: Socket) => void): SocketServer {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // The peer may vanish at any moment; `close` follows and tells the owner.
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { server, end };
}
