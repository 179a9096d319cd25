/** Who acted on what, in order, in a file of its own: `<data folder>/audit.jsonl`. Never holds a secret. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../../shared/clock.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { AppendFile } from '../../store/append-file.ts';
import { readPrivate } from '../../store/private-file.ts';

const line = v.strictObject({ atMs: v.number(), action: v.string(), detail: v.string() });
type Line = v.InferOutput<typeof line>;
const SHOWN_MAX = 500;

export class Audit {
  readonly #clock: Clock;
  readonly #file: AppendFile;
  readonly #newest: Line[];

  private constructor(clock: Clock, file: AppendFile, newest: Line[]) {
    this.#clock = clock;
    this.#file = file;
    this.#newest = newest;
  }

  /** A file that has grown too large is kept as `audit.1.jsonl`. */
  static async open(folder: string, clock: Clock): Promise<Audit> {
    const path = join(folder, 'audit.jsonl');
    let newest: Line[] = [];
    try {
      const bytes = await readPrivate(path, LIMITS.logFileBytesMax);
      newest = linesOf(bytes?.toString('utf8') ?? '');
    } catch (error) {
      if (!(error instanceof OperatingError) || error.code !== 'E_LIMIT') throw error;
      await rename(path, join(folder, 'audit.1.jsonl'));
    }
    return new Audit(clock, await AppendFile.open(path), newest);
  }

  /** Resolves when it is on the disk: what cannot be written down is not done. Fails with E_STORE_FULL, E_STORE_FAILED. */
  async note(action: string, detail: string): Promise<void> {
    const found = { atMs: this.#clock.wallMs(), action, detail: detail.slice(0, LIMITS.logFieldBytesMax) };
    await this.#file.append(JSON.stringify(found));
    this.#newest.unshift(found);
    this.#newest.length = Math.min(this.#newest.length, SHOWN_MAX);
  }

  lines(): CallOutput<'dispatch.audit'> {
    return { lines: [...this.#newest] };
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function linesOf(text: string): Line[] {
  const newest = text
    .split('\n')
    .filter((one) => one !== '')
    .slice(-SHOWN_MAX)
    .toReversed();
  return newest.flatMap((one) => {
    try {
      const parsed = v.safeParse(line, JSON.parse(one));
      return parsed.success ? [parsed.output] : [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [];
    }
  });
}
