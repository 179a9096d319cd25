/** A draft's message id and content as bytes: variables first, then the form. Pure. */
import type { Draft } from '../../../shared/contract/dispatch.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { asTextContent, isLosslessContent } from '../../protocols/gse/content.ts';
import { expandVariables, isPerAgent, unknownVariables, type Variables } from '../gse-variables.ts';

export interface RenderSources {
  readonly nowMs: number;
  readonly uuid: () => string;
}

export interface RenderedDraft {
  /** With {{agent_id}} still in it when `isPerAgent`. */
  readonly messageId: string;
  readonly content: Buffer;
  readonly isPerAgent: boolean;
  /** Of the bytes before `notUtf8` changed them. */
  readonly isUtf8: boolean;
  readonly warnings: readonly string[];
}

/** Stands for {{agent_id}} until the request is made; goes through expandVariables as it is. */
const AGENT_ID = '{{agent_id}}';
const AGENT_ID_USES = /\{\{\s*agent_id\s*\}\}/g;

export function textForAgent(text: string, agentId: string): string {
  return text.replaceAll(AGENT_ID, () => agentId);
}

/** Fails with E_INPUT: an unknown or badly typed variable, broken hex or base64, bytes that are refused. */
export function renderDraft(
  draft: Pick<Draft, 'messageId' | 'content' | 'variables' | 'multi'>,
  sources: RenderSources,
): RenderedDraft {
  const { content, messageId } = draft;
  const plain = typedVariables(draft.variables);
  const unknown = unknownVariables(`${messageId}\n${content.text}`, plain);
  if (unknown.length > 0)
    throw new OperatingError('E_INPUT', `there is no variable ${inBraces(unknown)}`, {
      fix: 'Define it, or take it out.',
    });
  const perAgent = isPerAgent(messageId) || isPerAgent(content.text);
  const expand = (text: string, variables: Variables): string =>
    expandVariables(text.replaceAll(AGENT_ID_USES, AGENT_ID), { ...sources, variables, agentId: AGENT_ID });
  const inside = content.mode === 'json' ? insideJson(plain) : plain;
  const text = expand(content.text, inside);
  const bytes = bytesOf(text, content.mode);
  const warnings = [...warningsOf(text, content.mode), ...perAgentWarnings(draft)];
  if (perAgent && (content.mode === 'hex' || content.mode === 'base64') && isPerAgent(content.text))
    throw new OperatingError('E_INPUT', '{{agent_id}} does not stand for bytes: use text or JSON');
  const utf8 = isLosslessContent(bytes);
  const rendered = { messageId: expand(messageId, plain), isPerAgent: perAgent, isUtf8: utf8, warnings };
  if (utf8) return { ...rendered, content: bytes };
  if (content.notUtf8 === 'refuse')
    throw new OperatingError('E_INPUT', 'the content is not UTF-8 and cannot travel as it is', {
      fix: 'Send it as base64 or hex text; the plugin must know.',
    });
  return {
    ...rendered,
    content: asTextContent(bytes, content.notUtf8),
    warnings: [...warnings, `the plugin gets the bytes as ${content.notUtf8} text`],
  };
}

function inBraces(names: readonly string[]): string {
  return names.map((name) => `{{${name}}}`).join(', ');
}

function typedVariables(variables: Draft['variables']): Variables {
  return Object.fromEntries(variables.map(({ name, type, value }) => [name, typedValue(name, type, value)]));
}

function typedValue(
  name: string,
  type: Draft['variables'][number]['type'],
  value: string,
): string | number | boolean {
  if (type === 'text') return value;
  if (type === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new OperatingError('E_INPUT', `{{${name}}} must be true or false`);
  }
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value))
    throw new OperatingError('E_INPUT', `{{${name}}} must be a number`);
  // As written: a number of the wire may be larger than a double holds.
  return value;
}

/** So that a quote in a value cannot end the string it stands in. */
function insideJson(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : value,
    ]),
  );
}

/** Fails with E_INPUT for broken hex and base64. */
export function bytesOf(text: string, mode: Draft['content']['mode']): Buffer {
  const packed = text.replaceAll(/\s/g, '');
  if (mode === 'hex') {
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(packed))
      throw new OperatingError('E_INPUT', 'the content is not hex: two digits a byte');
    return Buffer.from(packed, 'hex');
  }
  if (mode === 'base64') {
    const isBase64 = packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
    if (!isBase64) throw new OperatingError('E_INPUT', 'the content is not base64');
    return Buffer.from(packed, 'base64');
  }
  return Buffer.from(text, 'utf8');
}

/** How many requests it takes when targets get different things. */
function perAgentWarnings({
  messageId,
  content,
  multi,
}: Pick<Draft, 'messageId' | 'content' | 'multi'>): string[] {
  const single = '{{agent_id}} differs from target to target: each gets a request of its own';
  if (isPerAgent(messageId)) return [single];
  if (!isPerAgent(content.text)) return [];
  return [multi ? 'experimental: contents per agent go out by dispatch_multi_message' : single];
}

function warningsOf(text: string, mode: Draft['content']['mode']): string[] {
  const warnings: string[] = [];
  if (text === '') warnings.push('the content is empty');
  if (mode === 'json') {
    try {
      JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      warnings.push(`the content is not JSON: ${error.message}`);
    }
  }
  return warnings;
}
