/**
 * A job as lines that can be appended: each change is one line behind the head of its file (gse/job-records.ts reads them). What was
 * written down before a request went out tells which targets are unknown after a crash. Pure.
 */
import { OperatingError } from '../../shared/failure.ts';
import type { JobRecord } from './gse-job-records.ts';
import type { GseJob } from './gse-jobs.ts';

export function journalLine(change: JobRecord): string {
  return JSON.stringify(change);
}

/**
 * Brings a fresh job to where its records leave it; `interrupted` unless they end it. Fails with E_STORE_DAMAGED when one does not
 * follow those before it.
 */
export function replayJob(job: GseJob, records: readonly JobRecord[]): void {
  for (const record of records) {
    if (!job.canApply(record))
      throw new OperatingError(
        'E_STORE_DAMAGED',
        `the file of ${job.spec.id} is damaged: its lines do not fit together`,
      );
    job.apply(record);
  }
  job.interrupt();
}
