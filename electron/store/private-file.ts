/**
 * Small files only their user can read (0600): never half-written, never through a symbolic link. Writes of one path go one after
 * the other in the caller's hands.
 */
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { OperatingError } from '../../shared/failure.ts';
import { jsonValueOf } from '../../shared/json-text.ts';
import { preparePrivateFolder } from './folder-lock.ts';

const FILE_MODE = 0o600;
/** A symbolic link in our place could point anywhere: it is refused, never followed. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** Null when there is no such file. Fails with E_LIMIT, E_PERMISSION, E_STORE_FAILED. */
export async function readPrivate(path: string, bytesMax: number): Promise<Buffer | null> {
  try {
    const file = await open(path, constants.O_RDONLY | NO_FOLLOW);
    try {
      const { size } = await file.stat();
      if (size > bytesMax)
        throw new OperatingError('E_LIMIT', `${path} has ${size} bytes; at most ${bytesMax} are read`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw fileError(error, path);
  }
}

/** The file holds the old or the new bytes, never a mixture. Fails with E_STORE_FULL, E_PERMISSION, E_STORE_FAILED. */
export async function writePrivate(path: string, bytes: string | Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  try {
    preparePrivateFolder(dirname(path));
    await rm(fresh, { force: true });
    const file = await open(
      fresh,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
      FILE_MODE,
    );
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
    await flushFolder(dirname(path));
  } catch (error) {
    throw fileError(error, path);
  }
}

/** One JSON value of a known shape in a private file, written whole at each change. */
export class PrivateJson<S extends v.GenericSchema> {
  readonly #path: string;
  readonly #schema: S;
  readonly #bytesMax: number;
  #lastWrite: Promise<void> = Promise.resolve();
  #damage: OperatingError | null = null;

  constructor(path: string, schema: S, bytesMax: number) {
    this.#path = path;
    this.#schema = schema;
    this.#bytesMax = bytesMax;
  }

  /** Null when there is no file. Fails with E_CONFIG for one that is damaged or of a newer version: it is never rewritten. */
  async load(): Promise<v.InferOutput<S> | null> {
    const bytes = await readPrivate(this.#path, this.#bytesMax);
    if (bytes === null) return null;
    const parsed = v.safeParse(this.#schema, jsonValueOf(bytes.toString('utf8')));
    if (parsed.success) return parsed.output;
    this.#damage = new OperatingError('E_CONFIG', `${this.#path} is damaged or of another version`, {
      fix: 'Repair it, or move it away to begin anew.',
    });
    throw this.#damage;
  }

  /** Writes come one after the other. Fails with E_STORE_FULL, E_PERMISSION, E_STORE_FAILED, and E_CONFIG after a load that did. */
  async save(value: v.InferInput<S>): Promise<void> {
    if (this.#damage !== null) throw this.#damage;
    const turn = this.#lastWrite.then(() => writePrivate(this.#path, `${JSON.stringify(value, null, 2)}\n`));
    // The next write must not fail because this one did; the caller gets the error.
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * Without it the rename itself may be lost with the power. Windows has no such thing, and needs none on NTFS.
 */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Everything here comes from the file system; anything else is a bug and goes on up. */
export function fileError(error: unknown, path: string): OperatingError {
  if (error instanceof OperatingError) return error;
  const code = codeOf(error);
  if (code === '') throw error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OperatingError('E_STORE_FULL', `${path}: no space left on the disk`, {
      cause: error,
      fix: 'Free space on this disk.',
    });
  }
  if (code === 'ELOOP') {
    return new OperatingError('E_PERMISSION', `${path} is a symbolic link and is not followed`, {
      cause: error,
      fix: 'Remove the link.',
    });
  }
  const denied =
    code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'EISDIR' || code === 'ENOTDIR';
  return new OperatingError(denied ? 'E_PERMISSION' : 'E_STORE_FAILED', `${path}: ${String(error)}`, {
    cause: error,
  });
}
