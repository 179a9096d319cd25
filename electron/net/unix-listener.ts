/**
 * A unix socket that is private from birth and never takes a living one's place (docs/THREATS.md, D1, D3,
 * D4). Its folder must be ours with mode 0700; the socket is made under umask 0177, so there is no moment in
 * which others could connect.
 */
import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { createConnection } from 'node:net';
import type { Server, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { assert } from '../../shared/assert.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { socketServer } from './socket-server.ts';

/** A live server answers at once on the same machine; whoever does not in this time counts as alive. */
const PROBE_TIMEOUT_MS = 1_000;
const OTHERS_MASK = 0o077;
const TAKE_ATTEMPTS_MAX = 8;

export interface UnixListener {
  readonly path: string;
  /** Stops listening, unlinks the socket and closes what is connected. Idempotent. */
  close(): Promise<void>;
}

/**
 * Fails with E_PATH_TOO_LONG (107 bytes), E_ADDRESS (NUL in the path, something else than a socket stands
 * there), E_PERMISSION (the folder is not ours alone) or E_ADDRESS_IN_USE (a living server holds it, or
 * another start won the race).
 */
export async function listenUnix(path: string, onSocket: (socket: Socket) => void): Promise<UnixListener> {
  checkUnixPath(path);
  const folder = dirname(path);
  const birthPath = join(folder, `.${randomBytes(4).toString('hex')}`);
  checkUnixPath(birthPath);
  await ownFolder(folder);
  const { server, end } = socketServer(onSocket);
  await bind(server, birthPath);
  try {
    await takeName(birthPath, path);
  } catch (error) {
    await end();
    throw error;
  }
  const { ino } = await lstat(path);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await unlinkOwn(path, ino);
    await end();
  };
  return { path, close: () => (closing ??= close()) };
}

/** Connects, or fails with E_PEER_GONE when nobody listens there, E_PERMISSION, or E_PATH_TOO_LONG. */
export function connectUnix(path: string): Promise<Socket> {
  checkUnixPath(path);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const denied = error.code === 'EACCES' || error.code === 'EPERM';
      const message = denied ? `permission denied on ${path}` : `nobody answers on ${path}`;
      reject(new OperatingError(denied ? 'E_PERMISSION' : 'E_PEER_GONE', message, { cause: error }));
    });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** Refuses before any system call what the kernel would cut or misread. */
export function checkUnixPath(path: string): void {
  if (path.includes('\0')) throw new OperatingError('E_ADDRESS', 'a socket path holds no NUL');
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= LIMITS.unixPathBytesMax) return;
  const message = `the socket path has ${bytes} bytes, the system allows ${LIMITS.unixPathBytesMax}: ${path}`;
  throw new OperatingError('E_PATH_TOO_LONG', message, { fix: 'Choose a data folder with a shorter path.' });
}

async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stat = await lstat(folder);
  const uid = process.getuid?.();
  if (!stat.isDirectory()) throw new OperatingError('E_ADDRESS', `${folder} is not a folder`);
  if (uid === undefined) return;
  if (stat.uid === uid && (stat.mode & OTHERS_MASK) === 0) return;
  const mode = (stat.mode & 0o777).toString(8);
  const message = `${folder} must be yours alone to hold a socket; it has mode ${mode} and owner ${stat.uid}`;
  throw new OperatingError('E_PERMISSION', message, { fix: `chmod 700 ${folder}` });
}

/**
 * The socket is born under a name of its own and then linked to the wanted one, which the kernel does for one
 * process only. A dead socket in the way is first moved aside and looked at once more, because another start
 * may have just replaced it.
 */
async function takeName(birthPath: string, path: string): Promise<void> {
  for (let attempt = 0; attempt < TAKE_ATTEMPTS_MAX; attempt += 1) {
    if (await linked(birthPath, path)) {
      await unlink(birthPath);
      return;
    }
    await removeStale(path);
  }
  throw new OperatingError('E_ADDRESS_IN_USE', `others keep taking ${path}`);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw new OperatingError('E_ADDRESS', `cannot make ${to}`, { cause: error });
  }
}

/** Removes only a socket of ours that refuses connections; anything else stays and is an error. */
async function removeStale(path: string): Promise<void> {
  const stat = await statOrNull(path);
  if (stat === null) return;
  if (!stat.isSocket())
    throw new OperatingError('E_ADDRESS', `${path} exists and is not a socket; it was left alone`);
  const uid = process.getuid?.();
  if (uid !== undefined && stat.uid !== uid) {
    throw new OperatingError('E_PERMISSION', `${path} is a socket of user ${stat.uid}; it was left alone`);
  }
  if (await isAlive(path)) throw inUse(path);
  const asidePath = join(dirname(path), `.${randomBytes(4).toString('hex')}`);
  try {
    await rename(path, asidePath);
  } catch (error) {
    // Another start moved it first: look again.
    if (isCode(error, 'ENOENT')) return;
    throw new OperatingError('E_PERMISSION', `the dead socket ${path} cannot be removed`, { cause: error });
  }
  const alive = await isAlive(asidePath);
  if (alive) await linked(asidePath, path);
  await unlink(asidePath);
  if (alive) throw inUse(path);
}

function inUse(path: string): OperatingError {
  return new OperatingError('E_ADDRESS_IN_USE', `a living server holds ${path}`);
}

async function statOrNull(path: string): Promise<Awaited<ReturnType<typeof lstat>> | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw new OperatingError('E_PERMISSION', `${path} cannot be looked at`, { cause: error });
  }
}

/** After a takeover the name is somebody else's: the inode tells. */
async function unlinkOwn(path: string, ino: number): Promise<void> {
  try {
    if ((await lstat(path)).ino === ino) await unlink(path);
  } catch (error) {
    // Removed by hand while we ran.
    assert(isCode(error, 'ENOENT') || isCode(error, 'EACCES'), 'a path in our own folder can be unlinked');
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path });
    const settle = (alive: boolean): void => {
      probe.destroy();
      resolve(alive);
    };
    probe.setTimeout(PROBE_TIMEOUT_MS, () => settle(true));
    probe.once('connect', () => settle(true));
    probe.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const code = error.code === 'EADDRINUSE' ? 'E_ADDRESS_IN_USE' : 'E_ADDRESS';
      reject(
        new OperatingError(code, `cannot listen on ${path}: ${error.code ?? error.message}`, {
          cause: error,
        }),
      );
    };
    server.once('error', onError);
    // Node binds inside listen() for a path, before it returns: the mask holds for exactly that call.
    const maskBefore = process.umask(0o177);
    try {
      server.listen({ path, backlog: 16 }, () => {
        server.off('error', onError);
        server.on('error', () => undefined);
        resolve();
      });
    } finally {
      process.umask(maskBefore);
    }
  });
}
