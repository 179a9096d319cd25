/**
 * The filter language over 100 000 rows in memory, beside the same condition written by hand as a plain loop.
 */
import { EventBody } from '../shared/filter/body-path.ts';
import { compileMatcher, type Matchable } from '../shared/filter/match.ts';
import { parseFilter } from '../shared/filter/parse.ts';
import { SEVERITIES } from '../shared/model/event.ts';
import type { BenchLine } from './bench-line.ts';

export const name = 'filter';

const ROWS = 100_000;
const ROUNDS = 9;
const BAR_MS = 50;
const TYPES = ['bdev_ready', 'bdev_failed', 'machine_info', 'heartbeat', 'raid_rebuild', 'Nvme_timeout'];

interface Case {
  readonly filter: string;
  readonly byHand: (event: Matchable) => boolean;
  readonly withBodies: boolean;
}

const CASES: readonly Case[] = [
  {
    filter: 'src:mimo sev>=error',
    byHand: ({ source, severity }) => source === 'mimo' && (severity === 'error' || severity === 'critical'),
    withBodies: false,
  },
  {
    filter: 'type:bdev_* host:node-1?',
    byHand: ({ type, host }) =>
      type.toLowerCase().startsWith('bdev_') && host.length === 7 && host.toLowerCase().startsWith('node-1'),
    withBodies: false,
  },
  {
    filter: '-type:machine_info,heartbeat bytes>84',
    byHand: ({ type, bodyBytes }) =>
      !['machine_info', 'heartbeat'].includes(type.toLowerCase()) && bodyBytes > 84,
    withBodies: false,
  },
  {
    filter: 'type:*time*out* OR (id:*77? sev>info)',
    byHand: ({ type, id, severity }) =>
      /time.*out/i.test(type) || (/77.$/.test(id) && severity !== 'debug' && severity !== 'info'),
    withBodies: false,
  },
  {
    filter: 'timeout',
    byHand: ({ type, host, id, peer, preview }) =>
      [type, host, id, peer, preview].some((text) => text.toLowerCase().includes('timeout')),
    withBodies: false,
  },
  {
    filter: 'body.ctrlr.size>1e9 sev>=warn',
    byHand({ severity, body }) {
      if (severity === 'debug' || severity === 'info' || body === undefined) return false;
      const value: unknown = JSON.parse(body.text());
      const size: unknown = Reflect.get(Object(Reflect.get(Object(value), 'ctrlr')), 'size');
      return typeof size === 'number' && size > 1e9;
    },
    withBodies: true,
  },
];

function makeRows(withBodies: boolean): Matchable[] {
  return Array.from({ length: ROWS }, (_, index): Matchable => {
    const type = TYPES[index % TYPES.length] ?? '';
    const ctrlr = { name: `c${index % 16}`, size: (index * 79_190) % 2e9 };
    const text = JSON.stringify({ event: type, ctrlr, note: `slot ${index}` });
    return {
      seq: index + 1,
      receivedAtMs: 1_700_000_000_000 + index,
      source: index % 3 === 0 ? 'gse' : 'mimo',
      kind: 'event',
      severity: SEVERITIES[index % SEVERITIES.length] ?? 'info',
      type,
      host: `node-${index % 100}`,
      link: 'mimo-9988',
      peer: `127.0.0.1:${40_000 + (index % 1_000)}`,
      id: `job-${index}`,
      sentAtS: null,
      bodyBytes: text.length,
      preview: text,
      simulated: false,
      // A fresh body every time: what is parsed once stays parsed, and would make the second look free.
      body: withBodies ? new EventBody(() => text) : undefined,
    };
  });
}

/** Both sides in turn; of each the quietest round, because other programs on the machine only ever add. */
function measure(one: Case): {
  readonly matcherMs: number;
  readonly byHandMs: number;
  readonly hits: number;
} {
  const parsed = parseFilter(one.filter);
  if (!parsed.ok) throw new Error(`the bench filter ${one.filter} does not parse`);
  const matcher = compileMatcher(parsed.expression);
  const matcherMs: number[] = [];
  const byHandMs: number[] = [];
  const fixedRows = one.withBodies ? null : makeRows(false);
  let hits = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const expected = timed(fixedRows ?? makeRows(true), one.byHand, byHandMs);
    hits = timed(fixedRows ?? makeRows(true), matcher, matcherMs);
    if (hits !== expected) throw new Error(`${one.filter}: ${hits} rows, by hand ${expected}`);
  }
  return { matcherMs: quietest(matcherMs), byHandMs: quietest(byHandMs), hits };
}

function timed(rows: readonly Matchable[], test: (event: Matchable) => boolean, into: number[]): number {
  const startedAt = performance.now();
  let hits = 0;
  for (const row of rows) if (test(row)) hits++;
  into.push(performance.now() - startedAt);
  return hits;
}

function quietest(values: readonly number[]): number {
  return Math.min(...values);
}

export async function run(report: (line: BenchLine) => void): Promise<void> {
  for (const one of CASES) {
    const { matcherMs, byHandMs, hits } = measure(one);
    report({
      what: `filter over ${ROWS} rows in memory: ${one.filter} (${hits} hits)`,
      figure: matcherMs,
      unit: 'ms',
      ratio: matcherMs / byHandMs,
      against: `the same condition by hand, ${byHandMs.toFixed(1)} ms`,
      bar: one.withBodies ? 'for information: bodies are parsed' : `< ${BAR_MS} ms`,
      holds: one.withBodies ? null : matcherMs < BAR_MS,
    });
  }
}
