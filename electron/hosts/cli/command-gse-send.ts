/**
 * `signalbox send`: runs one dispatch job, says what became of each target, and waits for answers when it has
 * somewhere to take them.
 */
import { randomUUID } from 'node:crypto';
import { OUTCOMES, type OutcomeCounts } from '../../../shared/contract/dispatch-jobs.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { JobRunner } from '../../core/gse-job-runner.ts';
import { GseJob, type JobRow } from '../../core/gse-jobs.ts';
import { sendOutgoing } from '../../core/gse-outgoing.ts';
import type { JobSpec } from '../../core/gse-job-plan.ts';
import { verdictOf, type SendVerdict } from '../../core/gse-outcomes.ts';
import { openCallbackServer, type CallbackServer } from '../../protocols/gse/callback-server.ts';
import { DispatchClient, type DispatchClientOptions } from '../../protocols/gse/dispatch-client.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface GseSendOptions {
  readonly gateway: DispatchClientOptions;
  readonly spec: JobSpec;
  /** Where answers are posted to, when this process is to take them. */
  readonly callback: { readonly host: string; readonly port: number; readonly path: string } | null;
  /** Aborting cancels what has not been sent. */
  readonly signal: AbortSignal;
  readonly output: Output;
}

export const VERDICT_EXIT: Readonly<Record<SendVerdict, ExitCode>> = {
  done: EXIT.ok,
  failed: EXIT.failed,
  unreached: EXIT.unavailable,
};

/**
 * 0 every target took it (and answered, where answers are awaited) · 1 not all did · 2 the job cannot be run
 * · 4 nothing was sent.
 */
export async function gseSend(options: GseSendOptions): Promise<ExitCode> {
  const { gateway, spec, output, signal } = options;
  const client = new DispatchClient(gateway);
  let runner: JobRunner | null = null;
  let callbacks: CallbackServer | null = null;
  try {
    const job = new GseJob(spec);
    runner = new JobRunner({
      job,
      dispatch: (outgoing) => sendOutgoing(client, outgoing),
      // This process is the only one who knows of the job: there is nobody to find a journal again.
      append: () => Promise.resolve(),
      clock: SYSTEM_CLOCK,
      uuid: randomUUID,
      onChange: () => undefined,
      onTrouble: () => undefined,
    });
    callbacks = await openCallbacks(options, runner);
    const running = runner;
    signal.addEventListener('abort', () => running.cancelRest(), { once: true });
    running.go();
    if (signal.aborted) running.cancelRest();
    await running.ended;
    if (callbacks !== null) await answered(job, signal);
    tell(job, output);
    return VERDICT_EXIT[verdictOf(job.counts())];
  } catch (error) {
    // Expected: a job that cannot be run, an address that is taken.
    if (!(error instanceof OperatingError)) throw error;
    return output.failure({ code: error.code, message: error.message, fix: error.fix ?? '' });
  } finally {
    await runner?.close();
    await callbacks?.close();
    await client.close();
  }
}

async function openCallbacks(
  { callback, output }: GseSendOptions,
  runner: JobRunner,
): Promise<CallbackServer | null> {
  if (callback === null) return null;
  return openCallbackServer({
    ...callback,
    clock: SYSTEM_CLOCK,
    accept: ({ agentId, messageId, content }) => {
      if (runner.replied(agentId, messageId)) {
        output.json({ reply: { agentId, messageId, content } });
        output.line(`${agentId} answered: ${content}`);
      }
      return Promise.resolve();
    },
    refuse: ({ failure }) => Promise.resolve(output.note(`refused a callback: ${failure.message}`)),
  });
}

const LOOK_MS = 20;

/** Every target that took the message has answered or is silent. */
async function answered(job: GseJob, signal: AbortSignal): Promise<void> {
  if (job.spec.replyTimeoutMs === null) return;
  while (job.counts().ok > 0 && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

function tell(job: GseJob, output: Output): void {
  for (const index of job.spec.targets.keys()) {
    const row = job.row(index);
    output.json({
      target: row.target,
      state: row.state,
      code: row.code,
      text: row.text,
      repliedAfterMs: row.repliedAfterMs,
    });
    output.line(rowText(row));
  }
  tellCounts(job.counts(), output);
}

export function tellCounts(counts: OutcomeCounts, output: Output): void {
  output.json({ counts });
  output.note(
    OUTCOMES.filter((state) => counts[state] > 0)
      .map((state) => `${counts[state]} ${state}`)
      .join(', '),
  );
}

function rowText({ target, state, code, text, repliedAfterMs }: JobRow): string {
  const after = repliedAfterMs === null ? '' : ` after ${Math.round(repliedAfterMs)} ms`;
  const why = [code, text].filter((part) => part !== '').join(' ');
  return `${target} ${state}${after}${why === '' ? '' : `: ${why}`}`;
}
