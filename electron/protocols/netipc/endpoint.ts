/**
 * What differs between platforms when a service gets its name: a file on POSIX, a pipe on Windows. docs/protocols/netipc.md sections 8.2
 * and 13.
 */
import { PROFILE } from './handshake.ts';
import { pipeName, socketPath } from './names.ts';
import { removeStaleRegions } from './region-files.ts';

const isWindows = process.platform === 'win32';

/** What clients and servers support and prefer when nothing else is asked for. Shared memory is not offered on Windows. */
export const DEFAULT_PROFILES = isWindows
  ? { supported: PROFILE.BASELINE, preferred: 0 }
  : { supported: PROFILE.BASELINE | PROFILE.SHM_HYBRID, preferred: PROFILE.SHM_HYBRID };

/** The socket's path, or the pipe's name. Fails BAD_PARAM or PATH_TOO_LONG. */
export function endpointPath(runFolder: string, service: string, platform = process.platform): string {
  return platform === 'win32' ? pipeName(runFolder, service) : socketPath(runFolder, service);
}

/** After a server listens: the regions of servers that died before. */
export function clearOldSessions(runFolder: string, service: string): void {
  if (!isWindows) removeStaleRegions(runFolder, service);
}
