/** What stands in the form of the Dispatch view, and the draft it makes. Pure. */
import * as v from 'valibot';
import type { ProfileView } from '../../shared/contract/dispatch-profiles.ts';
import type { Template } from '../../shared/contract/dispatch-templates.ts';
import type { Draft } from '../../shared/contract/dispatch.ts';
import { replyMatch } from '../../shared/contract/dispatch.ts';
import { LIMITS } from '../../shared/limits.ts';
import { wholeNumber } from './whole-number.ts';

/** Numbers are kept as typed, so that a half-typed one is not changed under the cursor. */
export interface DispatchForm extends Pick<
  Draft,
  | 'profileId'
  | 'slotId'
  | 'messageId'
  | 'content'
  | 'variables'
  | 'multi'
  | 'rolling'
  | 'onFailure'
  | 'replyMatch'
> {
  readonly targetsText: string;
  readonly excludeText: string;
  readonly batchSize: string;
  readonly concurrency: string;
  readonly delayMs: string;
  readonly replySeconds: string;
}

export const NUMBER_FIELDS = {
  batchSize: { min: 1, max: LIMITS.gseBatchTargetsMax },
  concurrency: { min: 1, max: LIMITS.gseConcurrencyMax },
  delayMs: { min: 0, max: 3_600_000 },
  replySeconds: { min: 0, max: 86_400 },
} as const;
export type NumberField = keyof typeof NUMBER_FIELDS;

export const EMPTY_FORM: DispatchForm = {
  profileId: '',
  slotId: '',
  targetsText: '',
  excludeText: '',
  messageId: 'msg-{{uuid}}',
  content: { mode: 'text', text: '', notUtf8: 'refuse' },
  variables: [],
  multi: false,
  batchSize: '1000',
  rolling: '',
  concurrency: '4',
  delayMs: '0',
  onFailure: 'continue',
  replySeconds: '30',
  replyMatch: { kind: 'any', text: '' },
};

/** Null when it is no whole number within the bounds of the field. */
export function numberOf(field: NumberField, typed: string): number | null {
  const { min, max } = NUMBER_FIELDS[field];
  return wholeNumber(typed, min, max);
}

/** Null while a number is wrong or no profile is chosen. */
export function draftOf(form: DispatchForm, setId: string | null): Draft | null {
  const batchSize = numberOf('batchSize', form.batchSize);
  const concurrency = numberOf('concurrency', form.concurrency);
  const delayMs = numberOf('delayMs', form.delayMs);
  const replySeconds = numberOf('replySeconds', form.replySeconds);
  if (batchSize === null || concurrency === null || delayMs === null || replySeconds === null) return null;
  if (form.profileId === '' || form.slotId === '' || !isReplyMatch(form.replyMatch)) return null;
  const { targetsText: _targets, excludeText: _exclude, replySeconds: _typed, ...rest } = form;
  return {
    ...rest,
    setId,
    variables: form.variables.filter(({ name }) => isVariableName(name)),
    batchSize,
    concurrency,
    delayMs,
    replyTimeoutMs: replySeconds * 1_000,
  };
}

/** A rule that can tell a reply from another uplink. */
export function isReplyMatch(match: Draft['replyMatch']): boolean {
  return v.is(replyMatch, match);
}

/** The core's own names are taken: {{now}}, {{uuid}} and {{agent_id}}. */
export function isVariableName(name: string): boolean {
  return /^(?!(?:now|uuid|agent_id)$)[A-Za-z_][A-Za-z0-9_]{0,59}$/.test(name);
}

export function formOfDraft({ setId: _setId, replyTimeoutMs, ...rest }: Draft): DispatchForm {
  return {
    ...rest,
    targetsText: '',
    excludeText: '',
    batchSize: String(rest.batchSize),
    concurrency: String(rest.concurrency),
    delayMs: String(rest.delayMs),
    replySeconds: String(Math.round(replyTimeoutMs / 1_000)),
  };
}

/** A template says nothing of targets and pace: those stay. */
export function withTemplate(form: DispatchForm, template: Template): DispatchForm {
  const { slotId, messageId, content, variables } = template;
  return { ...form, slotId: slotId === '' ? form.slotId : slotId, messageId, content, variables };
}

/** Profile and slot that exist: what is chosen while it is there, else the first. */
export function withProfile(form: DispatchForm, profiles: readonly ProfileView[]): DispatchForm {
  const chosen = profiles.find(({ profile }) => profile.id === form.profileId) ?? profiles[0];
  if (chosen === undefined) return form;
  const { id, slots } = chosen.profile;
  const slot = slots.find(({ slotId }) => slotId === form.slotId) ?? slots[0];
  const slotId = slot?.slotId ?? '';
  return id === form.profileId && slotId === form.slotId ? form : { ...form, profileId: id, slotId };
}

/** Content of a file: as text when it is UTF-8, else as base64, so that no byte is lost. */
export function contentOfBytes(bytes: Uint8Array, before: Draft['content']): Draft['content'] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { ...before, mode: before.mode === 'json' ? 'json' : 'text', text };
  } catch {
    // TypeError: not UTF-8.
    const parts: string[] = [];
    for (let at = 0; at < bytes.length; at += 0x3000)
      parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x3000))));
    return { ...before, mode: 'base64', text: parts.join('') };
  }
}
