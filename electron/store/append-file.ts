/**
 * A private file that only grows, a line at a time. Lines of one turn are written together and flushed once; who waits for a line
 * knows that it outlives the process and the power. A torn last line of an earlier run is cut off at opening.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { preparePrivateFolder } from './folder-lock.ts';
import { fileError } from './private-file.ts';

const FILE_MODE = 0o600;
const NEWLINE = 10;
const TAIL_BYTES = 64 * 1024;

export class AppendFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #flushing: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #isClosed = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Makes the file when it is not there. Fails with E_PERMISSION, E_STORE_FULL, E_STORE_FAILED. */
  static async open(path: string): Promise<AppendFile> {
    try {
      preparePrivateFolder(dirname(path));
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
      const file = await open(path, flags, FILE_MODE);
      try {
        await cutTornLine(file);
      } catch (error) {
        await file.close();
        throw error;
      }
      return new AppendFile(path, file);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** `lines` without line ends. Resolves when they are on the disk. Fails with E_STORE_FULL, E_STORE_FAILED. */
  append(...lines: readonly string[]): Promise<void> {
    this.#waiting.push(...lines);
    // Whoever comes while a flush is under way shares the next one.
    const before = this.#flushing;
    if (this.#next === null) {
      this.#next = (before ?? Promise.resolve()).catch(() => undefined).then(() => this.#flush());
    }
    return this.#next;
  }

  /** Waits for what was appended. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Failures were told to those who appended.
    await this.#next?.catch(() => undefined);
    await this.#flushing?.catch(() => undefined);
    await this.#file.close();
  }

  #flush(): Promise<void> {
    const text = this.#waiting.map((line) => `${line}\n`).join('');
    this.#waiting = [];
    this.#flushing = this.#next;
    this.#next = null;
    return this.#write(text);
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#file.appendFile(text);
      await this.#file.datasync();
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }
}

async function cutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  for (let end = size; end > 0; end -= TAIL_BYTES) {
    const start = Math.max(0, end - TAIL_BYTES);
    const tail = Buffer.alloc(end - start);
    await file.read(tail, 0, tail.length, start);
    const newline = tail.lastIndexOf(NEWLINE);
    if (newline < 0) continue;
    if (start + newline + 1 < size) await file.truncate(start + newline + 1);
    return;
  }
  if (size > 0) await file.truncate(0);
}
