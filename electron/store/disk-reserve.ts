/**
 * Space put by for the day the disk is full: deleting rows needs room in the log first. The file is dropped then and
 * filled again once there is room.
 */
import { closeSync, constants, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const RESERVE_BYTES_MAX = 1024 * 1024;
/** On a very small disk the reserve must not be what fills it. */
const SHARE_OF_DISK = 1 / 16;
const FILE_MODE = 0o600;

export class DiskReserve {
  readonly #path: string;
  #filled = false;

  constructor(databasePath: string) {
    this.#path = `${databasePath}-reserve`;
  }

  get isFilled(): boolean {
    return this.#filled;
  }

  wantedBytes(): number {
    const disk = statfsSync(dirname(this.#path));
    return Math.min(RESERVE_BYTES_MAX, Math.floor(disk.blocks * disk.bsize * SHARE_OF_DISK));
  }

  /** Leaves no file behind when there is no room for it. */
  fill(): void {
    if (this.#filled) return;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);
    try {
      const bytes = this.wantedBytes();
      const descriptor = openSync(this.#path, flags, FILE_MODE);
      try {
        // Not zeros: a file system that compresses or leaves holes would keep no room for them.
        const chunk = crypto.getRandomValues(new Uint8Array(64 * 1024));
        for (let left = bytes; left > 0; ) left -= writeSync(descriptor, chunk, 0, Math.min(left, chunk.length));
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      this.#filled = true;
    } catch {
      // No room, or not ours to write: the store works without it and tries again after the next full disk.
      this.drop();
    }
  }

  drop(): void {
    this.#filled = false;
    rmSync(this.#path, { force: true });
  }
}
