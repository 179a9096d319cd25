// Conventions of the MIMO vectors: `_b64` members are exact bytes, `_repeat` members describe long texts.
import * as v from 'valibot';

export const repeated = v.object({
  prefix: v.optional(v.string(), ''),
  open: v.string(),
  close: v.string(),
  depth: v.number(),
  suffix: v.optional(v.string(), ''),
});
export type Repeated = v.InferOutput<typeof repeated>;

export function repeatedText(text: Repeated): Buffer {
  return Buffer.from(
    text.prefix + text.open.repeat(text.depth) + text.close.repeat(text.depth) + text.suffix,
  );
}

/**
 * Bytes of a member in any of its three spellings; null is the C null pointer; undefined when the row does
 * not say.
 */
export function bytesOf(
  text: string | null | undefined,
  b64: string | null | undefined,
  repeat?: Repeated,
): Buffer | null | undefined {
  if (typeof b64 === 'string') return Buffer.from(b64, 'base64');
  if (repeat !== undefined) return repeatedText(repeat);
  if (text === null || b64 === null) return null;
  return text === undefined ? undefined : Buffer.from(text);
}
