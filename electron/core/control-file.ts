/**
 * `<data folder>/console.json`: where the console that has this folder can be reached by programs of the same
 * user.
 */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { LIMITS } from '../../shared/limits.ts';

const CONTROL_FILE = 'console.json';
const SOCKET_FILE = 'control.sock';
const controlFile = v.object({
  version: v.literal(1),
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  host: v.picklist(['desktop', 'serve']),
  socket: v.pipe(v.string(), v.nonEmpty()),
  startedAtMs: v.number(),
});
export type ControlFile = v.InferOutput<typeof controlFile>;

/**
 * In the data folder; where that path is too long for a socket, in a private folder of the system's temporary
 * one.
 */
export function controlSocketPath(dataFolder: string): string {
  const path = join(resolve(dataFolder), SOCKET_FILE);
  if (Buffer.byteLength(path) <= LIMITS.unixPathBytesMax) return path;
  const name = createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 16);
  return join(
    process.env.XDG_RUNTIME_DIR ?? tmpdir(),
    `signalbox-${process.getuid?.() ?? 'user'}-${name}`,
    SOCKET_FILE,
  );
}

/** Atomic, mode 0600. Throws the file system's errors. */
export async function writeControlFile(dataFolder: string, content: ControlFile): Promise<void> {
  const path = join(dataFolder, CONTROL_FILE);
  await writeFile(`${path}.new`, JSON.stringify(content), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Idempotent. */
export async function removeControlFile(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, CONTROL_FILE), { force: true });
}

/**
 * Null when no console left its file, or it is not one of ours. A console that was killed leaves a stale one:
 * connect to know.
 */
export async function readControlFile(dataFolder: string): Promise<ControlFile | null> {
  const text = await readFile(join(dataFolder, CONTROL_FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), controlFile), text);
  return parsed.success ? parsed.output : null;
}
