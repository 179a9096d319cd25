/**
 * Who did what when, in order, one line each, in a file of its own: `<data folder>/audit.jsonl`. Also what was refused, and why. Never
 * holds a secret. A file that has grown to its limit is kept as `audit.1.jsonl`, once.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../../shared/clock.ts';
import type { CallInput, CallOutput } from '../../../shared/contract/contract.ts';
import { auditLine, type AuditLine } from '../../../shared/contract/dispatch.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { jsonValueOf } from '../../../shared/json-text.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { AppendFile } from '../../store/append-file.ts';
import { readPrivate } from '../../store/private-file.ts';

export interface AuditOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** The account the console runs under: whoever reaches its window acts as it. */
  readonly who: string;
}

export class Audit {
  readonly #options: AuditOptions;
  #file: AppendFile;
  #bytes: number;
  /** Newest first. */
  readonly #newest: AuditLine[];
  #turn: Promise<void> = Promise.resolve();

  private constructor(options: AuditOptions, file: AppendFile, bytes: number, newest: AuditLine[]) {
    this.#options = options;
    this.#file = file;
    this.#bytes = bytes;
    this.#newest = newest;
  }

  /** Fails with E_PERMISSION, E_STORE_FULL, E_STORE_FAILED. */
  static async open(options: AuditOptions): Promise<Audit> {
    const { folder } = options;
    // A little more than the limit: the line that reached it is whole.
    const bytesMax = LIMITS.logFileBytesMax + LINE_BYTES_MAX;
    const older = await readPrivate(olderPath(folder), bytesMax);
    const bytes = await readPrivate(pathOf(folder), bytesMax);
    const newest = [...linesOf(bytes), ...linesOf(older)].slice(0, LIMITS.gseAuditLinesMax);
    return new Audit(options, await AppendFile.open(pathOf(folder)), bytes?.length ?? 0, newest);
  }

  /** Resolves when it is on the disk: what cannot be written down is not done. Fails with E_STORE_FULL, E_STORE_FAILED. */
  async note(action: string, detail: string): Promise<void> {
    const { clock, who } = this.#options;
    const found = { atMs: clock.wallMs(), who, action, detail: detail.slice(0, LIMITS.logFieldBytesMax) };
    const line = JSON.stringify(found);
    const bytes = Buffer.byteLength(line) + 1;
    this.#bytes += bytes;
    if (this.#bytes > LIMITS.logFileBytesMax) {
      this.#bytes = bytes;
      this.#turn = this.#turn.then(() => this.#rotate());
    }
    await this.#turn;
    await this.#file.append(line);
    this.#newest.unshift(found);
    this.#newest.length = Math.min(this.#newest.length, LIMITS.gseAuditLinesMax);
  }

  /** Notes what is about to be done; and when it is refused, that and why. Fails as `work` does. */
  async around<T>(action: string, detail: string, work: () => Promise<T>): Promise<T> {
    await this.note(action, detail);
    return this.refusals(action, detail, work);
  }

  /** Notes only a refusal; `work` notes the rest itself. */
  async refusals<T>(action: string, detail: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      await this.note(`${action} refused`, `${detail}: ${error.code} ${error.message}`);
      throw error;
    }
  }

  /** The newest LIMITS.gseAuditLinesMax are looked through; the file has more. */
  page({ text, linesMax }: CallInput<'dispatch.audit'>): CallOutput<'dispatch.audit'> {
    const found = this.#matching(text);
    return { lines: found.slice(0, linesMax), total: found.length, path: pathOf(this.#options.folder) };
  }

  /** As the file has them, one JSON object a line, oldest first. */
  exportLines(text: string): { bytes: Uint8Array; count: number } {
    const found = this.#matching(text).toReversed();
    const bytes = Buffer.from(found.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return { bytes, count: found.length };
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#file.close();
  }

  #matching(text: string): AuditLine[] {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    return this.#newest.filter(({ who, action, detail }) => {
      const whole = `${who} ${action} ${detail}`.toLowerCase();
      return words.every((word) => whole.includes(word));
    });
  }

  async #rotate(): Promise<void> {
    const { folder } = this.#options;
    await this.#file.close();
    await rename(pathOf(folder), olderPath(folder)).catch((error: unknown) => {
      // The disk refuses: then the file grows on, and the next start keeps it aside or says why not.
      if (!(error instanceof Error)) throw error;
    });
    this.#file = await AppendFile.open(pathOf(folder));
  }
}

const LINE_BYTES_MAX = 64 * 1024;

function pathOf(folder: string): string {
  return join(folder, 'audit.jsonl');
}

function olderPath(folder: string): string {
  return join(folder, 'audit.1.jsonl');
}

/** Newest first. */
function linesOf(bytes: Buffer | null): AuditLine[] {
  const lines = (bytes?.toString('utf8') ?? '').split('\n').filter((one) => one !== '');
  return lines
    .slice(-LIMITS.gseAuditLinesMax)
    .toReversed()
    .flatMap((one) => {
      const parsed = v.safeParse(auditLine, jsonValueOf(one));
      return parsed.success ? [parsed.output] : [];
    });
}
