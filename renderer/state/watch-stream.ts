/**
 * Keeps a subscription alive: when it ends, for whatever reason, it is opened again after a growing pause.
 */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { StreamInput, StreamItem, StreamName } from '../../shared/contract/contract.ts';
import type { Failure } from '../../shared/failure.ts';

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;

export interface StreamWatcher<Item> {
  onItem(item: Item): void;
  /** The stream broke and is being tried again; null when the core ended it in good order. */
  onBreak?(failure: Failure | null): void;
}

/**
 * Only the newest item of a batch is passed on: meant for streams whose items replace each other. Returns
 * the stop function.
 */
export function watchStream<K extends StreamName>(
  api: SignalboxApi,
  name: K,
  input: StreamInput<K>,
  watcher: StreamWatcher<StreamItem<K>>,
): () => void {
  let stop: () => void = () => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let retryMs = RETRY_MIN_MS;
  const open = (): void => {
    stop = api.subscribe(name, input, {
      onItems(items) {
        const newest = items.at(-1);
        if (stopped || newest === undefined) return;
        retryMs = RETRY_MIN_MS;
        watcher.onItem(newest);
      },
      onEnd(failure) {
        if (stopped) return;
        watcher.onBreak?.(failure);
        timer = setTimeout(open, retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      },
    });
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}
