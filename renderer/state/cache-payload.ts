/** The answer of a generation as it came, fetched when somebody looks at bytes. */
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { Failure } from '../../shared/failure.ts';

export interface PayloadSlice {
  readonly serviceId: string | null;
  readonly number: number;
  /** Null while it is fetched. */
  readonly payload: Uint8Array | null;
  readonly failure: Failure | null;
}

export const usePayload = create<PayloadSlice>(() => ({
  serviceId: null,
  number: 0,
  payload: null,
  failure: null,
}));

export async function fetchPayload(api: SignalboxApi, serviceId: string, number: number): Promise<void> {
  const before = usePayload.getState();
  const isAsked = before.serviceId === serviceId && before.number === number && before.failure === null;
  if (isAsked) return;
  usePayload.setState({ serviceId, number, payload: null, failure: null });
  const result = await api.call('snapshots.raw', { serviceId, generationNumber: number, index: null });
  const now = usePayload.getState();
  // Another one was asked for meanwhile.
  if (now.serviceId !== serviceId || now.number !== number) return;
  usePayload.setState(result.ok ? { payload: result.value.payload } : { failure: result.failure });
}
