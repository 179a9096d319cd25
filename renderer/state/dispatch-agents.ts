/** Who sent uplinks and who runs: asked of the core when the operator wants to know. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { CallOutput } from '../../shared/contract/contract.ts';
import type { Failure, Result } from '../../shared/failure.ts';
import { takeTargets } from './dispatch-session.ts';
import { sentSet, setExclude, useDispatch } from './dispatch-slice.ts';

/** Asks the server of the chosen profile about the targets of the form. Null when it worked. */
export async function checkAgents(api: SignalboxApi): Promise<Failure | null> {
  const slice = useDispatch.getState();
  const setId = sentSet(slice)?.setId;
  const { profileId } = slice.form;
  if (setId === undefined || slice.isChecking) return null;
  useDispatch.setState({ isChecking: true });
  const result = await api.call('dispatch.agents.check', { profileId, setId });
  useDispatch.setState({ isChecking: false });
  if (!result.ok) return result.failure;
  useDispatch.setState({ check: { ...result.value, profileId, setId } });
  return null;
}

/** `label` names them beside the field. */
export function leaveOutNotRunning(label: string): void {
  const { check } = useDispatch.getState();
  if (check !== null && check.notRunning !== null) setExclude({ label, set: check.notRunning });
}

/** Null = since ever. */
export function sendersSince(
  api: SignalboxApi,
  sinceMs: number | null,
): Promise<Result<CallOutput<'dispatch.targets.senders'>>> {
  return api.call('dispatch.targets.senders', { sinceMs });
}

export function addTargets(
  api: SignalboxApi,
  ids: readonly string[],
  label: string,
): Promise<Failure | null> {
  return takeTargets(api, ids.join('\n'), label);
}
