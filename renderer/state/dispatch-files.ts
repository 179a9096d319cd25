/** Files that go out of the Dispatch view and come in: the core writes and reads them. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { WrittenFile } from '../../shared/contract/dispatch-values.ts';
import type { Failure, Result } from '../../shared/failure.ts';
import { useDispatch } from './dispatch-slice.ts';

/** Shows where the file is; the failure otherwise. */
function showWritten(result: Result<WrittenFile>): Failure | null {
  if (!result.ok) return result.failure;
  useDispatch.setState({ written: result.value });
  return null;
}

/** Null = a bundle of all. */
export async function exportTemplates(api: SignalboxApi, path: string | null): Promise<Failure | null> {
  return showWritten(await api.call('dispatch.templates.export', { path }));
}

/** The lines that hold these words. */
export async function exportAudit(api: SignalboxApi, text: string): Promise<Failure | null> {
  return showWritten(await api.call('dispatch.audit.export', { text }));
}

export function closeWritten(): void {
  useDispatch.setState({ written: null });
}

export async function importTemplates(
  api: SignalboxApi,
  bytes: Uint8Array<ArrayBuffer>,
  folder: string,
): Promise<Failure | null> {
  const result = await api.call('dispatch.templates.import', { bytes, folder });
  if (!result.ok) return result.failure;
  useDispatch.setState(result.value);
  return null;
}
