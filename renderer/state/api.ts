/** The page's only door to the core. Components get it from here, actions get it as their first argument. */
import { createContext, useContext } from 'react';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { assert } from '../../shared/assert.ts';

export const ApiContext = createContext<SignalboxApi | null>(null);

export function useApi(): SignalboxApi {
  const api = useContext(ApiContext);
  assert(api !== null, 'useApi outside ApiContext');
  return api;
}
