/**
 * `signalbox doctor`: what is there, what is missing and what now; every limit. Asks the running console when
 * there is one.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Doctor } from '../../../shared/contract/app.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { examine } from '../../core/doctor.ts';
import type { StoreStats } from '../../store/event-store.ts';
import { DATABASE_FILE } from '../../store/schema.ts';
import { attach } from './attach.ts';
import { openStoreToRead, valueOf } from './event-source.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface DoctorCommandOptions {
  readonly dataFolder: string;
  readonly limits: boolean;
  readonly output: Output;
}

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

export async function doctor({ dataFolder, limits, output }: DoctorCommandOptions): Promise<ExitCode> {
  const report = await examineFolder(dataFolder);
  output.json(report);
  for (const { name, state, detail, fix } of report.checks) {
    output.line(
      `${MARKS[state]}  ${name.padEnd(20)} ${detail}${fix === '' || state === 'ok' ? '' : `  -> ${fix}`}`,
    );
  }
  if (limits)
    for (const [name, value] of Object.entries(report.limits))
      output.line(`limit ${name.padEnd(32)} ${value}`);
  return report.checks.some((check) => check.state === 'fail') ? EXIT.failed : EXIT.ok;
}

async function examineFolder(dataFolder: string): Promise<Doctor> {
  const attached = await attach(dataFolder);
  if (attached !== null) {
    const report = valueOf(await attached.client.api.call('app.doctor', {}));
    attached.client.close('done');
    const running = {
      name: 'console',
      state: 'ok' as const,
      detail: `running, pid ${attached.pid}`,
      fix: '',
    };
    return { ...report, checks: [running, ...report.checks] };
  }
  const stopped = {
    name: 'console',
    state: 'ok' as const,
    detail: 'not running on this data folder',
    fix: '',
  };
  const store = existsSync(join(dataFolder, DATABASE_FILE)) ? await storeStats(dataFolder) : null;
  const report = await examine({ dataFolder, store, links: [], lab: null, loop: null, missing: [] });
  return { ...report, checks: [stopped, ...report.checks] };
}

async function storeStats(dataFolder: string): Promise<StoreStats | OperatingError> {
  try {
    const store = await openStoreToRead(dataFolder);
    const stats = store.stats();
    await store.close();
    return stats;
  } catch (error) {
    // Locked, damaged, no permission: that is what the doctor is for.
    if (error instanceof OperatingError) return error;
    throw error;
  }
}
