/**
 * `export.run`: the store's text streamed into a file below `<data folder>/exports`. Cancelled or failed,
 * nothing stays behind.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { StreamInput, StreamItem } from '../../shared/contract/contract.ts';
import type { StreamSink } from '../../shared/contract/handlers.ts';
import { OperatingError, failureOf } from '../../shared/failure.ts';
import { EXPORT_PREFIX } from '../../shared/rpc/serve-paths.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventStore } from '../store/event-store.ts';
import { compileFilter } from './row-filter.ts';

type Progress = StreamItem<'export.run'>;

/** One-use paths under which a serve host hands a finished file to its browser. */
export class Downloads {
  private readonly files = new Map<string, string>();

  offer(path: string): string {
    const oldest = this.files.keys().next();
    if (this.files.size >= LIMITS.exportDownloadsMax && oldest.done !== true) this.files.delete(oldest.value);
    const downloadPath = `${EXPORT_PREFIX}${randomBytes(32).toString('hex')}`;
    this.files.set(downloadPath, path);
    return downloadPath;
  }

  take(downloadPath: string): { path: string; name: string } | null {
    const path = this.files.get(downloadPath);
    if (path === undefined) return null;
    this.files.delete(downloadPath);
    return { path, name: basename(path) };
  }
}

export interface ExportOptions {
  readonly store: EventStore;
  readonly folder: string;
  /** Null where the operator can reach the file itself. */
  readonly downloads: Downloads | null;
  readonly wallMs: () => number;
}

/** Starts at once; the returned function cancels. Throws E_FILTER. */
export function runExport(
  options: ExportOptions,
  input: StreamInput<'export.run'>,
  sink: StreamSink<Progress>,
): () => void {
  const filter = compileFilter(input.filter);
  const abort = new AbortController();
  const job = new ExportJob(options, input, sink);
  void job.run(filter?.expression ?? null, abort.signal);
  return () => abort.abort();
}

class ExportJob {
  private readonly options: ExportOptions;
  private readonly input: StreamInput<'export.run'>;
  private readonly sink: StreamSink<Progress>;
  private readonly path: string;
  private bytesWritten = 0;
  private rows = { written: 0, scanned: 0, total: 0 };

  constructor(options: ExportOptions, input: StreamInput<'export.run'>, sink: StreamSink<Progress>) {
    this.options = options;
    this.input = input;
    this.sink = sink;
    const stamp = new Date(options.wallMs()).toISOString().replaceAll(/[:.]/g, '-');
    const name = `signalbox-${stamp}-${randomBytes(3).toString('hex')}.${input.format}`;
    this.path = join(options.folder, name);
  }

  /** Never rejects: every end is told to the sink. */
  async run(expression: Parameters<EventStore['export']>[0]['filter'], signal: AbortSignal): Promise<void> {
    const partPath = `${this.path}.part`;
    try {
      await this.writeFile(partPath, expression, signal);
      await rename(partPath, this.path);
    } catch (error) {
      // The store's and the file system's errors alike: the half-written file must not pass for a whole one.
      await rm(partPath, { force: true }).catch(() => undefined);
      this.sink.end(failureOf(exportError(error, partPath)));
      return;
    }
    this.sink.push(this.item(true));
    this.sink.end(null);
  }

  private async writeFile(
    partPath: string,
    expression: Parameters<EventStore['export']>[0]['filter'],
    signal: AbortSignal,
  ): Promise<void> {
    await mkdir(this.options.folder, { recursive: true, mode: 0o700 });
    const file = await open(partPath, 'wx', 0o600);
    try {
      const { format, bodies, range } = this.input;
      await this.options.store.export(
        { filter: expression, range },
        format,
        bodies,
        { write: (chunk) => this.write(file, chunk), progress: (...counts) => this.progress(...counts) },
        signal,
      );
      await file.sync();
    } finally {
      await file.close();
    }
  }

  private async write(file: FileHandle, chunk: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < chunk.length) offset += (await file.write(chunk, offset)).bytesWritten;
    this.bytesWritten += chunk.length;
  }

  private progress(written: number, scanned: number, total: number): void {
    this.rows = { written, scanned, total };
    this.sink.push(this.item(false));
  }

  private item(done: boolean): Progress {
    const { written, scanned, total } = this.rows;
    return {
      path: this.path,
      downloadPath: done && this.options.downloads !== null ? this.options.downloads.offer(this.path) : null,
      rowsWritten: written,
      bytesWritten: this.bytesWritten,
      rowsScanned: scanned,
      rowsTotal: total,
      done,
    };
  }
}

function exportError(error: unknown, path: string): unknown {
  if (error instanceof OperatingError || !(error instanceof Error) || !('code' in error)) return error;
  const options = { cause: error };
  if (error.code === 'ENOSPC') {
    return new OperatingError('E_STORE_FULL', `no space left for ${path}`, {
      ...options,
      fix: 'Free some space.',
    });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new OperatingError('E_PERMISSION', `${path} may not be written (${error.code})`, options);
  }
  return new OperatingError('E_STORE_FAILED', `${path}: ${error.message}`, options);
}
