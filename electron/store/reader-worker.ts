/** The reader thread: its own read-only connection, so that no search delays a commit and no commit a search. */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { assert, assertNever } from '../../shared/assert.ts';
import { OperatingError, failureOf } from '../../shared/failure.ts';
import { EventReader } from './event-reader.ts';
import type { ReaderTask } from './event-reader.ts';
import { ReaderTasks } from './reader-tasks.ts';
import { openForReading } from './schema.ts';
import { storeError } from './sqlite-failure.ts';
import type { FromReader, ReaderRequest, ReaderValue, ToReader } from './store-messages.ts';

function* once<Value>(ask: () => Value): ReaderTask<Value> {
  return ask();
}

function taskOf(reader: EventReader, request: ReaderRequest): ReaderTask<ReaderValue> {
  switch (request.op) {
    case 'read':
      return once(() => reader.read(request.seq));
    case 'page':
      return reader.page(request.query);
    case 'histogram':
      return reader.histogram(request.query, request.fromMs, request.toMs, request.buckets);
    case 'facets':
      return reader.facets(request.query, request.valuesMax);
    case 'export':
      throw new OperatingError('E_UNSUPPORTED', 'export is not connected to the store yet');
    default:
      return assertNever(request);
  }
}

function serve(port: MessagePort, path: string): void {
  const database = openForReading(path);
  const reader = new EventReader(database);
  const tasks = new ReaderTasks((message) => port.postMessage(message));
  port.on('message', (message: ToReader) => {
    switch (message.kind) {
      case 'ask':
        tasks.start(message.id, () => taskOf(reader, message.request));
        return;
      case 'more':
        tasks.resume(message.id);
        return;
      case 'cancel':
        tasks.cancel(message.id);
        return;
      case 'close':
        tasks.cancelAll();
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
  try {
    // The start data comes from openEventStore of the same build, never from outside.
    serve(port, (workerData as { path: string }).path);
  } catch (error) {
    const failure = failureOf(storeError(error, 'opening the event database for reading'));
    port.postMessage({ kind: 'failure', id: 0, failure } satisfies FromReader);
    port.close();
  }
}

startThread(parentPort);
