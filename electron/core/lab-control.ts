/** What the console needs of the lab, so that calls and streams do not care what emits. */
import type { LabState } from '../../shared/contract/app.ts';
import type { CallInput } from '../../shared/contract/contract.ts';

export interface LabControl {
  state(): LabState;
  set(input: CallInput<'lab.set'>): Promise<LabState>;
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

/** A console without a lab. */
export function noLab(reason: string): LabControl {
  const state = (): LabState => ({
    running: false,
    emitter: 'none',
    emitterReason: reason,
    ratePerSecond: 0,
    bursts: false,
    sent: 0,
    failed: 0,
  });
  return { state, set: () => Promise.resolve(state()), onChange: () => undefined, close: () => Promise.resolve() };
}
