/** A socket of the lab: a private unix socket, or a TCP port of 127.0.0.1 as agents on Windows have it. */
import { createServer, type Socket } from 'node:net';
import { listen } from '../../net/listen.ts';
import { listenUnix } from '../../net/unix-listener.ts';
import type { AgentAddress } from '../../protocols/gse/agent-connection.ts';

export interface LocalListener {
  /** Where to connect: the port really bound. */
  readonly address: AgentAddress;
  /** Cuts what is connected. Idempotent. */
  close(): Promise<void>;
}

/** Rejects as listenUnix and listen do. */
export async function listenLocal(
  address: AgentAddress,
  onSocket: (socket: Socket) => void,
): Promise<LocalListener> {
  if ('path' in address) {
    const listener = await listenUnix(address.path, onSocket);
    return { address, close: () => listener.close() };
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // The peer may vanish at any moment; `close` follows.
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  const bound = await listen(server, '127.0.0.1', address.port);
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> =>
    (closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }));
  return { address: { port: bound.port }, close };
}
