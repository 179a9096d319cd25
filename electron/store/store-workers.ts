/** The one place where the store starts its threads, so that a bundler has one place to look after. */
import { Worker } from 'node:worker_threads';

export type StoreWorkerName = 'writer-worker' | 'reader-worker';

/**
 * Unbundled the threads are the .ts files beside this one; in a bundle this module is some .js file, and the
 * bundler emits `writer-worker.js` and `reader-worker.js` into the same folder.
 */
export function startStoreWorker(
  name: StoreWorkerName,
  data: unknown,
  base: string = import.meta.url,
): Worker {
  const extension = new URL(base).pathname.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./${name}.${extension}`, base), { workerData: data, name: `store ${name}` });
}
