/**
 * Reaches the console that has the data folder, over its control socket: the same calls and streams a window
 * has.
 */
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { createClient } from '../../../shared/rpc/client.ts';
import type { Client } from '../../../shared/rpc/client.ts';
import { readControlFile } from '../../core/control-file.ts';
import { connectUnix } from '../../net/unix-listener.ts';
import { frameSocket } from '../../net/frame-socket.ts';

export interface Attached {
  readonly client: Client;
  readonly pid: number;
  /** Resolves when the console went away or the client was closed. */
  readonly closed: Promise<void>;
}

/** Null when no console runs on this data folder. Fails with E_PERMISSION. */
export async function attach(dataFolder: string): Promise<Attached | null> {
  const control = await readControlFile(dataFolder);
  if (control === null) return null;
  try {
    const socket = await connectUnix(control.socket);
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    const client = createClient({
      port: frameSocket(socket, LIMITS.frameOutboundBytesMax),
      startTimer: (delayMs, run) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    });
    return { client, pid: control.pid, closed };
  } catch (error) {
    // E_PEER_GONE: the console was killed and its file is stale.
    if (error instanceof OperatingError && error.code === 'E_PEER_GONE') return null;
    throw error;
  }
}
