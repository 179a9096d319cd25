// Jobs whose console or whose server goes away in between: no row wrongly ok, none lost, nothing sent twice
// (docs/THREATS.md H1).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replayJob } from '../../electron/core/gse-job-journal.ts';
import type { JobSpec } from '../../electron/core/gse-job-plan.ts';
import { JobRunner } from '../../electron/core/gse-job-runner.ts';
import { GseJob, retryOf } from '../../electron/core/gse-jobs.ts';
import { sendOutgoing } from '../../electron/core/gse-outgoing.ts';
import { isJobRecord, readRecords } from '../../electron/core/gse/job-records.ts';
import { DispatchClient } from '../../electron/protocols/gse/dispatch-client.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';
import { CountingGseLab } from '../kit/counting-gse-lab.ts';
import { runAndKill } from '../kit/run-and-kill.ts';

const CHILD = join(dirname(fileURLToPath(import.meta.url)), 'gse-job-child.ts');
const TARGETS = 2_000;
const ROUNDS = 12;
let folder = '';
let lab: CountingGseLab;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-job-'));
  lab = new CountingGseLab(TARGETS);
  await lab.open();
});
afterEach(async () => {
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});

function specOf(targets: readonly string[]): JobSpec {
  return {
    id: 'job',
    parentId: null,
    createdAtMs: 0,
    profile: 'lab',
    targets,
    messageId: 'm-{{uuid}}',
    content: { text: 'hello' },
    variables: {},
    rolling: '50 200 +200',
    multi: false,
    requestTargetsMax: 50,
    concurrency: 4,
    delayMs: 0,
    onFailure: 'continue',
    replyTimeoutMs: null,
  };
}

/** Compares every row with what the agents saw. */
function checkRows(job: GseJob): void {
  const rows = job.spec.targets.map((agentId, row) => ({ agentId, outcome: job.row(row).state }));
  expect(lab.wrongRows(rows)).toEqual([]);
}

async function runToEnd(job: GseJob): Promise<void> {
  const auth = { appCode: '', appSecret: '' };
  const client = new DispatchClient({
    baseUrl: lab.server.baseUrl,
    slot: { slotId: 1001n, token: 't' },
    auth,
  });
  const runner = new JobRunner({
    job,
    dispatch: (outgoing) => sendOutgoing(client, outgoing),
    append: () => Promise.resolve(),
    clock: SYSTEM_CLOCK,
    uuid: () => crypto.randomUUID(),
    onChange: () => undefined,
    onTrouble: () => undefined,
  });
  runner.go();
  await runner.ended;
  await runner.close();
  await client.close();
}

describe('a job', () => {
  it('whose console is killed is found again with every row told truly, and the rest can be sent', async () => {
    const ids = lab.agents.ids();
    const seen = { early: 0, unknown: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      lab.reached.clear();
      const journal = join(folder, `journal-${round}`);
      // From the first request to about the last.
      await runAndKill(CHILD, [lab.server.baseUrl, journal, JSON.stringify(specOf(ids))], 2 + round * 12);
      const job = new GseJob(specOf(ids));
      const lines = (await readFile(journal, 'utf8')).split('\n');
      replayJob(job, readRecords(lines).filter(isJobRecord));
      // What had left the child is still being answered.
      await new Promise((resolve) => setTimeout(resolve, 100));
      checkRows(job);
      const { unknown, not_sent: notSent } = job.counts();
      seen.unknown += unknown;
      if (notSent === 0) continue;
      seen.early += 1;
      const rest = retryOf(job, job.targetsIn('not_sent'), { id: 'rest', createdAtMs: 1 });
      await runToEnd(rest);
      expect(rest.counts().ok + rest.counts().failed).toBe(notSent);
      expect([...lab.reached.values()].every((count) => count === 1)).toBe(true);
    }
    // The kills were early enough to mean something.
    expect(seen.early).toBeGreaterThan(0);
    expect(seen.unknown).toBeGreaterThan(0);
  });

  it('whose server goes away and comes back tells what is known, and nothing reaches an agent twice', async () => {
    const job = new GseJob(specOf(lab.agents.ids()));
    const { port } = lab.server;
    const running = runToEnd(job);
    while (job.counts().ok < 100) await new Promise((resolve) => setTimeout(resolve, 1));
    await lab.server.close();
    await lab.open(port);
    await running;
    checkRows(job);
    const counts = job.counts();
    expect(counts.ok).toBeGreaterThan(100);
    expect(counts.ok + counts.failed + counts.unknown + counts.not_sent).toBe(TARGETS);
  });
});
