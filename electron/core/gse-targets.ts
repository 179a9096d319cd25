/** What an operator pastes as targets, turned into agent ids: docs/protocols/gse.md section 11.4. Pure. */
import { LIMITS } from '../../shared/limits.ts';
import { jsonValueOf } from '../../shared/json-text.ts';

/** `agent` an id of GSE 2.0, which is opaque · `legacy` `<cloud id>:<IPv4>`. */
export type AgentIdForm = 'agent' | 'legacy';

export interface InvalidTarget {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface TargetList {
  /** Each once, in the order of first mention. */
  readonly ids: readonly string[];
  readonly duplicates: number;
  readonly excluded: number;
  readonly invalid: readonly InvalidTarget[];
}

/** Lists, tables and JSON arrays of other tools hold ids between these. */
const SEPARATORS = /[\s,;|"'[\]]+/;
const LEGACY = /^\d{1,10}:(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const COMMENT = '#';

/** Members that hold an agent id, or a list of them, in what other tools put out as JSON. */
const ID_MEMBERS: ReadonlySet<string> = new Set([
  'bk_agent_id',
  'agent_id',
  'agentId',
  'id',
  'agent_id_list',
]);
const JSON_DEPTH_MAX = 20;

/** JSON as a line an id; null for a text that is none. Strings of lists and those under ID_MEMBERS count. */
function jsonLines(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  const value = jsonValueOf(text);
  // Expected: it only looks like JSON, as `[a b]` does.
  if (value === undefined) return null;
  const found: string[] = [];
  collectIds(value, true, 0, found);
  return found.join('\n');
}

function collectIds(value: unknown, isId: boolean, depth: number, found: string[]): void {
  if (typeof value === 'string') {
    if (isId) found.push(value);
  } else if (depth >= JSON_DEPTH_MAX) return;
  else if (Array.isArray(value)) for (const item of value) collectIds(item, isId, depth + 1, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value))
      collectIds(member, ID_MEMBERS.has(name), depth + 1, found);
}

/**
 * Text with any number of ids a line, or JSON of another tool; what follows `#` is left out. Ids in `exclude` are counted and not
 * listed.
 */
export function parseTargets(text: string, exclude: ReadonlySet<string> = new Set()): TargetList {
  const ids = new Set<string>();
  const invalid: InvalidTarget[] = [];
  let duplicates = 0;
  let excluded = 0;
  for (const [index, line] of (jsonLines(text) ?? text).split(/\r\n|\r|\n/).entries()) {
    for (const word of withoutComment(line).split(SEPARATORS)) {
      if (word === '') continue;
      const reason = targetFault(word);
      if (reason !== null) invalid.push({ line: index + 1, text: word, reason });
      else if (exclude.has(word)) excluded += 1;
      else if (ids.has(word)) duplicates += 1;
      else ids.add(word);
    }
  }
  return { ids: [...ids], duplicates, excluded, invalid };
}

function withoutComment(line: string): string {
  const mark = line.indexOf(COMMENT);
  return mark < 0 ? line : line.slice(0, mark);
}

/** Null when the text can be an agent id. Nothing more is known of the form of real ones (section 11.4). */
export function targetFault(id: string): string | null {
  if (id === '' || /\s/.test(id)) return 'an agent id is not empty and holds no white space';
  if (id.length > LIMITS.gseAgentIdCharactersMax)
    return `an agent id has at most ${LIMITS.gseAgentIdCharactersMax} characters`;
  if (/[\u0000-\u001f\u007f]/.test(id)) return 'an agent id holds no control characters';
  if (!id.includes(':')) return null;
  const parts = LEGACY.exec(id)?.slice(1) ?? [];
  const isAddress = parts.length === 4 && parts.every((part) => Number(part) <= 255);
  return isAddress ? null : 'with a colon it must be <cloud id>:<IPv4 address>';
}

/** An address without its cloud id: no id anybody is known to use, though nothing forbids it. */
export function isBareAddress(id: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(id);
}

export function agentIdForm(id: string): AgentIdForm {
  return id.includes(':') ? 'legacy' : 'agent';
}

/**
 * `count` of them, each as likely as any other, in their order; all when there are no more. `chance` gives
 * numbers in [0, 1).
 */
export function pickCanary(ids: readonly string[], count: number, chance: () => number): string[] {
  const picked: string[] = [];
  let wanted = Math.min(count, ids.length);
  for (const [index, id] of ids.entries()) {
    if (wanted === 0) break;
    if (chance() * (ids.length - index) >= wanted) continue;
    picked.push(id);
    wanted -= 1;
  }
  return picked;
}
