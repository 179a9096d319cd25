/** The files of jobs, `<data folder>/jobs/<job id>.jsonl`: first the head, then the targets, then what happened. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatingError } from '../../../shared/failure.ts';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { AppendFile } from '../../store/append-file.ts';
import { readPrivate } from '../../store/private-file.ts';
import { replayJob } from '../gse-job-journal.ts';
import { isJobRecord, readRecord, readRecords, recordLine, type JobHead } from './job-records.ts';
import { JobView } from './job-view.ts';

const JOB_FILE = /^(job-[0-9a-z-]{1,60})\.jsonl$/;
const IDS_A_LINE = 1_000;

export interface ReadJob {
  readonly view: JobView;
  /** The file ends as a job that is over: nothing was being done when the console went away. */
  readonly isClean: boolean;
}

export class JobsFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Newest first. */
  async list(): Promise<string[]> {
    try {
      const names = await readdir(this.#folder);
      const ids = names.map((name) => JOB_FILE.exec(name)?.[1] ?? '').filter((id) => id !== '');
      return ids.toSorted().toReversed();
    } catch (error) {
      // Expected: no job was ever started.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw new OperatingError('E_PERMISSION', `${this.#folder} cannot be read`, { cause: error });
    }
  }

  /** Resolves when head and targets are on the disk. */
  async create(head: JobHead, ids: readonly string[]): Promise<AppendFile> {
    const file = await this.open(head.jobId);
    const lines = [recordLine(head)];
    for (let start = 0; start < ids.length; start += IDS_A_LINE)
      lines.push(recordLine({ k: 'ids', ids: ids.slice(start, start + IDS_A_LINE) }));
    try {
      await file.append(...lines);
    } catch (error) {
      await file.close();
      await this.remove(head.jobId);
      throw error;
    }
    return file;
  }

  open(jobId: string): Promise<AppendFile> {
    return AppendFile.open(this.#pathOf(jobId));
  }

  /** Null when the file is none of a job. */
  async read(jobId: string): Promise<ReadJob | null> {
    const bytes = await readPrivate(this.#pathOf(jobId), LIMITS.gseJobFileBytesMax);
    return bytes === null ? null : jobOf(bytes.toString('utf8').split('\n'));
  }

  /** Null when the file is none of a job, or does not end with the summary of a job that is over. */
  async readSummary(jobId: string): Promise<JobSummary | null> {
    const bytes = await readPrivate(this.#pathOf(jobId), LIMITS.gseJobFileBytesMax);
    if (bytes === null) return null;
    const end = bytes.length - 1;
    const line = bytes.toString('utf8', bytes.lastIndexOf(10, end - 1) + 1, end);
    const record = readRecord(line);
    return record !== null && 'k' in record && record.k === 'summary' ? record.summary : null;
  }

  async remove(jobId: string): Promise<void> {
    await rm(this.#pathOf(jobId), { force: true });
  }

  #pathOf(jobId: string): string {
    return join(this.#folder, `${jobId}.jsonl`);
  }
}

/** What was under way when the console went away is unknown, what had not begun is not sent: GseJob.interrupt. */
function jobOf(lines: readonly string[]): ReadJob | null {
  const records = readRecords(lines);
  const [head] = records;
  if (head === undefined || !('k' in head) || head.k !== 'head') return null;
  const ids = records.flatMap((record) => ('k' in record && record.k === 'ids' ? record.ids : []));
  // Killed before its targets were written: nothing was sent, and there is nothing to tell of.
  if (ids.length === 0) return null;
  const view = new JobView({ ...head, targets: ids.length }, ids);
  replayJob(view.job, records.filter(isJobRecord));
  for (const record of records) view.note(record);
  const last = records.at(-1);
  return { view, isClean: last !== undefined && 'k' in last && last.k === 'summary' };
}
