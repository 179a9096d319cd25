/** The audit log while it is open: what the core answers to the words typed. */
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { CallOutput } from '../../shared/contract/contract.ts';
import type { Failure } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';

export interface AuditSlice {
  readonly text: string;
  readonly page: CallOutput<'dispatch.audit'> | null;
  readonly failure: Failure | null;
}

export const useAudit = create<AuditSlice>(() => ({ text: '', page: null, failure: null }));

/** The answer to older words is dropped. */
export async function readAudit(api: SignalboxApi, text: string): Promise<void> {
  useAudit.setState({ text });
  const result = await api.call('dispatch.audit', { text, linesMax: LIMITS.pageRowsMax });
  if (useAudit.getState().text !== text) return;
  useAudit.setState(result.ok ? { page: result.value, failure: null } : { failure: result.failure });
}
