/** What a job is to do, and the requests it is made of. Pure. */
import { OperatingError } from '../../shared/failure.ts';
import { rollingSteps } from './gse-rolling.ts';
import {
  expandVariables,
  isMultiContent,
  isPerAgent,
  unknownVariables,
  type Variables,
} from './gse-variables.ts';

/** After a step with a row that is not ok: end, ask the operator, or go on. */
export type OnFailure = 'stop' | 'ask' | 'continue';

/** Everything needed to run a job; plain data, kept with it. Secrets are not part of it. */
export interface JobSpec {
  readonly id: string;
  /** The job this one repeats a part of, or null. */
  readonly parentId: string | null;
  readonly createdAtMs: number;
  /** Name of the profile it is sent with. */
  readonly profile: string;
  /** Each once. */
  readonly targets: readonly string[];
  /** See gse-variables.ts; at most MESSAGE_ID_CHARACTERS_MAX once expanded. */
  readonly messageId: string;
  /** Bytes as they are (base64), or a text with variables. */
  readonly content: { readonly base64: string } | { readonly text: string };
  readonly variables: Variables;
  /** Sizes of the steps, see gse-rolling.ts; '' = all at once. */
  readonly rolling: string;
  /**
   * Contents that differ from target to target go out many in a request (docs/protocols/gse.md section 2.6, experimental); a message
   * id that differs needs a request of its own all the same.
   */
  readonly multi: boolean;
  /** Most targets one request names. */
  readonly requestTargetsMax: number;
  /** Requests under way at the same time, within one step. */
  readonly concurrency: number;
  /** Between two steps. */
  readonly delayMs: number;
  readonly onFailure: OnFailure;
  /** After which a target that took the message counts as silent; null = answers are not expected. */
  readonly replyTimeoutMs: number | null;
}

/** The longest id one known server takes (docs/protocols/gse.md section 11.5). */
export const MESSAGE_ID_CHARACTERS_MAX = 64;
export const JOB_TARGETS_MAX = 200_000;

/** Targets `start` to `start + count` of the list, in one request. */
export interface PlannedRequest {
  readonly index: number;
  /** From 0. */
  readonly step: number;
  readonly start: number;
  readonly count: number;
}

/** Fails with E_INPUT when the job cannot be run as it is. */
export function planRequests(spec: JobSpec): PlannedRequest[] {
  checkSpec(spec);
  const template = 'text' in spec.content ? spec.content.text : '';
  const differs = isPerAgent(spec.messageId) || isPerAgent(template);
  const isSingle = differs && !isMultiContent(spec.multi, spec.messageId, template);
  const requestTargetsMax = isSingle ? 1 : spec.requestTargetsMax;
  const requests: PlannedRequest[] = [];
  let start = 0;
  for (const [step, size] of rollingSteps(spec.rolling, spec.targets.length).entries()) {
    for (let left = size; left > 0;) {
      const count = Math.min(left, requestTargetsMax);
      requests.push({ index: requests.length, step, start, count });
      start += count;
      left -= count;
    }
  }
  return requests;
}

function checkSpec(spec: JobSpec): void {
  const { targets, concurrency, requestTargetsMax, messageId, content, variables } = spec;
  const refuse = (message: string): never => {
    throw new OperatingError('E_INPUT', message);
  };
  if (targets.length === 0) refuse('a job needs at least one target');
  if (targets.length > JOB_TARGETS_MAX) refuse(`a job has at most ${JOB_TARGETS_MAX} targets`);
  if (new Set(targets).size !== targets.length) refuse('a target is named twice');
  if (!Number.isInteger(concurrency) || concurrency < 1) refuse('at least one request must be under way');
  if (!Number.isInteger(requestTargetsMax) || requestTargetsMax < 1)
    refuse('a request names at least one target');
  const templates = 'text' in content ? [messageId, content.text] : [messageId];
  const unknown = templates.flatMap((template) => unknownVariables(template, variables));
  if (unknown.length > 0) refuse(`there is no variable {{${unknown[0]}}}`);
  const idCharacters = longestMessageId(spec);
  if (idCharacters > MESSAGE_ID_CHARACTERS_MAX)
    refuse(`the message id can have ${idCharacters} characters; ${MESSAGE_ID_CHARACTERS_MAX} are allowed`);
}

const UUID_SAMPLE = '00000000-0000-4000-8000-000000000000';

function longestMessageId({ messageId, variables, targets }: JobSpec): number {
  const agentId = targets.reduce((longest, id) => (id.length > longest.length ? id : longest), '');
  return expandVariables(messageId, { variables, nowMs: 0, uuid: () => UUID_SAMPLE, agentId }).length;
}
