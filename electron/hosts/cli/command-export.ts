/** `signalbox export [filter…]`: matching events as JSONL or CSV into a file or to stdout. */
import { createReadStream } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ExportProgress, TimeRange } from '../../../shared/contract/feed.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { compileFilter } from '../../core/row-filter.ts';
import type { ExportSink } from '../../store/event-store.ts';
import { openEventSource, operatingError } from './event-source.ts';
import type { EventSource } from './event-source.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface ExportCommandOptions {
  readonly dataFolder: string;
  readonly filter: string;
  readonly range: TimeRange;
  readonly format: 'jsonl' | 'csv';
  readonly bodies: boolean;
  /** Null is stdout. */
  readonly file: string | null;
  readonly output: Output;
  readonly signal: AbortSignal;
}

export async function exportEvents(options: ExportCommandOptions): Promise<ExitCode> {
  const source = await openEventSource(options.dataFolder);
  try {
    const rows =
      source.kind === 'console' ? await throughConsole(options, source) : await throughStore(options, source);
    const where = options.file === null ? 'stdout' : resolve(options.file);
    const summary = `${rows} events written to ${where}`;
    if (options.file === null) options.output.note(summary);
    else {
      options.output.line(summary);
      options.output.json({ rows, file: where, format: options.format });
    }
    return EXIT.ok;
  } finally {
    await source.close();
  }
}

/** The console writes the file into its own folder; it is brought from there to where it was asked for. */
async function throughConsole(
  { filter, range, format, bodies, file, signal }: ExportCommandOptions,
  source: Extract<EventSource, { kind: 'console' }>,
): Promise<number> {
  const made = await new Promise<ExportProgress>((resolveMade, reject) => {
    let last: ExportProgress | null = null;
    const unsubscribe = source.attached.client.api.subscribe(
      'export.run',
      { filter, range, format, bodies },
      {
        onItems: (items) => {
          last = items.at(-1) ?? last;
        },
        onEnd: (failure) => {
          if (failure !== null) reject(operatingError(failure));
          else if (last?.done === true) resolveMade(last);
          else reject(new OperatingError('E_DISCONNECTED', 'the console stopped before the export was done'));
        },
      },
    );
    signal.addEventListener('abort', () => {
      unsubscribe();
      reject(new OperatingError('E_CANCELLED', 'cancelled'));
    });
  });
  try {
    if (file === null) await pipeToStdout(made.path);
    else await copyTo(made.path, file);
  } finally {
    await rm(made.path, { force: true });
  }
  return made.rowsWritten;
}

async function throughStore(
  { filter, range, format, bodies, file, signal }: ExportCommandOptions,
  { store }: Extract<EventSource, { kind: 'store' }>,
): Promise<number> {
  const query = { filter: compileFilter(filter)?.expression ?? null, range };
  let rows = 0;
  const sinkOf = (write: ExportSink['write']): ExportSink => ({
    write,
    progress: (rowsWritten) => {
      rows = rowsWritten;
    },
  });
  if (file === null) {
    await store.export(query, format, bodies, sinkOf(writeStdout), signal);
    return rows;
  }
  const partPath = `${file}.part`;
  const handle = await openPart(partPath, file);
  try {
    await store.export(
      query,
      format,
      bodies,
      sinkOf((chunk) => writeAll(handle, chunk)),
      signal,
    );
    await handle.sync();
    await handle.close();
    await rename(partPath, file);
  } catch (error) {
    await handle.close();
    await rm(partPath, { force: true });
    throw fileError(error, file);
  }
  return rows;
}

async function copyTo(path: string, file: string): Promise<void> {
  try {
    await copyFile(path, file);
  } catch (error) {
    throw fileError(error, file);
  }
}

async function openPart(partPath: string, file: string): Promise<FileHandle> {
  try {
    return await open(partPath, 'w', 0o600);
  } catch (error) {
    throw fileError(error, file);
  }
}

/** What the file system says of a file the operator named; everything else goes on as it came. */
function fileError(error: unknown, file: string): unknown {
  if (error instanceof OperatingError || !(error instanceof Error) || !('code' in error)) return error;
  const path = resolve(file);
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new OperatingError('E_INPUT', `${path} cannot be made: its folder is not there`, {
        fix: 'Make the folder, or name a file in one that exists.',
        cause: error,
      });
    case 'EISDIR':
      return new OperatingError('E_INPUT', `${path} is a folder`, {
        fix: 'Name a file in it.',
        cause: error,
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new OperatingError('E_STORE_FULL', `no space left for ${path}`, {
        fix: 'Free some space.',
        cause: error,
      });
    default:
      return new OperatingError('E_PERMISSION', `${path} may not be written (${String(error.code)})`, {
        fix: 'Name a file in a folder of yours.',
        cause: error,
      });
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) offset += (await handle.write(chunk, offset)).bytesWritten;
}

async function pipeToStdout(path: string): Promise<void> {
  for await (const chunk of createReadStream(path)) {
    if (chunk instanceof Uint8Array) await writeStdout(chunk);
  }
}

function writeStdout(chunk: Uint8Array): Promise<void> {
  if (process.stdout.write(chunk)) return Promise.resolve();
  return new Promise((resolveDrain) => process.stdout.once('drain', resolveDrain));
}
