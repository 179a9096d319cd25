/** `signalbox targets`: agent ids out of any text; and which of them run, as the server of a profile says. */
import { OperatingError } from '../../../shared/failure.ts';
import type { AgentsCheck } from '../../../shared/contract/dispatch-agents.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Client } from '../../../shared/rpc/client.ts';
import { parseTargets, pickCanary } from '../../core/gse-targets.ts';
import { attach } from './attach.ts';
import { valueOf } from './event-source.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import { readInput } from './send-input.ts';

export interface TargetsOptions {
  readonly words: readonly string[];
  readonly file: string | null;
  readonly excludeFile: string | null;
  readonly canary: number | null;
  /** Profile of the running console whose server says who runs; null = not asked. */
  readonly running: string | null;
  readonly dataFolder: string;
  readonly output: Output;
}

/** 0 all were ids, and run where that is asked · 1 something was none, or does not run · 2 a file cannot be read. */
export async function targets(options: TargetsOptions): Promise<ExitCode> {
  const { words, file, excludeFile, canary, running, dataFolder, output } = options;
  const isPiped = words.length === 0 && file === null;
  const text = isPiped
    ? await readInput('-')
    : `${words.join('\n')}\n${file === null ? '' : await readInput(file)}`;
  const exclude = excludeFile === null ? [] : parseTargets(await readInput(excludeFile)).ids;
  const found = parseTargets(text, new Set(exclude));
  const wanted = canary === null ? found.ids : pickCanary(found.ids, canary, Math.random);
  const ids = running === null ? wanted : await onlyRunning(wanted, running, dataFolder, output);
  for (const id of ids) {
    output.json({ id });
    output.line(id);
  }
  for (const { line, text: word, reason } of found.invalid) output.note(`line ${line}: "${word}": ${reason}`);
  const { duplicates, excluded, invalid } = found;
  output.note(
    `${ids.length} of ${found.ids.length} ids, ${duplicates} twice, ${excluded} left out, ${invalid.length} invalid`,
  );
  return invalid.length === 0 && ids.length === wanted.length ? EXIT.ok : EXIT.failed;
}

/** Fails with E_PEER_GONE without a console, and as the server does. */
async function onlyRunning(
  ids: readonly string[],
  profileId: string,
  dataFolder: string,
  output: Output,
): Promise<readonly string[]> {
  if (ids.length === 0) return ids;
  const attached = await attach(dataFolder);
  if (attached === null)
    throw new OperatingError('E_PEER_GONE', `no console runs on ${dataFolder}`, {
      fix: 'Start one: it knows the profile and its secrets.',
    });
  const { client } = attached;
  try {
    const common = { into: null, excludeSet: null, excludeText: '' };
    const text = ids.join('\n');
    const { setId } = valueOf(await client.api.call('dispatch.targets.parse', { text, ...common }));
    const check = valueOf(await client.api.call('dispatch.agents.check', { profileId, setId }));
    const others = await otherIds(client, check);
    for (const { agentId, statusCode } of check.shown)
      output.note(`${agentId}: ${statusCode === '' ? 'unknown to the server' : `status ${statusCode}`}`);
    output.note(`${check.running} of ${check.total} run`);
    return ids.filter((id) => !others.has(id));
  } finally {
    client.close('done');
    await attached.closed;
  }
}

async function otherIds(client: Client, { notRunning }: AgentsCheck): Promise<ReadonlySet<string>> {
  if (notRunning === null) return new Set();
  const { setId } = notRunning;
  const page = { setId, from: 0, rowsMax: LIMITS.gseTargetsMax };
  return new Set(valueOf(await client.api.call('dispatch.targets.page', page)).ids);
}
