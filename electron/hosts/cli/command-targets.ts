/** `signalbox targets`: agent ids out of any text. */
import { parseTargets, pickCanary } from '../../core/gse-targets.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import { readInput } from './send-input.ts';

export interface TargetsOptions {
  readonly words: readonly string[];
  readonly file: string | null;
  readonly excludeFile: string | null;
  readonly canary: number | null;
  readonly output: Output;
}

/** 0 all were ids · 1 something was none · 2 a file cannot be read. */
export async function targets({
  words,
  file,
  excludeFile,
  canary,
  output,
}: TargetsOptions): Promise<ExitCode> {
  const isPiped = words.length === 0 && file === null;
  const text = isPiped
    ? await readInput('-')
    : `${words.join('\n')}\n${file === null ? '' : await readInput(file)}`;
  const exclude = excludeFile === null ? [] : parseTargets(await readInput(excludeFile)).ids;
  const found = parseTargets(text, new Set(exclude));
  const ids = canary === null ? found.ids : pickCanary(found.ids, canary, Math.random);
  for (const id of ids) {
    output.json({ id });
    output.line(id);
  }
  for (const { line, text: word, reason } of found.invalid) output.note(`line ${line}: "${word}": ${reason}`);
  const { duplicates, excluded, invalid } = found;
  output.note(
    `${ids.length} of ${found.ids.length} ids, ${duplicates} twice, ${excluded} left out, ${invalid.length} invalid`,
  );
  return invalid.length === 0 ? EXIT.ok : EXIT.failed;
}
