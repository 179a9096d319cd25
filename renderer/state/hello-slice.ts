/**
 * Who the core is: asked at the start and again each time the connection comes back, because it may be
 * another one.
 */
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { Hello } from '../../shared/contract/app.ts';
import type { Failure } from '../../shared/failure.ts';

export interface HelloSlice {
  readonly hello: Hello | null;
  readonly failure: Failure | null;
}

export const useHello = create<HelloSlice>(() => ({ hello: null, failure: null }));

export async function askHello(api: SignalboxApi): Promise<void> {
  const result = await api.call('app.hello', {});
  useHello.setState(result.ok ? { hello: result.value, failure: null } : { failure: result.failure });
}
