/** Where this console's own netipc sockets live: `<data folder>/run`, private to the user. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LIMITS } from '../../../shared/limits.ts';
import { preparePrivateFolder } from '../../store/folder-lock.ts';

/** Room for the lab's folder and the longest service name of ours. */
const LONGEST_NAME = '/lab/cgroups-snapshot.sock';

/** Where that path is too long for a socket: a private folder of the system's temporary one. */
export function netipcRunFolder(dataFolder: string): string {
  const folder = join(resolve(dataFolder), 'run');
  if (Buffer.byteLength(folder + LONGEST_NAME) <= LIMITS.unixPathBytesMax) return folder;
  const name = createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 16);
  const user = process.getuid?.() ?? 'user';
  return join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `signalbox-${user}-${name}`, 'run');
}

/** Fails E_PERMISSION when the folder is not ours or cannot be made. */
export function prepareRunFolder(folder: string): void {
  preparePrivateFolder(folder);
}
