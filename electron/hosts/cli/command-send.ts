/** `signalbox send`: through the running console and its profiles, or straight to a gateway. */
import { randomUUID } from 'node:crypto';
import type { JobRow, JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Client } from '../../../shared/rpc/client.ts';
import { renderDraft } from '../../core/gse/draft-text.ts';
import { specOf } from '../../core/gse/job-records.ts';
import { verdictOf } from '../../core/gse-outcomes.ts';
import { parseTargets } from '../../core/gse-targets.ts';
import { attach } from './attach.ts';
import { gseSend, tellCounts, VERDICT_EXIT } from './command-gse-send.ts';
import { valueOf } from './event-source.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { SendFlags } from './program-gse.ts';
import { slotNumber } from './slot-number.ts';
import { draftOf, targetsText, templateOf } from './send-input.ts';

export interface SendOptions {
  readonly flags: SendFlags;
  readonly dataFolder: string;
  readonly output: Output;
  /** Aborting cancels what has not been sent. */
  readonly signal: AbortSignal;
}

const OVER: ReadonlySet<JobSummary['phase']> = new Set([
  'done',
  'cancelled',
  'stopped',
  'undone',
  'interrupted',
]);

/** Exit codes as gseSend. */
export async function send(options: SendOptions): Promise<ExitCode> {
  const { flags } = options;
  if ((flags.profile === undefined) === (flags.url === undefined))
    throw new OperatingError('E_INPUT', 'name either a --profile of the console or a --url');
  return flags.profile === undefined ? sendAlone(options) : sendThroughConsole(options, flags.profile);
}

async function sendAlone({ flags, output, signal }: SendOptions): Promise<ExitCode> {
  const template = await templateOf(flags);
  const slotId = slotOf(flags, template?.slotId);
  const found = parseTargets(await targetsText(flags));
  refuseInvalid(found.invalid);
  const draft = await draftOf(flags, { profileId: 'cli', slotId, setId: null }, template);
  const createdAtMs = Date.now();
  const rendered = renderDraft(draft, { nowMs: createdAtMs, uuid: randomUUID });
  const { SLOT_TOKEN: token = '', APP_SECRET: appSecret = '', ACCESS_TOKEN: accessToken = '' } = process.env;
  const content = rendered.content.toString('base64');
  const head = { ...rendered, content, jobId: 'cli', createdAtMs, draft, parent: null };
  return gseSend({
    gateway: {
      baseUrl: flags.url ?? '',
      tenantId: flags.tenant,
      auth: { appCode: flags.appCode, appSecret, accessToken },
      slot: { slotId: BigInt(slotId), token },
      experimental: flags.multi,
    },
    spec: specOf(head, found.ids),
    callback: null,
    signal,
    output,
  });
}

async function sendThroughConsole(options: SendOptions, profileId: string): Promise<ExitCode> {
  const { flags, dataFolder, output } = options;
  const attached = await attach(dataFolder);
  if (attached === null)
    throw new OperatingError('E_PEER_GONE', `no console runs on ${dataFolder}`, {
      fix: 'Start one, or use --url.',
    });
  const { client } = attached;
  try {
    const { api } = client;
    const { profiles } = valueOf(await api.call('dispatch.profiles', {}));
    const profile = profiles.find((one) => one.profile.id === profileId)?.profile;
    if (profile === undefined) throw new OperatingError('E_NOT_FOUND', `there is no profile ${profileId}`);
    const template = await templateOf(flags);
    const slotId = slotOf(
      flags,
      template?.slotId === '' ? undefined : template?.slotId,
      profile.slots[0]?.slotId,
    );
    const text = await targetsText(flags);
    const set = valueOf(
      await api.call('dispatch.targets.parse', { text, into: null, excludeSet: null, excludeText: '' }),
    );
    refuseInvalid(set.invalid);
    const draft = await draftOf(flags, { profileId, slotId, setId: set.setId }, template);
    if (flags.dryRun) return await dryRun(client, draft, output);
    const confirm = { targets: flags.confirmTargets ?? null, profileLabel: flags.confirmProfile };
    const { jobId } = valueOf(await api.call('dispatch.start', { draft, confirm, undoMs: 0 }));
    output.note(`${jobId}: ${set.count} targets`);
    const summary = await watch(client, jobId, options);
    await tellRows(client, jobId, output);
    tellCounts(summary.counts, output);
    return VERDICT_EXIT[verdictOf(summary.counts)];
  } finally {
    client.close('done');
    await attached.closed;
  }
}

async function dryRun(
  client: Client,
  draft: Awaited<ReturnType<typeof draftOf>>,
  output: Output,
): Promise<ExitCode> {
  const preview = valueOf(await client.api.call('dispatch.preview', draft));
  const body = Buffer.from(preview.body).toString('utf8');
  output.json({ ...preview, body });
  output.line(`POST ${preview.url}`);
  output.line(body);
  for (const warning of preview.warnings) output.note(warning);
  if (preview.fault === null) return EXIT.ok;
  output.note(`${preview.fault.code}: ${preview.fault.message}`);
  return EXIT.failed;
}

/** Until it is over. A console that goes away leaves the job to its own file. */
function watch(client: Client, jobId: string, { output, signal }: SendOptions): Promise<JobSummary> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => void client.api.call('jobs.act', { jobId, action: 'cancel' });
    let phase = '';
    const stop = client.api.subscribe(
      'jobs.state',
      { jobId },
      {
        onItems: (items) => {
          const last = items.at(-1);
          if (last === undefined) return;
          if (last.phase !== phase)
            output.note(last.reason === '' ? last.phase : `${last.phase}: ${last.reason}`);
          ({ phase } = last);
          // Nobody answers at a terminal: what asks is cancelled.
          if (last.phase === 'asking') cancel();
          if (!OVER.has(last.phase) || last.counts.in_flight > 0) return;
          signal.removeEventListener('abort', cancel);
          stop();
          resolve(last);
        },
        onEnd: (failure) =>
          reject(new OperatingError('E_DISCONNECTED', failure?.message ?? 'the console went away')),
      },
    );
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
  });
}

async function tellRows(client: Client, jobId: string, output: Output): Promise<void> {
  for (let from = 0; ; from += LIMITS.pageRowsMax) {
    const page = valueOf(
      await client.api.call('jobs.rows', { jobId, outcome: null, from, rowsMax: LIMITS.pageRowsMax }),
    );
    for (const row of page.rows) {
      output.json(row);
      output.line(rowText(row));
    }
    await output.room();
    if (from + page.rows.length >= page.total || page.rows.length === 0) return;
  }
}

function rowText({ agentId, outcome, code, text, repliedAfterMs }: JobRow): string {
  const after = repliedAfterMs === null ? '' : ` after ${Math.round(repliedAfterMs)} ms`;
  const why = [code, text].filter((part) => part !== '').join(' ');
  return `${agentId} ${outcome}${after}${why === '' ? '' : `: ${why}`}`;
}

function slotOf(flags: SendFlags, ...others: readonly (string | undefined)[]): string {
  const slotId = [flags.slot, ...others].find((one) => one !== undefined && one !== '');
  return String(slotNumber(slotId));
}

/** A list with faults in it may be the wrong list: nothing is sent to the rest of it. */
function refuseInvalid(
  invalid: readonly { readonly line: number; readonly text: string; readonly reason: string }[],
): void {
  const [first] = invalid;
  if (first !== undefined)
    throw new OperatingError(
      'E_INPUT',
      `line ${first.line}: "${first.text}": ${first.reason} (${invalid.length} in all)`,
    );
}
