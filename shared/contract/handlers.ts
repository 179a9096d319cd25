/** What the core gives to the dispatcher and the stream hub. A missing or misspelt handler does not compile. */
import type {
  CallInput,
  CallName,
  CallOutput,
  StreamInput,
  StreamItem,
  StreamName,
} from './contract.ts';
import type { Failure } from '../failure.ts';

export type CallHandlers = { readonly [K in CallName]: (input: CallInput<K>) => Promise<CallOutput<K>> };

/** The writing end of one subscription. */
export interface StreamSink<Item> {
  /** True while the reader has room: for policy `wait` produce only then. */
  hasRoom(): boolean;
  /** Called when room appears again after `hasRoom()` was false. One listener at most. */
  onRoom(listener: () => void): void;
  push(item: Item): void;
  /** Ends the stream; null = in good order. */
  end(failure: Failure | null): void;
}

/** Opens one subscription; the returned function closes it and frees all it holds. May throw OperatingError. */
export type StreamHandlers = {
  readonly [K in StreamName]: (input: StreamInput<K>, sink: StreamSink<StreamItem<K>>) => () => void;
};
