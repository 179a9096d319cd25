/** A disk of a few megabytes: a tmpfs, where this user may mount one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no small disk can be had here, or null. */
export function mountRefusal(): string | null {
  if (process.platform !== 'linux') return 'only Linux mounts a tmpfs';
  const probe = mkdtempSync(join(tmpdir(), 'signalbox-mount-'));
  const tried = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { encoding: 'utf8' });
  if (tried.status === 0) execFileSync('umount', [probe]);
  rmSync(probe, { recursive: true, force: true });
  return tried.status === 0 ? null : `mount is refused: ${(tried.stderr ?? String(tried.error)).trim()}`;
}

/** Makes the folder and mounts the disk there. */
export function mountSmallDisk(folder: string, sizeMib: number): void {
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m,mode=700`, 'tmpfs', folder]);
}

/** Also while files on it are open. */
export function unmountSmallDisk(folder: string): void {
  execFileSync('umount', ['-l', folder]);
}

/** Takes all the room that is left; removing the file gives it back. Returns its path. */
export function takeAllRoom(folder: string): string {
  const { bavail, bsize } = statfsSync(folder);
  const path = join(folder, 'ballast');
  writeFileSync(path, Buffer.alloc(bavail * bsize));
  return path;
}
