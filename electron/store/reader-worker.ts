/**
 * The reader thread: its own read-only connection, so that no search delays a commit and no commit a search.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { assert, assertNever } from '../../shared/assert.ts';
import { failureOf } from '../../shared/failure.ts';
import { exportEvents } from './event-export.ts';
import type { ExportChunk } from './event-export.ts';
import { EventReader } from './event-reader.ts';
import type { ReaderTask } from './event-reader.ts';
import { EventSummaries } from './event-summaries.ts';
import { registerFilterFunctions } from './filter-sql.ts';
import { ReaderTasks } from './reader-tasks.ts';
import { openForReading } from './schema.ts';
import { SignatureSweep } from './signature-sweep.ts';
import { storeError } from './sqlite-failure.ts';
import type { FromReader, ReaderRequest, ReaderValue, ToReader } from './store-messages.ts';

function* once<Value>(ask: () => Value): ReaderTask<Value> {
  return ask();
}

interface Desk {
  readonly database: DatabaseSync;
  readonly reader: EventReader;
  readonly summaries: EventSummaries;
  readonly give: (chunk: ExportChunk) => void;
}

function taskOf(
  { database, reader, summaries, give }: Desk,
  request: ReaderRequest,
): ReaderTask<ReaderValue> {
  switch (request.op) {
    case 'read':
      return once(() => reader.read(request.seq));
    case 'page':
      return reader.page(request.query);
    case 'histogram':
      return summaries.histogram(request.query, request.fromMs, request.toMs, request.buckets);
    case 'facets':
      return summaries.facets(request.query, request.valuesMax);
    case 'export':
      return exportEvents(database, request, give);
    default:
      return assertNever(request);
  }
}

function serve(port: MessagePort, path: string): void {
  const database = openForReading(path);
  registerFilterFunctions(database);
  const reader = new EventReader(database);
  const summaries = new EventSummaries(database);
  const tasks = new ReaderTasks((message) => port.postMessage(message));
  const sweep = new SignatureSweep(database, {
    isBusy: () => !tasks.isIdle,
    send(block, signature) {
      const transfer = [signature.bits.buffer, signature.ranges.buffer];
      port.postMessage({ kind: 'signature', block, signature } satisfies FromReader, transfer);
    },
    onDamage: (error) => void tasks.report(error),
  });
  const deskOf = (id: number): Desk => ({
    database,
    reader,
    summaries,
    give(chunk) {
      tasks.park(id);
      port.postMessage({ kind: 'chunk', id, ...chunk } satisfies FromReader, [chunk.bytes.buffer]);
    },
  });
  port.on('message', (message: ToReader) => {
    switch (message.kind) {
      case 'ask':
        tasks.start(message.id, () => taskOf(deskOf(message.id), message.request));
        return;
      case 'more':
        tasks.resume(message.id);
        return;
      case 'cancel':
        tasks.cancel(message.id);
        return;
      case 'signature-taken':
        sweep.taken(message.kept, message.busy);
        return;
      case 'open':
        assert(false, 'the reader opens one file once');
        return;
      case 'close':
        tasks.cancelAll();
        sweep.stop();
        database.close();
        port.postMessage({ kind: 'closed' } satisfies FromReader);
        port.close();
        return;
      default:
        assertNever(message);
    }
  });
  port.postMessage({ kind: 'ready' } satisfies FromReader);
}

function startThread(port: MessagePort | null): void {
  assert(port !== null, 'the reader runs in a worker thread');
  port.once('message', (message: ToReader) => {
    if (message.kind === 'open') open(port, message.path);
    else port.close();
  });
}

function open(port: MessagePort, path: string): void {
  try {
    serve(port, path);
  } catch (error) {
    const failure = failureOf(storeError(error, 'opening the event database for reading'));
    port.postMessage({ kind: 'failure', id: 0, failure } satisfies FromReader);
    port.close();
  }
}

startThread(parentPort);
