/**
 * Variables in message ids and payloads: `{{now}}`, `{{uuid}}`, `{{agent_id}}` and the operator's own. Pure.
 */
import { OperatingError } from '../../shared/failure.ts';

/** The operator's own values, by name. */
export type Variables = Readonly<Record<string, string | number | boolean>>;

export interface VariableSources {
  readonly variables: Variables;
  /** Wall clock of the moment the request is made. */
  readonly nowMs: number;
  /** A fresh one for each use. */
  readonly uuid: () => string;
  /** Null leaves `{{agent_id}}` where it stands, for a text that is expanded once for the whole job. */
  readonly agentId: string | null;
}

const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;
const BUILT_IN = new Set(['now', 'uuid', 'agent_id']);

/** Names that are neither built in nor defined: nothing is sent while there are any. */
export function unknownVariables(template: string, variables: Variables): string[] {
  const used = [...template.matchAll(VARIABLE)].map((match) => match[1] ?? '');
  return [...new Set(used.filter((name) => !BUILT_IN.has(name) && !Object.hasOwn(variables, name)))];
}

/** True when the text differs from target to target, so that each needs a request of its own. */
export function isPerAgent(template: string): boolean {
  return [...template.matchAll(VARIABLE)].some((match) => match[1] === 'agent_id');
}

/** True when contents differ and may share requests: a message id that differs keeps them apart. */
export function isMultiContent(multi: boolean, messageId: string, content: string): boolean {
  return multi && isPerAgent(content) && !isPerAgent(messageId);
}

/** Fails with E_INPUT when a variable is unknown. What a value holds is not looked through again. */
export function expandVariables(template: string, sources: VariableSources): string {
  return template.replace(VARIABLE, (match, name: string) => {
    if (name === 'now') return new Date(sources.nowMs).toISOString();
    if (name === 'uuid') return sources.uuid();
    if (name === 'agent_id') return sources.agentId ?? match;
    if (Object.hasOwn(sources.variables, name)) return String(sources.variables[name]);
    throw new OperatingError('E_INPUT', `there is no variable {{${name}}}`, {
      fix: 'Define it, or take it out.',
    });
  });
}
