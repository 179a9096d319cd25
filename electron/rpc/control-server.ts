/**
 * The door for the command line: the same calls and streams as a window has, over a unix socket only this
 * user can open (docs/THREATS.md, D1). Whoever holds the console opens it; without it the console works, only
 * the CLI cannot attach.
 */
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Console } from '../core/console.ts';
import { controlSocketPath, removeControlFile, writeControlFile } from '../core/control-file.ts';
import { frameSocket } from '../net/frame-socket.ts';
import { listenUnix } from '../net/unix-listener.ts';
import type { UnixListener } from '../net/unix-listener.ts';
import { PeerSession } from './peer-session.ts';

export interface ControlOptions {
  readonly console: Pick<Console, 'calls' | 'streams'>;
  readonly dataFolder: string;
  readonly host: 'desktop' | 'serve';
  readonly startedAtMs: number;
  readonly onBug: (name: string, error: unknown) => void;
}

export interface ControlServer {
  readonly path: string;
  /** Ends the sessions, unlinks the socket and removes console.json. Idempotent. */
  close(): Promise<void>;
}

/** Fails with E_ADDRESS_IN_USE, E_ADDRESS, E_PERMISSION, E_PATH_TOO_LONG. */
export async function openControl(options: ControlOptions): Promise<ControlServer> {
  const { console: core, dataFolder, host, startedAtMs, onBug } = options;
  const sessions = new Set<PeerSession>();
  const listener = await listenUnix(controlSocketPath(dataFolder), (socket) => {
    if (sessions.size >= LIMITS.controlSessionsMax) {
      socket.destroy();
      return;
    }
    const session: PeerSession = new PeerSession({
      port: frameSocket(socket, LIMITS.frameInboundBytesMax),
      calls: core.calls,
      streams: core.streams,
      onBug,
      onEnd: () => sessions.delete(session),
    });
    sessions.add(session);
  });
  await publish(
    listener,
    { version: 1, pid: process.pid, host, socket: listener.path, startedAtMs },
    dataFolder,
  );
  const close = async (): Promise<void> => {
    await removeControlFile(dataFolder);
    for (const session of sessions) session.end('the console stops');
    await listener.close();
  };
  let closing: Promise<void> | null = null;
  return { path: listener.path, close: () => (closing ??= close()) };
}

async function publish(
  listener: UnixListener,
  content: Parameters<typeof writeControlFile>[1],
  dataFolder: string,
): Promise<void> {
  try {
    await writeControlFile(dataFolder, content);
  } catch (error) {
    // A full or read-only disk: nobody could find the socket.
    await listener.close();
    throw new OperatingError('E_PERMISSION', `console.json cannot be written in ${dataFolder}`, {
      cause: error,
    });
  }
}

/**
 * What hosts call: a console without its control door still serves its windows, so a door that cannot be
 * opened is said and no more. Returns the function that closes it.
 */
export async function openControlBeside(
  options: ControlOptions,
  say: (line: string) => void,
): Promise<() => Promise<void>> {
  try {
    const control = await openControl(options);
    return () => control.close();
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    say(`the command line cannot attach to this console: ${error.code}: ${error.message}`);
    return () => Promise.resolve();
  }
}
