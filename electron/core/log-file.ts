/** Lines into a file of bounded size, never waiting for the disk: what it cannot take in time it leaves out and says so. */
import { mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Lines that wait for a slow disk. */
const WAITING_BYTES_MAX = 1024 * 1024;
const CHUNK_BYTES_MAX = 64 * 1024;

export class LogFile {
  private readonly path: string;
  private readonly bytesMax: number;
  private readonly waiting: string[] = [];
  private waitingBytes = 0;
  private left = 0;
  private file: FileHandle | null = null;
  private fileBytes = 0;
  private writing: Promise<void> | null = null;
  private isClosed = false;

  /** One older file, `<path>.1`, is kept; both are about `bytesMax` long at most. */
  constructor(path: string, bytesMax: number) {
    this.path = path;
    this.bytesMax = bytesMax;
  }

  write(line: string): void {
    if (this.isClosed) return;
    const bytes = Buffer.byteLength(line);
    if (this.waitingBytes + bytes > WAITING_BYTES_MAX) {
      this.left += 1;
      return;
    }
    this.waiting.push(line);
    this.waitingBytes += bytes;
    this.writing ??= this.writeAll().finally(() => {
      this.writing = null;
    });
  }

  /** Resolves when all lines are in the file, or the disk has refused them. Idempotent. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.writing;
    const { file } = this;
    this.file = null;
    await file?.close();
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const lines = this.takeWaiting();
      try {
        await this.append(lines);
      } catch {
        // A log that cannot be written must not stop the console; doctor shows the state of the folder.
        this.left += 1;
      }
    }
  }

  /** As many lines as one write should carry, so that rotation keeps the file near its bound. */
  private takeWaiting(): string {
    const chunkBytesMax = Math.min(this.bytesMax, CHUNK_BYTES_MAX);
    let count = 0;
    let bytes = 0;
    for (const line of this.waiting) {
      count += 1;
      bytes += Buffer.byteLength(line);
      if (bytes >= chunkBytesMax) break;
    }
    this.waitingBytes -= bytes;
    const lines = this.waiting.splice(0, count).join('');
    if (this.left === 0) return lines;
    const note = JSON.stringify({ level: 40, event: 'log_lines_lost', count: this.left });
    this.left = 0;
    return `${note}\n${lines}`;
  }

  private async append(lines: string): Promise<void> {
    if (this.file !== null && this.fileBytes >= this.bytesMax) await this.rotate();
    this.file ??= await this.openFile();
    await this.file.appendFile(lines);
    this.fileBytes += Buffer.byteLength(lines);
  }

  private async openFile(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const file = await open(this.path, 'a', 0o600);
    this.fileBytes = (await file.stat()).size;
    return file;
  }

  private async rotate(): Promise<void> {
    const { file } = this;
    this.file = null;
    await file?.close();
    await rename(this.path, `${this.path}.1`);
  }
}
