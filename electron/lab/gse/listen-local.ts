/** A socket of the lab: a private unix socket, or a TCP port of 127.0.0.1 as agents on Windows have it. */
import type { Socket } from 'node:net';
import { listen } from '../../net/listen.ts';
import { socketServer } from '../../net/socket-server.ts';
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
  const { server, end } = socketServer(onSocket);
  const bound = await listen(server, '127.0.0.1', address.port);
  let closing: Promise<void> | null = null;
  return { address: { port: bound.port }, close: () => (closing ??= end()) };
}
