// Timing and states of the socket clients: docs/protocols/gse.md section 7. Where the product deliberately
// differs the row is compared with what the specification asks of the product; a row is known by its members.
// Times have wide tolerances: machines are busy.
import { hasMembers, runOne } from '../case-run.ts';
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

interface Scenario {
  /** Members only such a row has. */
  readonly members: readonly string[];
  readonly run: (row: LifecycleRow) => Promise<void>;
}

/** The first that fits counts. */
const SCENARIOS: readonly Scenario[] = [
  { members: ['attempts', 'hung'], run: cancelRace },
  { members: ['launch_error', 'launch_took_ms', 'send_afterwards'], run: launchTimeout },
  { members: ['launch_error', 'first_frame_type'], run: relaunch },
  { members: ['send_before_launch', 'launch_twice'], run: stateErrors },
  { members: ['socket_closed', 'terminate_again'], run: terminates },
  { members: ['got_keepalive'], run: launchAfterTerminate },
  { members: ['connected_after_listen_ms'], run: lateAgent },
  { members: ['redial_after_ms', 'first_keepalive_after_ms'], run: reconnect },
  { members: ['info_agent_id', 'send_error'], run: staleInfo },
  { members: ['accepts_in_1_s'], run: acceptCloseLoop },
  { members: ['callback_offsets_ms', 'order'], run: slowCallback },
  { members: ['blocked', 'frame_length'], run: blockedSend },
  { members: ['finished_while_blocked', 'errors'], run: blockedThenClosed },
  { members: ['all_ids', 'sequences_unique'], run: concurrentSends },
  { members: ['keepalives', 'connection_open'], run: noAnswers },
  { members: ['types', 'spacing_ms'], run: reportSpacing },
  { members: ['spacing_ms'], run: keepaliveSpacing },
  { members: ['message_no_socket', 'report_no_socket'], run: configErrors },
  { members: ['took_ms', 'error'], run: terminatesWhileDown },
  { members: ['launch_error', 'logs'], run: emptyPath },
];

function scenarioOf(row: unknown): Scenario | undefined {
  return SCENARIOS.find(({ members }) => hasMembers(row, ...members));
}

export function fitsLifecycle(row: unknown): boolean {
  return scenarioOf(row) !== undefined;
}

/** All at once: they mostly wait. */
export async function runLifecycle(file: VectorFile, report: Report): Promise<void> {
  const runs = file.cases.map(async (row, index) => {
    const id = hasMembers(row, 'id') ? String(row['id']) : `case ${index + 1}`;
    const scenario = scenarioOf(row);
    if (scenario === undefined || !hasMembers(row)) report.fail(id, 'a row of this kind', 'unknown members');
    else await runOne(id, report, () => scenario.run(row));
  });
  await Promise.all(runs);
}
