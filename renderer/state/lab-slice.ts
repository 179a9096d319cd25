import type * as v from 'valibot';
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { LabState, labSetInput } from '../../shared/contract/app.ts';
import type { Failure } from '../../shared/failure.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { watchStream } from './watch-stream.ts';

export type LabSetInput = v.InferOutput<typeof labSetInput>;

export interface LabSlice {
  /** Null until told. */
  readonly lab: LabState | null;
  readonly failure: Failure | null;
}

export const useLab = create<LabSlice>(() => ({ lab: null, failure: null }));

export function watchLab(api: SignalboxApi): () => void {
  const take = oncePerFrame((lab: LabState) => useLab.setState({ lab }));
  return watchStream(api, 'lab.state', {}, { onItem: take });
}

export async function setLab(api: SignalboxApi, change: Partial<LabSetInput>): Promise<boolean> {
  const { lab } = useLab.getState();
  if (lab === null) return false;
  const { running, ratePerSecond, bursts } = lab;
  const result = await api.call('lab.set', { running, ratePerSecond, bursts, ...change });
  useLab.setState(result.ok ? { lab: result.value, failure: null } : { failure: result.failure });
  return result.ok;
}
