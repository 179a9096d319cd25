/** What a draft would send, shown before it is sent: exact bytes, the same as curl and as a command line, and what stands in the way. */
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import type { Draft, Preview } from '../../../shared/contract/dispatch.ts';
import { OperatingError, type Failure, failureOf } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { shellQuote } from '../../../shared/shell-quote.ts';
import { planRequests, type PlannedRequest } from '../gse-job-plan.ts';
import { previewDispatch, type DispatchPreview } from '../gse-preview.ts';
import { rollingSteps } from '../gse-rolling.ts';
import { isBareAddress } from '../gse-targets.ts';
import { isMultiContent } from '../gse-variables.ts';
import { renderDraft, textForAgent, type RenderedDraft, type RenderSources } from './draft-text.ts';
import { specOf } from './job-records.ts';

export interface PreviewParts {
  readonly draft: Draft;
  readonly profile: GseProfile;
  readonly ids: readonly string[];
  /** Bytes of the token as JSON, without quotes; null when it is not known. */
  readonly tokenBytes: number | null;
  readonly usesAccessToken: boolean;
  readonly sources: RenderSources;
}

const STEPS_SHOWN_MAX = 100;
const TARGETS_IN_COMMAND_MAX = 20;
const GATEWAY_BODY_BYTES_USUAL = 10 * 1024 * 1024;

/** Never fails for what an operator can type: what is wrong stands in `fault`. */
export function previewDraft(parts: PreviewParts): Preview {
  const { draft, profile, ids } = parts;
  const rendered = attempt(() => renderDraft(draft, parts.sources));
  const steps = attempt(() => rollingSteps(draft.rolling, ids.length));
  const shown = rendered.ok ? rendered.value : emptyRender(draft);
  const planned = attempt(() => planDraft(draft, shown, ids));
  const requests = planned.ok ? planned.value : [];
  const wire = firstRequest(parts, shown, ids.slice(0, requests[0]?.count ?? draft.batchSize));
  const failures = [rendered, steps].flatMap((found) => (found.ok ? [] : [found.failure]));
  const fault =
    failures[0] ??
    faultOf(parts) ??
    multiFault(draft, shown.content.length, ids.length) ??
    (planned.ok ? limitFault(requests.length) : planned.failure);
  const first = ids[0] ?? '';
  return {
    body: Uint8Array.from(wire.body),
    bodyBytes: wire.bodyBytes,
    contentBytes: shown.content.length,
    utf8: shown.isUtf8,
    messageId: shown.isPerAgent ? textForAgent(shown.messageId, first) : shown.messageId,
    url: wire.url,
    curl: wire.curl,
    cli: commandLine(parts),
    targets: ids.length,
    requests: requests.length,
    steps: steps.ok ? steps.value.slice(0, STEPS_SHOWN_MAX) : [],
    warnings: [...shown.warnings, ...warningsOf(parts, wire.body.length, requests.length)],
    fault: fault === null ? null : { code: fault.code, message: fault.message, fix: fault.fix ?? '' },
    confirm: confirmOf(profile, ids.length),
  };
}

/** Fails with E_INPUT, as planRequests does. */
function planDraft(
  draft: Draft,
  { messageId, content, isPerAgent: differs }: RenderedDraft,
  ids: readonly string[],
): PlannedRequest[] {
  if (ids.length === 0) return [];
  const rendered = { draft, messageId, isPerAgent: differs, content: content.toString('base64') };
  return planRequests(specOf({ ...rendered, jobId: '', createdAtMs: 0, parent: null }, ids));
}

function limitFault(requests: number): Failure | null {
  if (requests <= LIMITS.gseRequestsPerJobMax) return null;
  return failureOf(tooManyRequests(requests));
}

export function tooManyRequests(requests: number): OperatingError {
  return new OperatingError('E_LIMIT', `${requests} requests; at most ${LIMITS.gseRequestsPerJobMax}`, {
    fix: 'Use larger batches.',
  });
}

export function confirmOf(profile: GseProfile, targets: number): Preview['confirm'] {
  if (profile.kind === 'production') return 'name';
  return targets > profile.confirmAboveTargets ? 'count' : 'none';
}

/** What the core refuses whatever a window says; null when it may be sent. */
export function faultOf({ draft, profile, ids, tokenBytes }: PreviewParts): Failure | null {
  if (!profile.slots.some(({ slotId }) => slotId === draft.slotId))
    return {
      code: 'E_INPUT',
      message: `profile ${profile.label} has no slot ${draft.slotId}`,
      fix: 'Choose one of its slots.',
    };
  if (tokenBytes === null)
    return {
      code: 'E_AUTH',
      message: `slot ${draft.slotId} has no token in this profile`,
      fix: 'Add the secret.',
    };
  if (ids.length === 0)
    return { code: 'E_INPUT', message: 'there is no target', fix: 'Choose at least one.' };
  if (draft.messageId === '')
    return { code: 'E_INPUT', message: 'the message id is empty', fix: 'Write {{uuid}}.' };
  if (profile.readOnly)
    return {
      code: 'E_READ_ONLY',
      message: `${profile.label} is locked read-only`,
      fix: 'Unlock it in the profile.',
    };
  return null;
}

