/** Where the product stands, which version it is and where its data are when nobody says. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, or the place of an installed product, where this file is part of a bundle. */
export const ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)));

function rootAbove(folder: string): string {
  const above = dirname(folder);
  return existsSync(join(folder, 'package.json')) || above === folder ? folder : rootAbove(above);
}

export function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}

/** A checkout keeps its data to itself; an installed product stands where its user may not write. */
export function dataFolderDefault(): string {
  if (existsSync(join(ROOT, 'scripts', 'setup.mjs'))) return join(ROOT, '.signalbox', 'data');
  const { XDG_DATA_HOME: home = '' } = process.env;
  return join(home.startsWith('/') ? home : join(homedir(), '.local', 'share'), 'signalbox', 'data');
}
