/**
 * The Dispatch view while it is open: keeps profiles, jobs, the checked targets and the preview in step with
 * the form, and sends.
 */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { CallInput } from '../../shared/contract/contract.ts';
import type { Failure } from '../../shared/failure.ts';
import { draftOf, formOfDraft, withProfile } from './dispatch-form.ts';
import { loadLibrary } from './dispatch-library.ts';
import { sentSet, takeProfiles, useDispatch } from './dispatch-slice.ts';
import type { DispatchSlice } from './dispatch-slice.ts';
import { NewestOnly } from './newest-only.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { watchStream } from './watch-stream.ts';

/** After the last key, so that a line typed is one question. */
const TARGETS_PAUSE_MS = 150;
const PREVIEW_PAUSE_MS = 80;
/** How long a dispatch can be undone. */
export const UNDO_MS = 3_000;

/** Opens it; the returned function closes it. The form stays as it is. */
export function openDispatch(api: SignalboxApi): () => void {
  const targets = new NewestOnly(TARGETS_PAUSE_MS);
  const preview = new NewestOnly(PREVIEW_PAUSE_MS);
  const stops = [
    ...followCore(api),
    useDispatch.subscribe((next, before) => {
      if (areTargetsOther(next, before)) {
        if (!next.areTargetsDue) useDispatch.setState({ areTargetsDue: true });
        targets.ask((isNewest) => parseTargets(api, isNewest));
      }
      if (
        next.form !== before.form ||
        sentSet(next) !== sentSet(before) ||
        next.profiles !== before.profiles
      ) {
        if (!next.isPreviewDue) useDispatch.setState({ isPreviewDue: true });
        preview.ask((isNewest) => askPreview(api, isNewest));
      }
    }),
    () => targets.stop(),
    () => preview.stop(),
  ];
  preview.ask((isNewest) => askPreview(api, isNewest));
  targets.ask((isNewest) => parseTargets(api, isNewest));
  void loadLibrary(api);
  return () => {
    for (const stop of stops) stop();
  };
}

function followCore(api: SignalboxApi): (() => void)[] {
  const onBreak = (): void =>
    useDispatch.setState(({ staleSinceMs }) => ({ staleSinceMs: staleSinceMs ?? Date.now() }));
  const takeJobs = oncePerFrame((jobs: DispatchSlice['jobs']) =>
    useDispatch.setState({ jobs, staleSinceMs: null }),
  );
  return [
    watchStream(
      api,
      'dispatch.changed',
      {},
      {
        onItem: takeProfiles,
        onBreak,
      },
    ),
    watchStream(api, 'jobs.list', {}, { onItem: ({ jobs }) => takeJobs(jobs), onBreak }),
  ];
}

function areTargetsOther(next: DispatchSlice, before: DispatchSlice): boolean {
  return (
    next.base !== before.base ||
    next.exclude !== before.exclude ||
    next.form.targetsText !== before.form.targetsText ||
    next.form.excludeText !== before.form.excludeText
  );
}

async function parseTargets(api: SignalboxApi, isNewest: () => boolean): Promise<void> {
  const { base, exclude, form } = useDispatch.getState();
  if (base === null && form.targetsText.trim() === '') {
    useDispatch.setState({ set: null, canary: null, targetsFailure: null, areTargetsDue: false });
    return;
  }
  const result = await api.call('dispatch.targets.parse', {
    text: form.targetsText,
    into: base?.set.setId ?? null,
    excludeSet: exclude?.set.setId ?? null,
    excludeText: form.excludeText,
  });
  if (!isNewest()) return;
  useDispatch.setState(
    result.ok
      ? { set: result.value, canary: null, targetsFailure: null, areTargetsDue: false }
      : { set: null, canary: null, targetsFailure: result.failure, areTargetsDue: false },
  );
}

async function askPreview(api: SignalboxApi, isNewest: () => boolean): Promise<void> {
  const slice = useDispatch.getState();
  const draft = draftOf(slice.form, sentSet(slice)?.setId ?? null);
  if (draft === null) {
    useDispatch.setState({ preview: null, previewFailure: null, isPreviewDue: false });
    return;
  }
  const result = await api.call('dispatch.preview', draft);
  if (!isNewest()) return;
  useDispatch.setState(
    result.ok
      ? { preview: result.value, previewFailure: null, isPreviewDue: false }
      : { preview: null, previewFailure: result.failure, isPreviewDue: false },
  );
}

/** A part of the targets, drawn at random; 0 takes all again. Null when it worked. */
export async function drawCanary(api: SignalboxApi, count: number): Promise<Failure | null> {
  const { set } = useDispatch.getState();
  if (set === null || count < 1 || count >= set.count) {
    useDispatch.setState({ canary: null });
    return null;
  }
  const result = await api.call('dispatch.targets.canary', { setId: set.setId, count });
  if (!result.ok) return result.failure;
  if (useDispatch.getState().set === set) useDispatch.setState({ canary: result.value });
  return null;
}

/** A field with more lines than this makes the browser slow. */
export const TARGET_FIELD_CHARACTERS_MAX = 20_000;

/** Much text goes to the core at once and becomes the targets to begin with; the field stays for the rest. */
export async function takeTargets(api: SignalboxApi, text: string, label: string): Promise<Failure | null> {
  const { base, form } = useDispatch.getState();
  if (form.targetsText.length + text.length <= TARGET_FIELD_CHARACTERS_MAX) {
    const before = form.targetsText.trimEnd();
    useDispatch.setState({
      form: { ...form, targetsText: before === '' ? text : `${before}\n${text}` },
    });
    return null;
  }
  const result = await api.call('dispatch.targets.parse', {
    text,
    into: base?.set.setId ?? null,
    excludeSet: null,
    excludeText: '',
  });
  if (!result.ok) return result.failure;
  useDispatch.setState({ base: { label, set: result.value } });
  return null;
}

/** Whether everything is in place for Send; the button says why not by the preview's fault. */
export function canSend(slice: DispatchSlice): boolean {
  const { preview, isPreviewDue, areTargetsDue, isSending } = slice;
  if (preview === null || preview.fault !== null || preview.targets === 0) return false;
  return !isPreviewDue && !areTargetsDue && !isSending;
}

/** Shows the job when it worked, and gives the failure when not. */
export async function sendDraft(
  api: SignalboxApi,
  confirm: CallInput<'dispatch.start'>['confirm'],
): Promise<Failure | null> {
  const slice = useDispatch.getState();
  const draft = draftOf(slice.form, sentSet(slice)?.setId ?? null);
  if (draft === null || !canSend(slice)) return null;
  useDispatch.setState({ isSending: true });
  const result = await api.call('dispatch.start', { draft, confirm, undoMs: UNDO_MS });
  useDispatch.setState({ isSending: false, isConfirming: false });
  if (!result.ok) return result.failure;
  useDispatch.setState({ jobId: result.value.jobId });
  return null;
}

/** Puts what a job was made of into the form. */
export async function takeDraftOf(api: SignalboxApi, jobId: string): Promise<Failure | null> {
  const result = await api.call('jobs.draft', { jobId });
  if (!result.ok) return result.failure;
  const { draft, set } = result.value;
  useDispatch.setState(({ profiles }) => ({
    form: withProfile(formOfDraft(draft), profiles ?? []),
    base: { label: jobId, set },
    exclude: null,
    jobId: null,
  }));
  return null;
}
