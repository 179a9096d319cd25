/** Who holds a TCP port on this machine, as far as /proc tells; and which port is free near it. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { OperatingError } from '../../shared/failure.ts';

export interface PortHolder {
  readonly pid: number;
  /** File name of the program; where that is closed to us, what the kernel calls its main thread. */
  readonly program: string;
}

const LISTEN_STATE = '0A';

/**
 * Null when nobody listens there, on a system without /proc, or when the holder belongs to another user (its
 * file descriptors cannot be read then).
 */
export async function portHolder(port: number): Promise<PortHolder | null> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const inode of listeningInodes(await readOrEmpty(table), port)) inodes.add(inode);
  }
  if (inodes.size === 0) return null;
  for (const pid of await namesIn('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    if (!(await holdsSocket(pid, inodes))) continue;
    return { pid: Number(pid), program: await programOf(pid) };
  }
  return null;
}

/** A program may name its main thread as it likes: Node 24 calls it MainThread, which tells nobody anything. */
async function programOf(pid: string): Promise<string> {
  const file = basename(await linkOrEmpty(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '');
  if (file !== '') return file;
  const thread = (await readOrEmpty(`/proc/${pid}/comm`)).trim();
  return thread === '' ? 'unknown program' : thread;
}

/** Reads the kernel's table: local address, state and inode stand in columns 1, 3 and 9. */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes: string[] = [];
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    const inode = columns[9];
    if (columns[3] === LISTEN_STATE && columns[1]?.endsWith(suffix) === true && inode !== undefined)
      inodes.push(inode);
  }
  return inodes;
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  for (const descriptor of await namesIn(`/proc/${pid}/fd`)) {
    const target = await linkOrEmpty(`/proc/${pid}/fd/${descriptor}`);
    if (target.startsWith('socket:[') && inodes.has(target.slice('socket:['.length, -1))) return true;
  }
  return false;
}

/** Processes come and go while we look, and foreign ones are closed to us: both read as empty. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function linkOrEmpty(path: string): Promise<string> {
  return readlink(path).catch(() => '');
}

/** The error to show when `listen` failed with EADDRINUSE; names the holder when it is known. */
export async function addressInUse(host: string, port: number, cause: unknown): Promise<OperatingError> {
  const holder = await portHolder(port);
  const message =
    holder === null
      ? `Port ${port} on ${host} is already in use`
      : `Port ${port} is held by pid ${holder.pid} (${holder.program})`;
  const fix = 'Stop that program, or let Signalbox use another port.';
  return new OperatingError('E_ADDRESS_IN_USE', message, { fix, cause });
}

/**
 * The first port above `port` on which `host` can listen right now, within 100 ports; null when there is
 * none.
 */
export async function freePortNear(port: number, host = '127.0.0.1'): Promise<number | null> {
  const last = Math.min(port + 100, 65_535);
  for (let candidate = port + 1; candidate <= last; candidate += 1) {
    if (await canListen(host, candidate)) return candidate;
  }
  return null;
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