function firstRequest(
  parts: PreviewParts,
  rendered: RenderedDraft,
  agentIds: readonly string[],
): DispatchPreview {
  const { draft, profile, tokenBytes, usesAccessToken } = parts;
  const [first = ''] = agentIds;
  const { isPerAgent: differs } = rendered;
  return previewDispatch({
    baseUrl: profile.baseUrl,
    slotId: BigInt(draft.slotId),
    tokenBytes,
    auth: { appCode: profile.appCode, usesAccessToken },
    tenantId: profile.tenantId,
    sdkExact: profile.sdkExact,
    messageId: differs ? textForAgent(rendered.messageId, first) : rendered.messageId,
    agentIds,
    content: contentOf(parts, rendered, agentIds),
  });
}

/** Too large for a multi request is a fault of its own; the first target shows the rest. */
function contentOf(
  { draft }: PreviewParts,
  { content, isPerAgent: differs }: RenderedDraft,
  agentIds: readonly string[],
): Buffer | { agentId: string; content: Buffer }[] {
  if (!differs) return content;
  const text = content.toString('utf8');
  const contentFor = (agentId: string): Buffer => Buffer.from(textForAgent(text, agentId));
  if (!isMultiContent(draft.multi, draft.messageId, draft.content.text)) return contentFor(agentIds[0] ?? '');
  const shown =
    multiBytes(draft, content.length, agentIds.length) > LIMITS.gseMultiBodyBytesMax
      ? agentIds.slice(0, 1)
      : agentIds;
  return shown.map((agentId) => ({ agentId, content: contentFor(agentId) }));
}

const AGENT_ID_USES = /\{\{\s*agent_id\s*\}\}/g;

/** About what the contents of one request weigh together; 0 where all targets get the same. */
function multiBytes(draft: Draft, contentBytes: number, targets: number): number {
  if (!isMultiContent(draft.multi, draft.messageId, draft.content.text)) return 0;
  const uses = draft.content.text.match(AGENT_ID_USES)?.length ?? 0;
  const eachBytes = contentBytes + uses * LIMITS.gseAgentIdCharactersMax;
  return eachBytes * Math.min(draft.batchSize, targets);
}

/** Null when it fits. A start asks for it too: many long contents are too much for one request. */
export function multiFault(draft: Draft, contentBytes: number, targets: number): Failure | null {
  const bytes = multiBytes(draft, contentBytes, targets);
  if (bytes <= LIMITS.gseMultiBodyBytesMax) return null;
  return {
    code: 'E_LIMIT',
    message: `one request would hold about ${bytes} bytes of contents; at most ${LIMITS.gseMultiBodyBytesMax}`,
    fix: 'Use smaller batches.',
  };
}

function warningsOf({ draft, profile, ids }: PreviewParts, bodyBytes: number, requests: number): string[] {
  const warnings: string[] = [];
  const bare = ids.filter(isBareAddress).length;
  if (bare > 0)
    warnings.push(`${bare} targets are addresses without a cloud id: legacy ids are written 0:10.0.0.7`);
  if (bodyBytes > GATEWAY_BODY_BYTES_USUAL)
    warnings.push(`the first request has ${bodyBytes} bytes: gateways often refuse so much`);
  if (!/\{\{/.test(draft.messageId) && draft.messageId !== '')
    warnings.push(
      'the message id has no variable: replies to an earlier job of the same id cannot be told apart',
    );
  if (/^http:/i.test(profile.baseUrl) && profile.kind === 'production')
    warnings.push('secrets travel unencrypted: the base URL is http');
  if (profile.requestsPerMinuteMax > 0 && requests > profile.requestsPerMinuteMax)
    warnings.push(
      `at ${profile.requestsPerMinuteMax} requests a minute this takes about ${Math.ceil(requests / profile.requestsPerMinuteMax)} minutes`,
    );
  if (draft.replyTimeoutMs > 0 && !profile.callback.enabled)
    warnings.push('no callback listener is on for this profile: no reply will be seen');
  if (ids.length > 1 && draft.rolling === '' && profile.kind === 'production')
    warnings.push('all targets at once: a rolling expression such as "1 10%" begins with one');
  return warnings;
}

function commandLine({ draft, ids }: PreviewParts): string {
  const { content } = draft;
  const words = [
    'signalbox',
    'send',
    '--profile',
    draft.profileId,
    '--slot',
    draft.slotId,
    '--message-id',
    draft.messageId,
  ];
  if (ids.length <= TARGETS_IN_COMMAND_MAX) words.push('--targets', ids.join(','));
  else words.push('--targets-file', 'targets.txt');
  words.push('--content', content.text, '--mode', content.mode);
  if (content.notUtf8 !== 'refuse') words.push('--not-utf8', content.notUtf8);
  for (const { name, type, value } of draft.variables) words.push('--variable', `${name}:${type}=${value}`);
  words.push('--batch', String(draft.batchSize), '--concurrency', String(draft.concurrency));
  if (draft.multi) words.push('--multi');
  if (draft.rolling !== '') words.push('--rolling', draft.rolling);
  if (draft.delayMs > 0) words.push('--delay', String(draft.delayMs / 1_000));
  words.push('--on-failure', draft.onFailure, '--reply-timeout', String(draft.replyTimeoutMs / 1_000));
  if (draft.replyMatch.kind !== 'any')
    words.push('--reply-match', `${draft.replyMatch.kind}:${draft.replyMatch.text}`);
  return words.map(shellQuote).join(' ');
}

function emptyRender(draft: Draft): RenderedDraft {
  const content = Buffer.from(draft.content.text, 'utf8');
  return { messageId: draft.messageId, content, isPerAgent: false, isUtf8: true, warnings: [] };
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { ok: false, failure: failureOf(error) };
  }
}
