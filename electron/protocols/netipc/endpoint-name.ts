/** The file name of a server's socket: who may take it, and what is removed for that. docs/protocols/netipc.md sections 8.2 and 14 (B10). */
import { lstatSync, unlinkSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { NativeAddon, SeqpacketSocket } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { NetipcSocketError } from './errors.ts';
import { errnoOf } from './packet-socket.ts';

const BACKLOG = 64;

export interface ClaimedName {
  readonly listener: SeqpacketSocket;
  /** Removes the name if it still is ours. Before the listener is closed. Idempotent. */
  release(): void;
}

/**
 * Looks whether the name is free and takes it, under a lock: two servers that start at once would else both find a dead socket, and the
 * later one would remove the earlier one's living socket (section 14, B10). Fails with NetipcSocketError ADDR_IN_USE or SOCKET.
 */
export function claimName(native: NativeAddon, path: string): ClaimedName {
  // A pipe ends with its last handle, and Windows keeps a second server out: nothing to lock, nothing to remove.
  if (process.platform === 'win32') return { listener: listenOn(native, path), release: () => undefined };
  try {
    return native.withFolderLocked(dirname(path), LIMITS.netipcStartLockTimeoutMs, () => {
      freeName(native, path);
      const listener = listenOn(native, path);
      const own = lstatSync(path);
      return { listener, release: () => releaseName(path, own) };
    });
  } catch (error) {
    if (error instanceof NetipcSocketError) throw error;
    if (errnoOf(error) === 'EAGAIN') throw inUse(`${path}: another server is starting in that folder`);
    throw new NetipcSocketError('SOCKET', `cannot listen on ${path} (${errnoOf(error)})`, { cause: error });
  }
}

function inUse(
  message: string,
  fix = 'Stop that server, or choose another run folder or service name.',
): NetipcSocketError {
  return new NetipcSocketError('ADDR_IN_USE', message, { fix });
}

/**
 * Only a socket of ours that nobody listens on is removed (docs/THREATS.md D3, docs/decisions/0032-netipc-native.md): anything else at the
 * name is somebody's, and the reference, which removes it, loses it for them.
 */
function freeName(native: NativeAddon, path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw inUse(`${path} is ${kindOf(found)}, not a socket`, MOVE_AWAY);
  if (found.uid !== process.getuid?.()) throw inUse(`${path} belongs to user ${found.uid}`, MOVE_AWAY);
  const refusal = probe(native, path);
  if (refusal === null) throw inUse(`${path} is held by a running server`);
  if (refusal === 'ENOENT') return;
  if (refusal !== 'ECONNREFUSED')
    throw inUse(`${path} cannot be probed (${refusal}), so it may be held by a running server`);
  unlinkOwn(path, found);
}

const MOVE_AWAY = 'Move it away, or choose another run folder or service name.';

function kindOf(found: Stats): string {
  if (found.isFile()) return 'a regular file';
  if (found.isDirectory()) return 'a folder';
  return found.isSymbolicLink() ? 'a symbolic link' : 'no file of ours';
}

/** Null when somebody answers, else why not. */
function probe(native: NativeAddon, path: string): string | null {
  try {
    native.seqpacketClose(native.seqpacketConnect(path));
    return null;
  } catch (error) {
    return errnoOf(error);
  }
}

/** Removes the name if it still is the file that was looked at: a server without our lock may have started meanwhile. */
function unlinkOwn(path: string, looked: Stats): void {
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (now === undefined) return;
  if (now.ino !== looked.ino || now.dev !== looked.dev)
    throw inUse(`${path} was taken by another server meanwhile`);
  unlinkSync(path);
}

function releaseName(path: string, own: Stats): void {
  try {
    unlinkOwn(path, own);
  } catch {
    // Another's by now, or the folder is closed to us: whatever stands there, the next start looks at it again.
  }
}

function listenOn(native: NativeAddon, path: string): SeqpacketSocket {
  try {
    return native.seqpacketListen(path, BACKLOG);
  } catch (error) {
    const code = errnoOf(error);
    const wire = code === 'EADDRINUSE' ? 'ADDR_IN_USE' : 'SOCKET';
    throw new NetipcSocketError(wire, `cannot listen on ${path} (${code})`, { cause: error });
  }
}
