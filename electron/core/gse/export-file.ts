/** A file the operator asked for: below `<data folder>/exports`, and under a one-use path where a browser is the window. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { writePrivate } from '../../store/private-file.ts';
import type { ConsoleParts } from '../console-parts.ts';

const RANDOM_BYTES = 3;

/** `name` is a file name with its ending; the time goes in between. Fails with E_PERMISSION, E_STORE_FULL, E_STORE_FAILED. */
export async function exportFile(
  { options, downloads }: Pick<ConsoleParts, 'options' | 'downloads'>,
  name: string,
  content: { readonly bytes: Uint8Array; readonly count: number },
): Promise<CallOutput<'dispatch.audit.export'>> {
  const stamp = new Date(options.clock.wallMs()).toISOString().replaceAll(/[:.]/g, '-');
  const dot = name.lastIndexOf('.');
  const unique = `${stamp}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
  const path = join(options.dataFolder, 'exports', `${name.slice(0, dot)}-${unique}${name.slice(dot)}`);
  await writePrivate(path, content.bytes);
  return {
    path,
    downloadPath: options.host === 'serve' ? downloads.offer(path) : null,
    bytesWritten: content.bytes.length,
    count: content.count,
  };
}
