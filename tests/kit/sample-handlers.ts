/** Handlers that answer everything with nothing, for tests of what carries calls and streams; override what the test speaks of. */
import { contract } from '../../shared/contract/contract.ts';
import type { CallHandlers, StreamHandlers } from '../../shared/contract/handlers.ts';

export function sampleCalls(overrides: Partial<CallHandlers> = {}): CallHandlers {
  const names = Object.keys(contract.calls);
  const answers = Object.fromEntries(names.map((name) => [name, () => Promise.resolve({})]));
  // The table has a function for every name of the contract; what they answer is not looked at.
  return { ...answers, ...overrides } as CallHandlers;
}

export function sampleStreams(overrides: Partial<StreamHandlers> = {}): StreamHandlers {
  const names = Object.keys(contract.streams);
  const openers = Object.fromEntries(names.map((name) => [name, () => () => undefined]));
  return { ...openers, ...overrides } as StreamHandlers;
}
