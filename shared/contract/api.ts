/** What a window sees of the core, whatever carries it: the desktop preload exposes exactly this, the serve page builds it over a WebSocket. */
import type { Failure, Result } from '../failure.ts';
import type { CallInput, CallName, CallOutput, StreamInput, StreamItem, StreamName } from './contract.ts';

export interface StreamReader<Item> {
  /** Items in order; `lost` counts items the stream's policy dropped just before these. */
  onItems(items: readonly Item[], lost: number): void;
  /** The stream is over: null when the core ended it in good order. Called once, never after unsubscribe. */
  onEnd(failure: Failure | null): void;
}

export type CallFunction = <K extends CallName>(name: K, input: CallInput<K>) => Promise<Result<CallOutput<K>>>;
/** Returns the unsubscribe function; calling it twice is harmless. */
export type SubscribeFunction = <K extends StreamName>(
  name: K,
  input: StreamInput<K>,
  reader: StreamReader<StreamItem<K>>,
) => () => void;

export interface SignalboxApi {
  readonly call: CallFunction;
  readonly subscribe: SubscribeFunction;
}
