// GSE through the whole console: a job of 50 000 targets, written down as it goes, with every answer of the lab in feed and rows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConsole, type Console } from '../electron/core/console.ts';
import { simulatedAgentId } from '../electron/lab/gse/agent-ids.ts';
import { simulatedFate, SIMULATED_DEFAULT } from '../electron/lab/gse/simulated-agents.ts';
import { SYSTEM_CLOCK } from '../electron/net/system-clock.ts';
import type { Outcome } from '../shared/contract/dispatch-jobs.ts';
import type { BenchLine } from './bench-line.ts';

export const name = 'gse-console';

const TARGETS = 50_000;
const BATCH = 1_000;
const AT_ONCE = 4;
const SENT_SECONDS_BAR = 15;
const REPLIES_MS_MAX = 120_000;
const PAGE = 1_000;
const LOOK_MS = 20;

export async function run(report: (line: BenchLine) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gse-console-bench-'));
  const core = await openConsole({
    dataFolder: folder,
    host: 'serve',
    hostReason: 'bench',
    profile: 'lab',
    lab: true,
    clock: SYSTEM_CLOCK,
    version: '0.0.0',
    missing: [],
    gse: true,
    mimoPorts: [],
    labEmitterPath: join(folder, 'no-emitter'),
  });
  try {
    await job(core, report);
  } finally {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function job(core: Console, report: (line: BenchLine) => void): Promise<void> {
  const startMs = performance.now();
  const jobId = await start(core);
  const requests = async (): Promise<boolean> => {
    const { requests: lines } = await core.calls['jobs.requests']({ jobId, from: 0, rowsMax: PAGE });
    return lines.every(({ elapsedMs }) => elapsedMs !== null);
  };
  while (!(await requests())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const sentSeconds = (performance.now() - startMs) / 1_000;
  const wanted = Array.from({ length: TARGETS }, (_, index) => simulatedFate(index, SIMULATED_DEFAULT));
  const replies = wanted.filter((fate) => fate === 'replies').length;
  const total = async (outcome: Outcome): Promise<number> =>
    (await core.calls['jobs.rows']({ jobId, outcome, from: 0, rowsMax: 1 })).total;
  while ((await total('replied')) < replies) {
    if (performance.now() - startMs > REPLIES_MS_MAX) throw new Error('not all replies came');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const repliedSeconds = (performance.now() - startMs) / 1_000;
  await check(core, jobId, wanted);
  const line = { unit: 's', ratio: null, against: '' } as const;
  report({
    ...line,
    what: 'job of 50 000 targets through the console, batches of 1 000, 4 at once, written down; every row exact',
    figure: sentSeconds,
    bar: `≤ ${SENT_SECONDS_BAR} s`,
    holds: sentSeconds <= SENT_SECONDS_BAR,
  });
  report({
    ...line,
    what: `the same until all ${replies} replies are in the store and at their rows (lab in the same process)`,
    figure: repliedSeconds,
    bar: 'for information',
    holds: null,
  });
}

async function start(core: Console): Promise<string> {
  const text = Array.from({ length: TARGETS }, (_, index) => simulatedAgentId(index)).join('\n');
  const parsed = await core.calls['dispatch.targets.parse']({
    text,
    into: null,
    excludeSet: null,
    excludeText: '',
  });
  const { jobId } = await core.calls['dispatch.start']({
    draft: {
      profileId: 'lab',
      slotId: '1001',
      setId: parsed.setId,
      messageId: '{{uuid}}',
      content: { mode: 'text', text: 'x'.repeat(1_024), notUtf8: 'refuse' },
      variables: [],
      multi: false,
      batchSize: BATCH,
      rolling: '',
      concurrency: AT_ONCE,
      delayMs: 0,
      onFailure: 'continue',
      replyTimeoutMs: REPLIES_MS_MAX,
      replyMatch: { kind: 'any', text: '' },
    },
    confirm: { targets: TARGETS, profileLabel: '' },
    undoMs: 0,
  });
  return jobId;
}

/** Nobody is silent yet: the window for answers is still open. */
async function check(core: Console, jobId: string, fates: readonly string[]): Promise<void> {
  const outcomes: Readonly<Record<string, Outcome>> = { fails: 'failed', silent: 'ok', replies: 'replied' };
  for (let from = 0; from < TARGETS; from += PAGE) {
    const { rows } = await core.calls['jobs.rows']({ jobId, outcome: null, from, rowsMax: PAGE });
    for (const { row, outcome } of rows)
      if (outcome !== outcomes[fates[row] ?? ''])
        throw new Error(`row ${row} is ${outcome}, the lab says ${fates[row]}`);
  }
}
