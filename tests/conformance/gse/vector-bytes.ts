// How GSE vectors write bytes and numbers.
import * as v from 'valibot';
import type { AgentEntry, DispatchResponse } from '../../../electron/protocols/gse/dispatch-messages.ts';

/** Hex without separators. */
export const hexBytes = v.pipe(
  v.string(),
  v.regex(/^(?:[0-9a-fA-F]{2})*$/),
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

/** One file may need one byte many times: `{hex}` or `{fill,count}`, one behind the other. */
export const hexParts = v.array(
  v.union([v.strictObject({ hex: hexBytes }), v.strictObject({ fill: hexBytes, count: v.number() })]),
);

/** `hex`, or what the parts make together. */
export function bytesOf(row: {
  readonly hex?: Buffer | null | undefined;
  readonly hex_parts?: v.InferOutput<typeof hexParts> | undefined;
}): Buffer {
  if (row.hex !== undefined && row.hex !== null) return row.hex;
  const parts = row.hex_parts ?? [];
  return Buffer.concat(parts.map((part) => ('hex' in part ? part.hex : Buffer.alloc(part.count, part.fill))));
}

const agentEntry = { agent_id: v.string(), code: wideInteger, message: v.string() };

/** What came back: by agent id through the public interface, as a list through the inner one. */
export const replyResult = v.union([
  v.strictObject({
    code: wideInteger,
    message: v.string(),
    agent_results: v.record(v.string(), v.strictObject(agentEntry)),
  }),
  v.strictObject({
    code: wideInteger,
    message: v.string(),
    results: v.nullable(v.array(v.strictObject({ ...agentEntry, agent_id: v.optional(v.string(), '') }))),
  }),
]);

/** In the form of the vectors, to compare; `got` gives the parts `wanted` speaks of. */
export function plainResult(wanted: v.InferOutput<typeof replyResult>): unknown {
  const { code, message } = wanted;
  if ('results' in wanted) return { code, message, entries: (wanted.results ?? []).map(plainEntry) };
  const agents = Object.entries(wanted.agent_results).map(([id, entry]) => ({ id, ...plainEntry(entry) }));
  return { code, message, agents: byId(agents) };
}

function plainEntry({ agent_id: agentId, code, message }: AgentEntryRow): AgentEntry {
  return { agentId, code, message };
}
type AgentEntryRow = v.InferOutput<v.StrictObjectSchema<typeof agentEntry, undefined>>;

/** What the product gave, with the list or the map as `wanted` has it. */
export function plainAnswer(wanted: v.InferOutput<typeof replyResult>, got: DispatchResponse): unknown {
  const { code, message } = got;
  const plain = (entry: AgentEntry): AgentEntry => ({
    agentId: entry.agentId,
    code: entry.code,
    message: entry.message,
  });
  if ('results' in wanted) return { code, message, entries: got.entries.map(plain) };
  return { code, message, agents: byId([...got.agents].map(([id, entry]) => ({ id, ...plain(entry) }))) };
}

function byId<T extends { id: string }>(agents: readonly T[]): T[] {
  return agents.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
