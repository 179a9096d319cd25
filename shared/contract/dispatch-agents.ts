/** Schemas of what a GSE server says of agents: docs/protocols/gse.md sections 5.8 and 11.3. */
import * as v from 'valibot';
import { targetSet } from './dispatch-targets.ts';
import { count, profileName, setId } from './dispatch-values.ts';

/** Table 5.8; any other number is kept as a number. */
export const AGENT_RUNNING = '2';
export const agentState = v.strictObject({
  /** Decimal text of table 5.8; '' when the server does not know the agent. */
  statusCode: v.string(),
  version: v.string(),
  /** When it was asked for. */
  atMs: v.number(),
});
export type AgentState = v.InferOutput<typeof agentState>;
/** Asks list_agent_state of every id of the set. */
export const agentsCheckInput = v.strictObject({ profileId: profileName, setId });
export const agentsCheckOutput = v.strictObject({
  total: count,
  running: count,
  /** Known to the server, in another state. */
  otherState: count,
  unknown: count,
  atMs: v.number(),
  /** The first LIMITS.gseTargetsShownMax that are not running. */
  shown: v.array(v.strictObject({ agentId: v.string(), statusCode: v.string(), version: v.string() })),
  /** All that are not running, to be left out; null when there are none. */
  notRunning: v.nullable(targetSet),
});
export type AgentsCheck = v.InferOutput<typeof agentsCheckOutput>;
export const agentInfoInput = v.strictObject({
  profileId: profileName,
  agentId: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
});
export const agentInfoOutput = v.strictObject({
  atMs: v.number(),
  /** By the names of the wire, those the server gave; empty when it does not know the agent. */
  members: v.array(v.strictObject({ name: v.string(), value: v.string() })),
});
export type AgentDetails = v.InferOutput<typeof agentInfoOutput>;
