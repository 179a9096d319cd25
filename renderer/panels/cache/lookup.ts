/** Questions of the look-up box, and their answers. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import type { Failure } from '../../../shared/failure.ts';

export const LOOKUP_KINDS = ['cache', 'cgroup', 'app'] as const;

export type Lookup =
  | { readonly kind: 'cache'; readonly hash: number | null; readonly name: string }
  | { readonly kind: 'cgroup'; readonly paths: readonly string[] }
  | { readonly kind: 'app'; readonly pids: readonly number[] };

export type LookupAnswer =
  | { readonly kind: 'cache'; readonly number: number; readonly result: CallOutput<'snapshots.lookup'> }
  | { readonly kind: 'cgroup'; readonly result: CallOutput<'snapshots.cgroups'> }
  | { readonly kind: 'app'; readonly result: CallOutput<'snapshots.apps'> }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** In the generation of that number; null = the newest. */
export async function askLookup(
  api: SignalboxApi,
  serviceId: string,
  generationNumber: number | null,
  lookup: Lookup,
): Promise<LookupAnswer> {
  switch (lookup.kind) {
    case 'cache': {
      const { hash, name } = lookup;
      const input = { serviceId, generationNumber, hash, name, nameHex: null };
      const answer = await api.call('snapshots.lookup', input);
      if (!answer.ok) return { kind: 'failed', failure: answer.failure };
      return { kind: 'cache', number: answer.value.generation, result: answer.value };
    }
    case 'cgroup': {
      const answer = await api.call('snapshots.cgroups', { serviceId, paths: [...lookup.paths] });
      if (!answer.ok) return { kind: 'failed', failure: answer.failure };
      return { kind: 'cgroup', result: answer.value };
    }
    case 'app': {
      const answer = await api.call('snapshots.apps', { serviceId, pids: [...lookup.pids] });
      if (!answer.ok) return { kind: 'failed', failure: answer.failure };
      return { kind: 'app', result: answer.value };
    }
  }
}
