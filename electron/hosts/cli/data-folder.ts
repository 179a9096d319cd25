/** Where the data folder is when nobody says. The start script, the hosts and the CLI must agree. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
export const DATA_VARIABLE = 'SIGNALBOX_DATA';

export function dataFolderOf(option: string | undefined): string {
  const named = option ?? process.env[DATA_VARIABLE];
  if (named !== undefined && named !== '') return resolve(named);
  return join(ROOT, '.signalbox', 'data');
}

export function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
