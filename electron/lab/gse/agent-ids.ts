/**
 * Ids of simulated agents: in the form real ones have (docs/protocols/gse.md section 11.4), and told from
 * their number without a table.
 */
import { assert } from '../../../shared/assert.ts';

const PREFIX = '02000000005254';
const SUFFIX = '1700000000000n';
const INDEX_HEX_DIGITS = 8;

/** 36 characters; `index` from 0 to 2^32 − 1. */
export function simulatedAgentId(index: number): string {
  assert(Number.isInteger(index) && index >= 0 && index < 2 ** 32, 'an index has 32 bits');
  return `${PREFIX}${index.toString(16).padStart(INDEX_HEX_DIGITS, '0')}${SUFFIX}`;
}

/** Null when the id is none of ours. */
export function simulatedAgentIndex(agentId: string): number | null {
  if (agentId.length !== PREFIX.length + INDEX_HEX_DIGITS + SUFFIX.length) return null;
  if (!agentId.startsWith(PREFIX) || !agentId.endsWith(SUFFIX)) return null;
  const digits = agentId.slice(PREFIX.length, -SUFFIX.length);
  return /^[0-9a-f]{8}$/.test(digits) ? Number.parseInt(digits, 16) : null;
}
