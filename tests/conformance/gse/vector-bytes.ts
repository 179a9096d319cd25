// How GSE vectors write bytes and numbers.
import * as v from 'valibot';

/** Lower-case hex without separators. */
export const hexBytes = v.pipe(
  v.string(),
  v.regex(/^(?:[0-9a-f]{2})*$/),
  v.transform((hex) => Buffer.from(hex, 'hex')),
);

/** A number up to 2^53, which is itself still exact, or decimal text. */
export const wideInteger = v.pipe(
  v.union([
    v.pipe(v.number(), v.integer(), v.minValue(-(2 ** 53)), v.maxValue(2 ** 53)),
    v.pipe(v.string(), v.regex(/^-?\d+$/)),
  ]),
  v.transform((value) => BigInt(value)),
);

export const replyResult = v.looseObject({
  code: wideInteger,
  message: v.string(),
  agent_results: v.optional(
    v.record(v.string(), v.looseObject({ agent_id: v.string(), code: wideInteger, message: v.string() })),
  ),
  results: v.optional(
    v.array(v.looseObject({ agent_id: v.optional(v.string()), code: wideInteger, message: v.string() })),
  ),
});

/** In the form of the vectors, to compare. */
export function plainResult(result: v.InferOutput<typeof replyResult>): unknown {
  const agents = Object.entries(result.agent_results ?? {}).map(([id, { agent_id, code, message }]) => ({
    id,
    agentId: agent_id,
    code,
    message,
  }));
  return { code: result.code, message: result.message, agents: byId(agents) };
}

export function byId<T extends { id: string }>(agents: readonly T[]): T[] {
  return agents.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
