/** Templates and target lists of the Dispatch view. Each act gives null when it worked. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { Template } from '../../shared/contract/dispatch-templates.ts';
import type { Failure } from '../../shared/failure.ts';
import { withTemplate } from './dispatch-form.ts';
import { sentSet, useDispatch } from './dispatch-slice.ts';

export async function loadLibrary(api: SignalboxApi): Promise<void> {
  const [templates, lists] = await Promise.all([
    api.call('dispatch.templates', {}),
    api.call('dispatch.lists', {}),
  ]);
  if (templates.ok) useDispatch.setState(templates.value);
  if (lists.ok) useDispatch.setState({ lists: lists.value.lists });
}

export async function openTemplate(api: SignalboxApi, path: string): Promise<Failure | null> {
  const result = await api.call('dispatch.template.read', { path });
  if (!result.ok) return result.failure;
  const { template } = result.value;
  useDispatch.setState(({ form }) => ({ form: withTemplate(form, template), jobId: null }));
  return null;
}

/** `folder/name` as typed; the file gets its ending. */
export async function saveTemplate(api: SignalboxApi, name: string): Promise<Failure | null> {
  const { form } = useDispatch.getState();
  const path = name.endsWith('.sbt') ? name : `${name}.sbt`;
  const title = path.slice(path.lastIndexOf('/') + 1, -'.sbt'.length);
  const { slotId, messageId, content, variables } = form;
  const template: Template = { title, slotId, messageId, content, variables };
  const result = await api.call('dispatch.template.write', { path, template });
  if (!result.ok) return result.failure;
  useDispatch.setState({ templates: result.value.templates });
  return null;
}

export async function removeTemplate(api: SignalboxApi, path: string): Promise<Failure | null> {
  const result = await api.call('dispatch.template.remove', { path });
  if (!result.ok) return result.failure;
  useDispatch.setState({ templates: result.value.templates });
  return null;
}

export async function openList(api: SignalboxApi, name: string): Promise<Failure | null> {
  const result = await api.call('dispatch.list.open', { name });
  if (!result.ok) return result.failure;
  useDispatch.setState({ base: { label: name, set: result.value }, jobId: null });
  return null;
}

/** Keeps the targets of the form under a name. */
export async function saveList(
  api: SignalboxApi,
  name: string,
  tags: readonly string[],
): Promise<Failure | null> {
  const set = sentSet(useDispatch.getState());
  if (set === null) return null;
  const result = await api.call('dispatch.list.write', { name, tags: [...tags], setId: set.setId });
  if (!result.ok) return result.failure;
  useDispatch.setState({ lists: result.value.lists });
  return null;
}

export async function removeList(api: SignalboxApi, name: string): Promise<Failure | null> {
  const result = await api.call('dispatch.list.remove', { name });
  if (!result.ok) return result.failure;
  useDispatch.setState({ lists: result.value.lists });
  return null;
}
