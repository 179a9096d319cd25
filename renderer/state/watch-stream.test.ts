import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SignalboxApi, StreamReader } from '../../shared/contract/api.ts';
import { watchStream } from './watch-stream.ts';

interface Opened {
  readonly reader: StreamReader<never>;
  isStopped: boolean;
}

/** Streams that do what the test says; nothing else is asked of the api here. */
function scriptedApi(): { readonly api: SignalboxApi; readonly opened: Opened[] } {
  const opened: Opened[] = [];
  const api: SignalboxApi = {
    call: () => new Promise(() => undefined),
    subscribe: (_name, _input, reader) => {
      const one: Opened = { reader, isStopped: false };
      opened.push(one);
      return () => {
        one.isStopped = true;
      };
    },
  };
  return { api, opened };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a broken stream is opened again, after growing pauses that a good item resets', () => {
  const { api, opened } = scriptedApi();
  const items: unknown[] = [];
  const stop = watchStream(api, 'links.state', {}, { onItem: (item) => items.push(item) });
  const lost = { code: 'E_DISCONNECTED', message: 'gone' } as const;
  opened[0]?.reader.onEnd(lost);
  vi.advanceTimersByTime(249);
  expect(opened).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(opened).toHaveLength(2);
  opened[1]?.reader.onEnd(lost);
  vi.advanceTimersByTime(499);
  expect(opened).toHaveLength(2);
  vi.advanceTimersByTime(1);
  opened[2]?.reader.onItems([1, 2] as never, 0);
  expect(items).toEqual([2]);
  opened[2]?.reader.onEnd(null);
  vi.advanceTimersByTime(250);
  expect(opened).toHaveLength(4);
  stop();
  expect(opened[3]?.isStopped).toBe(true);
});

test('after stop nothing is heard and nothing opened', () => {
  const { api, opened } = scriptedApi();
  const items: unknown[] = [];
  const stop = watchStream(api, 'links.state', {}, { onItem: (item) => items.push(item) });
  opened[0]?.reader.onEnd(null);
  stop();
  vi.advanceTimersByTime(60_000);
  opened[0]?.reader.onItems([1] as never, 0);
  expect(opened).toHaveLength(1);
  expect(items).toEqual([]);
});
