/**
 * Space put by for the day the disk is full: deleting rows needs room in the log first. The file is dropped
 * then and filled again once there is room.
 */
import { closeSync, constants, openSync, rmSync, statSync, writeSync } from 'node:fs';

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

  /** Leaves no file behind when there is no room for it. */
  fill(bytes: number): void {
    if (this.#hasBytes(bytes)) return;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);
    try {
      const descriptor = openSync(this.#path, flags, FILE_MODE);
      try {
        // Not zeros: a file system that compresses or leaves holes would keep no room for them.
        const chunk = crypto.getRandomValues(new Uint8Array(64 * 1024));
        for (let left = bytes; left > 0;)
          left -= writeSync(descriptor, chunk, 0, Math.min(left, chunk.length));
      } finally {
        closeSync(descriptor);
      }
      this.#filled = true;
    } catch {
      // No room, or not ours to write: the store works without it and tries again after the next full disk.
      this.drop();
    }
  }

  /** A reserve of an earlier start serves as well. */
  #hasBytes(bytes: number): boolean {
    this.#filled = statSync(this.#path, { throwIfNoEntry: false })?.size === bytes;
    return this.#filled;
  }

  drop(): void {
    this.#filled = false;
    rmSync(this.#path, { force: true });
  }
}
