/** The Dispatch view as data. Written by dispatch-session.ts, dispatch-library.ts and dispatch-job.ts. */
import { create } from 'zustand';
import type { CallOutput } from '../../shared/contract/contract.ts';
import type { JobSummary } from '../../shared/contract/dispatch-jobs.ts';
import type { ProfileView, SecretStoreState } from '../../shared/contract/dispatch-profiles.ts';
import type { TargetSet } from '../../shared/contract/dispatch-targets.ts';
import type { Preview } from '../../shared/contract/dispatch.ts';
import type { AgentsCheck } from '../../shared/contract/dispatch-agents.ts';
import type { WrittenFile } from '../../shared/contract/dispatch-values.ts';
import type { Failure } from '../../shared/failure.ts';
import { EMPTY_FORM, withProfile } from './dispatch-form.ts';
import type { DispatchForm } from './dispatch-form.ts';
import { showPlugins } from './plugin-shown.ts';

/** Targets the form begins with, before what is pasted: a saved list, senders, those of a job. */
export interface BaseTargets {
  /** List name or job id; '' for senders. */
  readonly label: string;
  readonly set: TargetSet;
}

/** Whom it was asked about, and the answer. */
export interface TargetsCheck extends AgentsCheck {
  readonly profileId: string;
  readonly setId: string;
}
/** Windows of the view, one at a time. */
export type DispatchDialog = 'import' | 'audit' | 'senders';

export interface DispatchSlice {
  /** Null until told. */
  readonly profiles: readonly ProfileView[] | null;
  readonly secretStore: SecretStoreState | null;
  readonly jobs: readonly JobSummary[] | null;
  /** Since when nothing is heard of profiles and jobs, or null. */
  readonly staleSinceMs: number | null;
  readonly templates: CallOutput<'dispatch.templates'>['templates'];
  readonly lists: CallOutput<'dispatch.lists'>['lists'];
  /** Of the templates; '' until told. */
  readonly folder: string;
  readonly form: DispatchForm;
  readonly base: BaseTargets | null;
  /** Targets left out as a set, beside those typed. */
  readonly exclude: BaseTargets | null;
  /** What the core made of base, paste and exclusions; null = no targets. */
  readonly set: TargetSet | null;
  /** Part of the set drawn at random; null = all of it. */
  readonly canary: TargetSet | null;
  readonly targetsFailure: Failure | null;
  /** What the server said of these targets when it was asked; null when it was not. */
  readonly check: TargetsCheck | null;
  readonly isChecking: boolean;
  /** The set is not yet of what stands in the form: nothing may be sent. */
  readonly areTargetsDue: boolean;
  readonly preview: Preview | null;
  readonly previewFailure: Failure | null;
  /** The preview does not show what stands in the form yet. */
  readonly isPreviewDue: boolean;
  readonly isSending: boolean;
  readonly isConfirming: boolean;
  readonly areProfilesOpen: boolean;
  readonly dialog: DispatchDialog | null;
  /** A file that was just written. */
  readonly written: WrittenFile | null;
  /** Job that is shown instead of the form. */
  readonly jobId: string | null;
}

export const useDispatch = create<DispatchSlice>(() => ({
  profiles: null,
  secretStore: null,
  jobs: null,
  staleSinceMs: null,
  templates: [],
  lists: [],
  folder: '',
  form: EMPTY_FORM,
  base: null,
  exclude: null,
  set: null,
  canary: null,
  targetsFailure: null,
  check: null,
  isChecking: false,
  areTargetsDue: true,
  preview: null,
  previewFailure: null,
  isPreviewDue: true,
  isSending: false,
  isConfirming: false,
  areProfilesOpen: false,
  dialog: null,
  written: null,
  jobId: null,
}));

export function changeForm(patch: Partial<DispatchForm>): void {
  useDispatch.setState(({ form }) => ({ form: { ...form, ...patch } }));
}

/** Told anew: the form keeps its profile while that exists. */
export function takeProfiles({ profiles, secretStore }: CallOutput<'dispatch.profiles'>): void {
  useDispatch.setState(({ form }) => ({
    profiles,
    secretStore,
    staleSinceMs: null,
    form: withProfile(form, profiles),
  }));
}

export function showJob(jobId: string | null): void {
  showPlugins(false);
  useDispatch.setState({ jobId });
}

export function setBase(base: BaseTargets | null): void {
  useDispatch.setState({ base });
}

export function setExclude(exclude: BaseTargets | null): void {
  useDispatch.setState({ exclude });
}

export function openDispatchDialog(dialog: DispatchDialog | null): void {
  useDispatch.setState({ dialog });
}

export function setConfirming(isConfirming: boolean): void {
  useDispatch.setState({ isConfirming });
}

export function openProfiles(areProfilesOpen: boolean): void {
  useDispatch.setState({ areProfilesOpen });
}

export function chosenProfile({ profiles, form }: DispatchSlice): ProfileView | null {
  return profiles?.find(({ profile }) => profile.id === form.profileId) ?? null;
}

/** The check, as long as it is of what would be sent to. */
export function freshCheck(slice: DispatchSlice): TargetsCheck | null {
  const { check, form } = slice;
  return check !== null && check.setId === sentSet(slice)?.setId && check.profileId === form.profileId
    ? check
    : null;
}

/** The set that would be sent to. */
export function sentSet({ set, canary }: DispatchSlice): TargetSet | null {
  return canary ?? set;
}
