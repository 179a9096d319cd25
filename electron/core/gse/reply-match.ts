/** Which uplinks of a target count as its answer, and which message an uplink answers. Pure. */
import type { Draft } from '../../../shared/contract/dispatch.ts';
import { jsonValueOf } from '../../../shared/json-text.ts';

/** An envelope some plugins use: docs/protocols/gse.md section 11.5. */
const ORIGINAL_ID = 'original_message_id';
/** An envelope is small; a large content is not looked through. */
const ENVELOPE_CHARACTERS_MAX = 64 * 1024;

/** Content that is no JSON has no member. */
export function isReply({ kind, text }: Draft['replyMatch'], content: string): boolean {
  if (kind === 'any') return true;
  if (kind === 'contains') return content.includes(text);
  const at = text.indexOf('=');
  return memberText(content, text.slice(0, at).split('.')) === text.slice(at + 1);
}

/** The id of the message it acknowledges, where it says so itself; else null. */
export function originalMessageId(content: string): string | null {
  if (content.length > ENVELOPE_CHARACTERS_MAX || !content.includes(ORIGINAL_ID)) return null;
  return memberText(content, [ORIGINAL_ID]);
}

/** Text as it is, numbers and truth values as JSON writes them; null for anything else. */
function memberText(content: string, path: readonly string[]): string | null {
  let value = jsonValueOf(content);
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = Reflect.get(value, name);
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
