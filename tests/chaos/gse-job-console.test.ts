// The whole console killed at each step of a job: no row wrongly ok, none lost, nothing sent twice (docs/THREATS.md H1).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLog } from '../../electron/core/log.ts';
import type { OwnRow } from '../../electron/core/gse/job-view.ts';
import { Jobs } from '../../electron/core/gse/jobs.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';
import { OperatingError } from '../../shared/failure.ts';
import { CountingGseLab } from '../kit/counting-gse-lab.ts';
import { runAndKill } from '../kit/run-and-kill.ts';

const CHILD = join(dirname(fileURLToPath(import.meta.url)), 'gse-console-child.ts');
const TARGETS = 2_000;
/** Before the job, while armed, at the first request, in the middle, at the end, afterwards. */
const KILL_AFTER_MS = [0, 5, 15, 25, 35, 50, 70, 90, 120, 160, 220, 400];
let folder = '';
let lab: CountingGseLab;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-console-'));
  lab = new CountingGseLab(TARGETS);
  await lab.open();
});
afterEach(async () => {
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});

async function killConsole(dataFolder: string, afterMs: number): Promise<void> {
  await runAndKill(CHILD, [dataFolder, lab.server.baseUrl, String(TARGETS)], afterMs);
  // What had left the console is still being answered.
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/** What the next console knows of the job, or null when it was never written down. */
async function rowsFound(dataFolder: string): Promise<{ phase: string; rows: OwnRow[] } | null> {
  const log = openLog(join(dataFolder, 'logs'));
  const jobs = new Jobs({
    folder: join(dataFolder, 'jobs'),
    clock: SYSTEM_CLOCK,
    log,
    openClient: () => {
      throw new OperatingError('E_INTERNAL', 'nothing is to be sent by itself');
    },
  });
  try {
    await jobs.open();
    const [summary] = jobs.list();
    if (summary === undefined) return null;
    const { rows } = (await jobs.view(summary.jobId)).page(null, 0, TARGETS);
    return { phase: summary.phase, rows };
  } finally {
    await jobs.close();
    await log.close();
  }
}

it('tells every row truly after a kill at any step, and again after the next start', async () => {
  const phases = new Set<string>();
  for (const [round, afterMs] of KILL_AFTER_MS.entries()) {
    lab.reached.clear();
    const dataFolder = join(folder, String(round));
    await killConsole(dataFolder, afterMs);
    const found = await rowsFound(dataFolder);
    if (found === null) {
      // Not written down: then nothing was sent either.
      expect(lab.reached.size).toBe(0);
      continue;
    }
    phases.add(found.phase);
    expect(found.rows).toHaveLength(TARGETS);
    expect(lab.wrongRows(found.rows)).toEqual([]);
    expect(await rowsFound(dataFolder)).toEqual(found);
    expect(Math.max(0, ...lab.reached.values())).toBeLessThanOrEqual(1);
  }
  // The kills came early enough to mean something.
  expect(phases).toContain('interrupted');
}, 300_000);
