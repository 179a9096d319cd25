/** What `signalbox send` is told, as a draft: flags, files, templates. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { type Template } from '../../../shared/contract/dispatch-templates.ts';
import { draft as draftSchema, type Draft } from '../../../shared/contract/dispatch.ts';
import { readTemplate } from '../../../shared/dispatch/template-file.ts';
import { OperatingError } from '../../../shared/failure.ts';
import type { SendFlags } from './program-gse.ts';

/** `-` is standard input. Fails with E_INPUT. */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return readStdin();
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new OperatingError('E_INPUT', `${file} cannot be read: ${error.message}`, { cause: error });
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Fails with E_INPUT. */
export async function targetsText(flags: Pick<SendFlags, 'targets' | 'targetsFile'>): Promise<string> {
  const file = flags.targetsFile === undefined ? '' : await readInput(flags.targetsFile);
  const found = `${flags.targets ?? ''}\n${file}`;
  if (found.trim() === '') throw new OperatingError('E_INPUT', 'no targets: use --targets or --targets-file');
  return found;
}

export async function templateOf({ template }: SendFlags): Promise<Template | null> {
  return template === undefined ? null : readTemplate(await readInput(template));
}

/** Fails with E_INPUT for values no draft can have. */
export async function draftOf(
  flags: SendFlags,
  place: { readonly profileId: string; readonly slotId: string; readonly setId: string | null },
  template: Template | null,
): Promise<Draft> {
  const fromFile = flags.contentFile === undefined ? undefined : await readInput(flags.contentFile);
  const parsed = v.safeParse(draftSchema, {
    ...place,
    messageId: flags.messageId ?? template?.messageId ?? '{{uuid}}',
    content: {
      mode: flags.mode ?? template?.content.mode ?? 'text',
      text: flags.content ?? fromFile ?? template?.content.text ?? '',
      notUtf8: flags.notUtf8 ?? template?.content.notUtf8 ?? 'refuse',
    },
    variables: variablesOf(flags.variable ?? [], template),
    multi: flags.multi,
    batchSize: flags.batch,
    rolling: flags.rolling,
    concurrency: flags.concurrency,
    delayMs: Math.round(flags.delay * 1_000),
    onFailure: flags.onFailure,
    replyTimeoutMs: Math.round(flags.replyTimeout * 1_000),
    replyMatch: matchOf(flags.replyMatch),
  });
  if (parsed.success) return parsed.output;
  throw new OperatingError('E_INPUT', v.summarize(parsed.issues).slice(0, 500));
}

function matchOf(rule: string | undefined): { kind: string; text: string } | undefined {
  if (rule === undefined) return undefined;
  const at = rule.indexOf(':');
  return { kind: rule.slice(0, at), text: rule.slice(at + 1) };
}

/** Those of the command line instead of the template's. */
function variablesOf(words: readonly string[], template: Template | null): unknown[] {
  const own = words.map((word) => {
    const [, name, type = 'text', value = ''] = /^([^:=]+)(?::([^=]*))?=(.*)$/s.exec(word) ?? [];
    if (name === undefined)
      throw new OperatingError('E_INPUT', `"${word}" is no variable: write name:type=value`);
    return { name, type, value };
  });
  const names = new Set(own.map(({ name }) => name));
  return [...(template?.variables ?? []).filter(({ name }) => !names.has(name)), ...own];
}
