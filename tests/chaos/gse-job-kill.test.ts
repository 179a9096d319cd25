// Jobs whose console or whose server goes away in between: no row wrongly ok, none lost, nothing sent twice
// (docs/THREATS.md H1).
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restoreJob } from '../../electron/core/gse-job-journal.ts';
import type { JobSpec } from '../../electron/core/gse-job-plan.ts';
import { JobRunner } from '../../electron/core/gse-job-runner.ts';
import { GseJob, retryOf } from '../../electron/core/gse-jobs.ts';
import type { AgentDirectory, Delivered, Downlink } from '../../electron/lab/gse/agent-directory.ts';
import { GseServer, SERVER_FAULTS_NONE } from '../../electron/lab/gse/gse-server.ts';
import {
  simulatedFate,
  SimulatedAgents,
  SIMULATED_DEFAULT,
} from '../../electron/lab/gse/simulated-agents.ts';
import { DispatchClient } from '../../electron/protocols/gse/dispatch-client.ts';

const CHILD = join(dirname(fileURLToPath(import.meta.url)), 'gse-job-child.ts');
const TARGETS = 2_000;
const ROUNDS = 12;
const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Simulated agents that remember how often each of them was reached. */
class CountingAgents implements AgentDirectory {
  readonly agents = new SimulatedAgents(TARGETS, SIMULATED_DEFAULT, () => undefined);
  readonly reached = new Map<string, number>();

  deliver(agentId: string, downlink: Downlink): Delivered | undefined {
    this.reached.set(agentId, (this.reached.get(agentId) ?? 0) + 1);
    return this.agents.deliver(agentId, downlink);
  }

  find(agentId: string): ReturnType<SimulatedAgents['find']> {
    return this.agents.find(agentId);
  }
}

let folder = '';
let server: GseServer;
let counting: CountingAgents;
let children: ChildProcess[] = [];

async function openServer(port: number): Promise<void> {
  server = await GseServer.open({ port, clock, directories: [counting], authorization: null });
  server.setSlot({ slotId: 10n, token: 't', pluginName: 'p', callbackUrl: null });
  server.setFaults({ ...SERVER_FAULTS_NONE, latencyMs: 5 });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-job-'));
  counting = new CountingAgents();
  await openServer(0);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  counting.agents.close();
  await server.close();
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
    requestTargetsMax: 50,
    concurrency: 4,
    delayMs: 0,
    onFailure: 'continue',
    replyTimeoutMs: null,
  };
}

/** Compares every row with what the agents saw. */
function checkRows(job: GseJob): void {
  const wrong: string[] = [];
  for (const [index, target] of job.spec.targets.entries()) {
    const { state } = job.row(index);
    const count = counting.reached.get(target) ?? 0;
    const fails = simulatedFate(index, SIMULATED_DEFAULT) === 'fails';
    const isTrue =
      (state === 'ok' && count === 1 && !fails) ||
      (state === 'failed' && count === 1 && fails) ||
      (state === 'not_sent' && count === 0) ||
      (state === 'unknown' && count <= 1);
    if (!isTrue) wrong.push(`${index} is ${state}, reached ${count} times, fails ${fails}`);
  }
  expect(wrong).toEqual([]);
}

async function runToEnd(job: GseJob): Promise<void> {
  const auth = { appCode: '', appSecret: '' };
  const client = new DispatchClient({ baseUrl: server.baseUrl, slot: { slotId: 10n, token: 't' }, auth });
  const runner = new JobRunner({
    job,
    dispatch: (messageId, content, agentIds) => client.dispatch(messageId, content, agentIds),
    append: () => Promise.resolve(),
    clock,
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
    const ids = counting.agents.ids();
    const seen = { early: 0, unknown: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      counting.reached.clear();
      const journal = join(folder, `journal-${round}`);
      const child = fork(CHILD, [server.baseUrl, journal, JSON.stringify(specOf(ids))], { execArgv: [] });
      children.push(child);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => child.once('message', resolve));
      // From the first request to about the last.
      await new Promise((resolve) => setTimeout(resolve, 2 + round * 12));
      child.kill('SIGKILL');
      await gone;
      const job = restoreJob(await readFile(journal, 'utf8'));
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
      expect([...counting.reached.values()].every((count) => count === 1)).toBe(true);
    }
    // The kills were early enough to mean something.
    expect(seen.early).toBeGreaterThan(0);
    expect(seen.unknown).toBeGreaterThan(0);
  });

  it('whose server goes away and comes back tells what is known, and nothing reaches an agent twice', async () => {
    const job = new GseJob(specOf(counting.agents.ids()));
    const { port } = server;
    const running = runToEnd(job);
    while (job.counts().ok < 100) await new Promise((resolve) => setTimeout(resolve, 1));
    await server.close();
    await openServer(port);
    await running;
    checkRows(job);
    const counts = job.counts();
    expect(counts.ok).toBeGreaterThan(100);
    expect(counts.ok + counts.failed + counts.unknown + counts.not_sent).toBe(TARGETS);
  });
});
