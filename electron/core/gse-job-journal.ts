/**
 * A job as lines that can be appended: first what is to be done, then each change. After a crash the last
 * line may be torn; what was written down before a request went out tells which targets are unknown. Pure.
 */
import * as v from 'valibot';
import { OperatingError } from '../../shared/failure.ts';
import { jobRecord, type JobRecord } from './gse-job-records.ts';
import { GseJob } from './gse-jobs.ts';
import type { JobSpec } from './gse-job-plan.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.string();

const spec = v.strictObject({
  id: text,
  parentId: v.nullable(text),
  createdAtMs: v.number(),
  profile: text,
  targets: v.array(text),
  messageId: text,
  content: v.union([v.strictObject({ base64: text }), v.strictObject({ text })]),
  variables: v.record(text, v.union([text, v.number(), v.boolean()])),
  rolling: text,
  multi: v.optional(v.boolean(), false),
  requestTargetsMax: count,
  concurrency: count,
  delayMs: count,
  onFailure: v.picklist(['stop', 'ask', 'continue']),
  replyTimeoutMs: v.nullable(count),
});

const head = v.strictObject({ t: v.literal('job'), version: v.literal(1), spec });

/** The first line of a journal, without its line feed. */
export function journalHead(job: JobSpec): string {
  return JSON.stringify({ t: 'job', version: 1, spec: job });
}

/** Any further line. */
export function journalLine(change: JobRecord): string {
  return JSON.stringify(change);
}

/**
 * The job as of the last whole line; `interrupted` unless it had ended. Fails with E_STORE_DAMAGED when the
 * first line is none of this version, or a line in the middle is broken.
 */
export function restoreJob(journal: string): GseJob {
  const lines = journal.split('\n').filter((line) => line !== '');
  const [first = '', ...rest] = lines;
  const job = new GseJob(parseLine(head, first, 'the first line').spec);
  for (const [index, line] of rest.entries()) {
    const isLast = index === rest.length - 1 && !journal.endsWith('\n');
    // Torn by the crash: it was not finished, so nothing depended on it.
    if (isLast && !isWhole(line)) break;
    const change = parseLine(jobRecord, line, `line ${index + 2}`);
    if (!job.canApply(change))
      throw damagedJournal(`line ${index + 2}`, 'it does not follow the lines before');
    job.apply(change);
  }
  job.interrupt();
  return job;
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    // Expected: half a line.
    return false;
  }
}

function parseLine<S extends v.GenericSchema>(schema: S, line: string, what: string): v.InferOutput<S> {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch (error) {
    throw damagedJournal(what, error instanceof Error ? error.message : 'no JSON');
  }
  const parsed = v.safeParse(schema, found);
  if (!parsed.success) throw damagedJournal(what, v.summarize(parsed.issues));
  return parsed.output;
}

function damagedJournal(what: string, reason: string): OperatingError {
  return new OperatingError('E_STORE_DAMAGED', `the journal of a job is damaged: ${what}: ${reason}`);
}
