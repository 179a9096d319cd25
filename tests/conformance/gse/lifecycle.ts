// Timing and states of the socket clients: docs/protocols/gse.md section 7. Where the product deliberately
// differs the row is compared with what the specification asks of the product; a row is known by its members.
// Times have wide tolerances: machines are busy.
import { expectSame, hasMembers, runOne } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import {
  acceptCloseLoop,
  keepaliveSpacing,
  lateAgent,
  noAnswers,
  reconnect,
  reportSpacing,
} from './lifecycle-rhythm.ts';
import { blockedSend, blockedThenClosed, concurrentSends, slowCallback } from './lifecycle-sending.ts';
import {
  cancelRace,
  configErrors,
  emptyPath,
  launchAfterTerminate,
  launchTimeout,
  relaunch,
  staleInfo,
  stateErrors,
  terminates,
  terminatesWhileDown,
} from './lifecycle-states.ts';

export type LifecycleRow = Readonly<Record<string, unknown>>;

/** What a row may say beside what its scenario looks at: for reading, or what the original did and we do not. */
const OTHER_MEMBERS = new Set(['id', 'note', 'derived', 'logs', 'verified', 'title', 'source']);

interface Scenario {
  /** Members only such a row has. */
  readonly members: readonly string[];
  /** Members it may have beside them. */
  readonly also?: readonly string[];
  readonly run: (row: LifecycleRow) => Promise<void>;
}

/** The first that fits counts. */
const SCENARIOS: readonly Scenario[] = [
  { members: ['attempts', 'hung'], also: ['connected', 'context_done', 'product'], run: cancelRace },
  {
    members: ['launch_error', 'launch_took_ms', 'send_afterwards'],
    also: ['terminate_afterwards'],
    run: launchTimeout,
  },
  { members: ['launch_error', 'first_frame_type'], run: relaunch },
  {
    members: ['send_before_launch', 'launch_twice'],
    also: ['terminate_before_launch', 'info_before_launch'],
    run: stateErrors,
  },
  {
    members: ['socket_closed', 'terminate_again'],
    also: ['socket_closed_after_ms', 'terminate_took_ms', 'error', 'send_afterwards'],
    run: terminates,
  },
  { members: ['got_keepalive'], also: ['error'], run: launchAfterTerminate },
  { members: ['connected_after_listen_ms'], also: ['launch_took_ms', 'retry_logs'], run: lateAgent },
  { members: ['redial_after_ms', 'first_keepalive_after_ms'], run: reconnect },
  { members: ['info_agent_id', 'send_error'], also: ['info_error'], run: staleInfo },
  { members: ['accepts_in_1_s'], run: acceptCloseLoop },
  {
    members: ['callback_offsets_ms', 'order'],
    also: ['keepalive_response_offset_ms'],
    run: slowCallback,
  },
  { members: ['blocked', 'frame_length'], also: ['complete', 'error'], run: blockedSend },
  { members: ['finished_while_blocked', 'errors'], run: blockedThenClosed },
  {
    members: ['all_ids', 'sequences_unique'],
    also: ['sequences_sorted', 'first_sequence_minus_unix_seconds'],
    run: concurrentSends,
  },
  { members: ['keepalives', 'connection_open'], also: ['warnings'], run: noAnswers },
  { members: ['types', 'spacing_ms'], run: reportSpacing },
  { members: ['spacing_ms'], run: keepaliveSpacing },
  {
    members: ['message_no_socket', 'report_no_socket'],
    also: ['no_plugin', 'no_version'],
    run: configErrors,
  },
  { members: ['took_ms', 'error'], run: terminatesWhileDown },
  { members: ['launch_error', 'logs'], run: emptyPath },
];

function scenarioOf(row: unknown): Scenario | undefined {
  return SCENARIOS.find(({ members }) => hasMembers(row, ...members));
}

export function fitsLifecycle(row: unknown): boolean {
  return scenarioOf(row) !== undefined;
}

function unreadMembers({ members, also = [] }: Scenario, row: LifecycleRow): string[] {
  const read = new Set([...OTHER_MEMBERS, ...members, ...also]);
  return Object.keys(row).filter((name) => !read.has(name));
}

/** All at once: they mostly wait. */
export async function runLifecycle(file: VectorFile, report: Report): Promise<void> {
  const runs = file.cases.map(async (row, index) => {
    const id = hasMembers(row, 'id') ? String(row['id']) : `case ${index + 1}`;
    const scenario = scenarioOf(row);
    if (scenario === undefined || !hasMembers(row)) report.fail(id, 'a row of this kind', 'unknown members');
    else
      await runOne(id, report, () => {
        expectSame('members nobody looks at', [], unreadMembers(scenario, row));
        return scenario.run(row);
      });
  });
  await Promise.all(runs);
}
